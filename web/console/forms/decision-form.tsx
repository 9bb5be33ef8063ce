import { Button, Modal, Radio, Textarea } from '@mantine/core';
import type { ReactNode } from 'react';

import { FormNotes } from './form-notes.tsx';

const REASON_LENGTH_MAX = 500;

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly description: string;
}

interface Form<Values> {
  readonly values: Values;
  readonly unanswered: boolean;
  readonly busy: boolean;
  readonly errors: Parameters<typeof FormNotes>[0]['errors'];
  readonly set: (change: Partial<Values>) => void;
  readonly send: () => Promise<void>;
  readonly giveUp: () => void;
  readonly errorOf: (field: string) => string | undefined;
}

interface Decision {
  readonly outcome: string;
  readonly reason: string;
}

/** Asks a person for a decision that is kept: what is sent without an answer stays as it was sent. */
export function DecisionForm<Values>(o: {
  readonly title: string;
  readonly form: Form<Values>;
  readonly onClose: () => void;
  readonly send: string;
  readonly children: ReactNode;
}) {
  const { form } = o;
  const cancel = (): void => {
    // What was sent without an answer is kept: opening the form again leads back to it.
    if (!form.unanswered) form.giveUp();
    o.onClose();
  };
  return (
    <Modal opened onClose={cancel} title={o.title} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void form.send();
        }}
      >
        {o.children}
        <FormNotes errors={form.errors} unanswered={form.unanswered} fields={['reason', 'outcome']} />
        <div className="form-actions">
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
          <Button type="submit" className="ink" loading={form.busy}>
            {form.unanswered ? 'Send again' : o.send}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

export function Choices(o: { readonly label: string; readonly choices: readonly Choice<string>[]; readonly form: Form<Decision> }) {
  const { form } = o;
  return (
    <Radio.Group
      label={o.label}
      value={form.values.outcome}
      onChange={(outcome) => form.set({ outcome })}
      error={form.errorOf('outcome')}
      required
    >
      <div className="choices">
        {o.choices.map(({ value, label, description }) => (
          <Radio key={value} value={value} label={label} description={description} disabled={form.unanswered || form.busy} required />
        ))}
      </div>
    </Radio.Group>
  );
}

export function Reason({ form }: { readonly form: Form<Decision> }) {
  return (
    <Textarea
      label="Reason"
      description="How that is known. It stays in the audit trail."
      value={form.values.reason}
      onChange={(event) => form.set({ reason: event.currentTarget.value })}
      error={form.errorOf('reason')}
      maxLength={REASON_LENGTH_MAX}
      disabled={form.unanswered || form.busy}
      autosize
      minRows={3}
      required
    />
  );
}

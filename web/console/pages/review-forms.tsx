import { Button, Modal, Radio, Textarea } from '@mantine/core';
import type { ReactNode } from 'react';

import { FormNotes } from '../forms/form-notes.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import {
  DecideParkedMessageDocument,
  type DeliveryOutcome,
  type ParkedMessageOutcome,
  ResolveDeliveryDocument,
  RetryDeliveryDocument,
} from '../generated/documents.ts';
import type { ParkedRow, ReviewRow } from './review.tsx';
import { callbackTitle } from './timeline.ts';

const REASON_LENGTH_MAX = 500;

interface FormProps<Row> {
  readonly row: Row;
  readonly onClose: () => void;
}

/** One more try of a delivery. */
export function RetryDelivery({ row, onClose }: FormProps<ReviewRow>) {
  const form = useKeptForm({
    id: `retry ${row.deliveryId}`,
    blank: {},
    document: RetryDeliveryDocument,
    inputOf: (_values, idempotencyKey) => ({ deliveryId: row.deliveryId, idempotencyKey }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="Try once more" form={form} onClose={onClose} send="Try again">
      <p>{callbackTitle(row.callbackType)}: the same signed callback is sent once more. A clear answer ends the review.</p>
    </DecisionForm>
  );
}

const PAY_IN_CHOICES: readonly Choice<DeliveryOutcome>[] = [
  { value: 'ACCEPTED', label: 'The receiver took it', description: 'The payment goes on.' },
  { value: 'REFUSED', label: 'The receiver did not take it', description: 'The payment is rejected; no money is taken.' },
];
const OTHER_CHOICES: readonly Choice<DeliveryOutcome>[] = [
  { value: 'DELIVERED_OTHERWISE', label: 'The receiver was told in another way', description: 'Nothing more is sent.' },
  { value: 'ABANDONED', label: 'Nobody will tell the receiver', description: 'Nothing more is sent.' },
];
const PAY_INS: ReadonlySet<string> = new Set(['PAY_IN', 'MERCHANT_PAY_IN']);

/** Says how a delivery ended. */
export function ResolveDelivery({ row, onClose }: FormProps<ReviewRow>) {
  const form = useKeptForm({
    id: `resolve ${row.deliveryId}`,
    blank: { outcome: '', reason: '' },
    document: ResolveDeliveryDocument,
    inputOf: ({ outcome, reason }, idempotencyKey) => ({
      deliveryId: row.deliveryId,
      outcome: outcome as DeliveryOutcome,
      reason: reason.trim(),
      idempotencyKey,
    }),
    onDone: onClose,
  });
  const choices = PAY_INS.has(row.callbackType) ? PAY_IN_CHOICES : OTHER_CHOICES;
  return (
    <DecisionForm title={`How did it end? ${callbackTitle(row.callbackType)}`} form={form} onClose={onClose} send="Resolve">
      <Choices label="Outcome" choices={choices} form={form} />
      <Reason form={form} />
    </DecisionForm>
  );
}

const MESSAGE_CHOICES: readonly Choice<ParkedMessageOutcome>[] = [
  {
    value: 'REPLAY',
    label: 'Hand it over once more',
    description: 'As if the bank had just sent it; a payment that was recorded first counts.',
  },
  { value: 'REFUSE', label: 'Refuse it', description: 'The bank reads that the payment was rejected. No money is taken.' },
];

/** Decides about a message that could not be taken. */
export function DecideMessage({ row, onClose }: FormProps<ParkedRow>) {
  const form = useKeptForm({
    id: `message ${row.paymentGuid}`,
    blank: { outcome: '', reason: '' },
    document: DecideParkedMessageDocument,
    inputOf: ({ outcome, reason }, idempotencyKey) => ({
      paymentGuid: row.paymentGuid,
      outcome: outcome as ParkedMessageOutcome,
      reason: reason.trim(),
      idempotencyKey,
    }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="What becomes of this message?" form={form} onClose={onClose} send="Decide">
      <Choices label="Decision" choices={MESSAGE_CHOICES} form={form} />
      <Reason form={form} />
    </DecisionForm>
  );
}

interface Choice<Value extends string> {
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

function DecisionForm<Values>(o: {
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

function Choices(o: { readonly label: string; readonly choices: readonly Choice<string>[]; readonly form: Form<Decision> }) {
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

function Reason({ form }: { readonly form: Form<Decision> }) {
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

import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import { PageHead, Panel } from '../parts/panel.tsx';
import { FormNotes } from './form-notes.tsx';
import type { FormError } from './use-kept-form.ts';

/** One question of an onboarding form. Its name is the field of the input, so that the hub's refusal finds its place. */
export interface FieldRow<Values> {
  readonly name: keyof Values & string;
  readonly label: string;
  readonly note?: string;
  readonly required?: boolean;
  /** A text of several lines, such as a key. */
  readonly long?: boolean;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
}

interface Form<Values> {
  readonly values: Values;
  readonly unanswered: boolean;
  readonly busy: boolean;
  readonly errors: readonly FormError[];
  readonly set: (change: Partial<Values>) => void;
  readonly send: () => Promise<void>;
  readonly errorOf: (field: string) => string | undefined;
}

/** A page of questions. What is typed is kept for the tab until the hub has taken it. */
export function OnboardingForm<Values extends Record<string, string>>(o: {
  readonly title: string;
  readonly sections: readonly { readonly title: string; readonly fields: readonly FieldRow<Values>[] }[];
  readonly form: Form<Values>;
  readonly send: string;
}) {
  const { form } = o;
  const names = o.sections.flatMap(({ fields }) => fields.map(({ name }) => name));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void form.send();
      }}
    >
      <PageHead
        crumbs={<Link to="/participants">Participants</Link>}
        title={o.title}
        note="What you enter is kept in this tab until the hub has taken it"
      />
      {o.sections.map(({ title, fields }) => (
        <Panel key={title} title={title}>
          <div className="form-grid">
            {fields.map((field) => (
              <Field key={field.name} field={field} form={form} />
            ))}
          </div>
        </Panel>
      ))}
      <div className="form form-end">
        <FormNotes errors={form.errors} unanswered={form.unanswered} fields={names} />
        <div className="form-actions">
          <Button type="submit" size="md" className="ink" loading={form.busy}>
            {form.unanswered ? 'Send again' : o.send}
          </Button>
        </div>
      </div>
    </form>
  );
}

function Field<Values extends Record<string, string>>({ field, form }: { readonly field: FieldRow<Values>; readonly form: Form<Values> }) {
  const { name, label, note, required, long, choices } = field;
  const shared = {
    label,
    description: note,
    required,
    value: form.values[name],
    error: form.errorOf(name),
    disabled: form.unanswered || form.busy,
  };
  // The one field that changed; the type of a computed name is wider than that.
  const set = (value: string): void => form.set({ [name]: value } as Partial<Values>);
  if (choices) return <Select {...shared} data={[...choices]} searchable onChange={(value) => set(value ?? '')} />;
  return long ? (
    <Textarea {...shared} autosize minRows={4} className="mono-input" onChange={(event) => set(event.currentTarget.value)} />
  ) : (
    <TextInput {...shared} onChange={(event) => set(event.currentTarget.value)} />
  );
}

import { TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';

/** A filter that is typed: it filters when it is whole (Enter, or leaving the field), and says so when it is none. */
export function DraftInput(o: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  /** What was typed as the filter has it; null when it is none. */
  readonly read: (typed: string) => string | null;
  readonly onChange: (value: string | undefined) => void;
}) {
  const [draft, setDraft] = useState(o.value);
  const [wrong, setWrong] = useState(false);
  useEffect(() => setDraft(o.value), [o.value]);
  const settle = (): void => {
    if (draft === o.value) return;
    const typed = draft.trim();
    const value = typed === '' ? undefined : o.read(typed);
    setWrong(value === null);
    if (value !== null) o.onChange(value);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    settle();
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        label={o.label}
        placeholder={o.placeholder}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={settle}
        error={wrong ? 'Not readable' : undefined}
      />
    </form>
  );
}

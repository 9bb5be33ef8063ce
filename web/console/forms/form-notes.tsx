import { Alert } from '@mantine/core';

import type { FormError } from './use-kept-form.ts';

/** What the hub said about the form as a whole, and what it means that nothing was said. */
export function FormNotes(o: { readonly errors: readonly FormError[]; readonly unanswered: boolean; readonly fields?: readonly string[] }) {
  const general = o.errors.filter(({ path }) => !path?.some((part) => o.fields?.includes(part)));
  return (
    <>
      {o.unanswered ? (
        <Alert color="yellow" role="alert" title="The hub has not answered">
          Nothing is lost: what you entered is kept as it was sent. Send it again; it cannot be done twice.
        </Alert>
      ) : null}
      {o.unanswered
        ? null
        : general.map(({ code, message }) => (
            <Alert key={code} color="red" role="alert" title={code}>
              {message}
            </Alert>
          ))}
    </>
  );
}

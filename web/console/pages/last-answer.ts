/** Why something waits for a person: what the receiver said to the last try. */
export function lastAnswer(attempts: readonly { readonly status: number | null; readonly error: string | null }[]): string {
  const last = attempts.at(-1);
  if (!last) return 'it was not tried yet';
  return last.status === null ? `no answer: ${last.error ?? 'unknown'}` : `answered HTTP ${last.status}`;
}

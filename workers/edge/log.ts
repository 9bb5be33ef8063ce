/** One line of JSON for whoever reads the Worker's log. Never a token, an account, a name or a query string: codes, ids and counts only. */
export function logEvent(event: string, facts: Readonly<Record<string, string | number>> = {}): void {
  console.warn(JSON.stringify({ event, ...facts })); // oxlint-disable-line no-console -- the only log that a Worker has
}

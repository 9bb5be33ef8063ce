const KYIV_TIME = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Kyiv',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `2026-11-29 14:05:09`, in Kyiv: the day of a payment is the day of its register. */
export function instantText(instant: Date): string {
  return KYIV_TIME.format(instant);
}

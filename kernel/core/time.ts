/** A point in time. Domain modules take instants as arguments and never make one from a clock. */
export type Instant = Date;

/** A calendar day in Europe/Kyiv, `YYYY-MM-DD`: the day on which a payment is settled. */
export type BusinessDay = `${number}-${number}-${number}`;

const KYIV_DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Kyiv', year: 'numeric', month: '2-digit', day: '2-digit' });

/** The business day an instant falls on, with Ukrainian summer time. */
export function businessDayOf(instant: Date): BusinessDay {
  return KYIV_DAY.format(instant) as BusinessDay; // en-CA formats as YYYY-MM-DD.
}

export function addMilliseconds(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}

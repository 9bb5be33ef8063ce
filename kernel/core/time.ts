/** A point in time. Domain modules take instants as arguments and never make one from a clock. */
export type Instant = Date;

/** A calendar day in Europe/Kyiv, `YYYY-MM-DD`: the day on which a payment is settled. */
export type BusinessDay = `${number}-${number}-${number}`;

const KYIV_DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Kyiv', year: 'numeric', month: '2-digit', day: '2-digit' });

/** The business day an instant falls on, with Ukrainian summer time. */
export function businessDayOf(instant: Date): BusinessDay {
  return KYIV_DAY.format(instant) as BusinessDay; // en-CA formats as YYYY-MM-DD.
}

const DAY_MS = 86_400_000;
/** How far Kyiv is ahead of UTC, in summer and in winter. */
const KYIV_AHEAD_MS = [3 * 3_600_000, 2 * 3_600_000] as const;

/** Midnight in Kyiv, the first instant of a business day. Its clocks change at three and at four, so every day has one. */
export function startOfBusinessDay(day: BusinessDay): Date {
  const midnightUtc = Date.parse(`${day}T00:00:00Z`);
  const start = KYIV_AHEAD_MS.map((ahead) => new Date(midnightUtc - ahead)).find((instant) => businessDayOf(instant) === day);
  if (!start) throw new RangeError(`${day} is no day in Kyiv`);
  return start;
}

/** The business day so many days later, or earlier for a negative number. */
export function addBusinessDays(day: BusinessDay, days: number): BusinessDay {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10) as BusinessDay; // toISOString begins with YYYY-MM-DD.
}

export function addMilliseconds(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}

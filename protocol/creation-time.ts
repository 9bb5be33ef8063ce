import { fail, ok, type Result } from '../kernel/core/result.ts';

/** How far ahead of the hub's clock a message may say it was created, for clocks that are off. */
const AHEAD_MAX_MS = 5 * 60_000;
const AGE_MAX_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

export type CreationTimeFailure = { readonly code: 'INVALID_CREATION_DATE' | 'INVALID_CREATION_TIME' | 'CREATION_DATE_IS_NOT_PAST' };

/**
 * Reads `msg_creation_date` and `msg_creation_time`, which carry no zone. The guide says Kyiv time and UTC+2 in one breath, so both
 * readings are accepted, the fixed one first: the instant must be past (up to five minutes ahead) and at most 24 hours old.
 */
export function readCreationTime(date: unknown, time: unknown, now: Date): Result<Date, CreationTimeFailure> {
  if (typeof date !== 'string' || !isCalendarDate(date)) return fail({ code: 'INVALID_CREATION_DATE' });
  if (typeof time !== 'string' || !TIME.test(time)) return fail({ code: 'INVALID_CREATION_TIME' });
  const fixed = Date.parse(`${date}T${time}+02:00`);
  if (isRecent(fixed, now)) return ok(new Date(fixed));
  const summer = fixed - HOUR_MS;
  if (isRecent(summer, now) && kyivHour(summer) === Number(time.slice(0, 2))) return ok(new Date(summer));
  return fail({ code: fixed > now.getTime() ? 'CREATION_DATE_IS_NOT_PAST' : 'INVALID_CREATION_DATE' });
}

function isRecent(instant: number, now: Date): boolean {
  return instant <= now.getTime() + AHEAD_MAX_MS && instant >= now.getTime() - AGE_MAX_MS;
}

function isCalendarDate(text: string): boolean {
  const match = DATE.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function kyivHour(instant: number): number {
  return Number(new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Kyiv', hour: '2-digit', hourCycle: 'h23' }).format(instant));
}

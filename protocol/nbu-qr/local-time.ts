const LOCAL = /^20(\d{2})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/;
const COMPACT = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** `2026-11-25T14:30:00` as the twelve digits of version 003; undefined when it is no such time. */
export function writeLocalTime(local: string): string | undefined {
  const parts = LOCAL.exec(local)?.slice(1);
  return parts && isInCalendar(local) ? parts.join('') : undefined;
}

/** The twelve digits `YYMMDDHHmmss` as `2026-11-25T14:30:00`; undefined when they are no such time. */
export function readLocalTime(digits: string): string | undefined {
  const [year, month, day, hour, minute, second] = COMPACT.exec(digits)?.slice(1) ?? [];
  const local = `20${year}-${month}-${day}T${hour}:${minute}:${second}`;
  return isInCalendar(local) ? local : undefined;
}

/** Only a date that exists comes back from the calendar as it went in. */
function isInCalendar(local: string): boolean {
  const at = Date.parse(`${local}Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(local);
}

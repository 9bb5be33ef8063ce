import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import { addBusinessDays, addMilliseconds, startOfBusinessDay } from '../../../kernel/core/time.ts';

/** A day is closed from half a minute after its end: what happened in its last moment is in the payments log by then. */
export const CLOSE_AFTER_MS = 30_000;
/** How long a day waits for what is missing before it closes without it, visibly incomplete. */
export const CLOSE_WAIT_MAX_MS = 30 * 60_000;

/** An open day on its way to its close. `target` is where the payments log ended when the day had ended. */
export interface EndingDay {
  readonly day: BusinessDay;
  readonly target: { readonly position: bigint; readonly readAt: Instant } | null;
}

/** How far settlement has come with the payments log. */
export interface Booked {
  /** Everything up to here is booked or parked. */
  readonly position: bigint;
  /** Positions of payments that could not be booked. */
  readonly parked: readonly bigint[];
}

/**
 * NOT_DUE: the day has not ended. READ_HEAD: ask the publisher where its log ends now. WAIT: something up to there is not booked yet. CLOSE: everything is.
 * CLOSE_INCOMPLETE: something is still missing after CLOSE_WAIT_MAX_MS; what comes later is booked on the oldest open day.
 */
export type CloseStep = 'NOT_DUE' | 'READ_HEAD' | 'WAIT' | 'CLOSE' | 'CLOSE_INCOMPLETE';

/** When a day may be closed at the earliest. */
export function closeDueAt(day: BusinessDay): Instant {
  return addMilliseconds(startOfBusinessDay(addBusinessDays(day, 1)), CLOSE_AFTER_MS);
}

/** The next step of a day. The half hour counts from the moment at which the head was read, so that a clock that jumps closes nothing too early. */
export function nextCloseStep({ day, target }: EndingDay, booked: Booked, now: Instant): CloseStep {
  if (now < closeDueAt(day)) return 'NOT_DUE';
  if (target === null) return 'READ_HEAD';
  if (missingFrom(target.position, booked) === 0n) return 'CLOSE';
  return now >= addMilliseconds(target.readAt, CLOSE_WAIT_MAX_MS) ? 'CLOSE_INCOMPLETE' : 'WAIT';
}

/** How many events up to a position are not booked: those that were not read yet, and those that are parked. */
export function missingFrom(position: bigint, { position: reached, parked }: Booked): bigint {
  const unread = reached < position ? position - reached : 0n;
  return unread + BigInt(parked.filter((at) => at <= position).length);
}

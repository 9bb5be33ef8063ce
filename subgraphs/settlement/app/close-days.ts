import { businessDayOf, type BusinessDay, type Instant } from '../../../kernel/core/time.ts';
import { missingFrom, nextCloseStep, type EndingDay } from '../domain/day-close.ts';
import type { KillSwitch } from './kill-points.ts';
import type { DayStore } from './register-ports.ts';

export interface CloseDeps {
  readonly days: DayStore;
  /** Where the payments log ends now. */
  readonly publisherHead: () => Promise<bigint>;
  /** Business time. */
  readonly now: () => Instant;
  readonly kill: KillSwitch;
  /** Told of a day that waits, and of one that closed although something was missing: both need a person. */
  readonly alert: (alert: DayAlert) => void;
}

export interface DayAlert {
  readonly kind: 'WAITS' | 'CLOSED_INCOMPLETE';
  readonly day: BusinessDay;
  readonly missing: bigint;
}

/**
 * Closes every day that has ended and whose payments are all booked, oldest first: a day waits for the one before it. Does nothing that was done before, so
 * it may run at any time, in any process, and be stopped anywhere.
 */
export async function closeDays(deps: CloseDeps): Promise<void> {
  const today = businessDayOf(deps.now());
  await deps.days.openThrough(today);
  for (const ending of await deps.days.endingBefore(today)) {
    if (!(await closeDay(deps, ending))) return;
  }
}

/** True when the day is closed now. */
async function closeDay(deps: CloseDeps, ending: EndingDay): Promise<boolean> {
  const { days, now } = deps;
  const { day } = ending;
  const booked = await days.booked();
  const step = nextCloseStep(ending, booked, now());
  const missing = ending.target === null ? 0n : missingFrom(ending.target.position, booked);
  switch (step) {
    case 'NOT_DUE':
      return false;
    case 'READ_HEAD': {
      await deps.kill('before-target');
      const target = { position: await deps.publisherHead(), readAt: now() };
      await days.setTarget(day, target);
      await deps.kill('after-target');
      return await closeDay(deps, { day, target });
    }
    case 'WAIT':
      deps.alert({ kind: 'WAITS', day, missing });
      return false;
    case 'CLOSE':
    case 'CLOSE_INCOMPLETE':
      await days.close(day, { missing, at: now() });
      if (step === 'CLOSE_INCOMPLETE') deps.alert({ kind: 'CLOSED_INCOMPLETE', day, missing });
      await deps.kill('after-close');
      return true;
    default:
      return step satisfies never;
  }
}

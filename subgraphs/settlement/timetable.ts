import type { BusinessDay } from '../../kernel/core/time.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import type { Metrics } from '../../kernel/runtime/metrics.ts';
import { announceRegisters, type AnnounceDeps } from './app/announce-registers.ts';
import { closeDays, type CloseDeps, type DayAlert } from './app/close-days.ts';
import { sealRegisters, type SealDeps } from './app/seal-registers.ts';
import { makeDueRegisters, type MakingDeps } from './app/make-registers.ts';

/** What has to be done at its time. Every part finds by itself what is due, so running it again does nothing twice. */
export interface Timetable {
  /** Closes the days that have ended, makes their registers, seals them and tells the banks. */
  run(): Promise<{ readonly registersOf: readonly BusinessDay[] }>;
}

export type TimetableDeps = Omit<CloseDeps, 'alert'> &
  MakingDeps &
  SealDeps &
  AnnounceDeps & { readonly logger: Logger; readonly metrics: Metrics };

export function createTimetable(deps: TimetableDeps): Timetable {
  const waiting = deps.metrics.gauge({ name: 'business_day_missing', help: 'Events that the day which is to be closed still waits for.' });
  const incomplete = deps.metrics.counter({
    name: 'business_days_closed_incomplete_total',
    help: 'Days that closed although something was missing.',
  });
  const alert = ({ kind, day, missing }: DayAlert): void => {
    const facts = { day, missing: String(missing) };
    if (kind === 'WAITS') {
      waiting.set(Number(missing));
      deps.logger.warn(facts, 'the business day waits for payments that are not booked');
      return;
    }
    incomplete.inc();
    deps.logger.error(facts, 'the business day closed incomplete: what is missing will be booked on the oldest open day');
  };
  return {
    async run() {
      waiting.set(0);
      await closeDays({ ...deps, alert });
      const registersOf = await makeDueRegisters(deps);
      for (const day of registersOf) deps.logger.info({ day }, 'registers made');
      await sealRegisters(deps);
      await announceRegisters(deps);
      return { registersOf };
    },
  };
}

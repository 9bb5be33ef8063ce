import { ok } from '../../../kernel/core/result.ts';
import { retryMail } from '../../../kernel/mail/mail-store.ts';
import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import type { JobTimetable } from '../../../kernel/runtime/job-timetable.ts';
import type { Once } from '../app/operations.ts';
import { insertFeeRule } from './fee-rules.store.ts';
import { lockedRegisters } from './register.store.ts';

/** Runs a mutation once per key: its record, its change and its entry in the audit log are one transaction. */
export function createOnce(database: Database, wallClock: Clock, jobs: Pick<JobTimetable, 'jobs' | 'request'>): Once {
  return async ({ result, ...request }, work) => {
    const transact = () =>
      database.transaction(async (client) => {
        const now = wallClock.now();
        const unit = {
          audit: auditOn(client, now),
          registers: lockedRegisters(client),
          insertFeeRule: (...rule: Parameters<typeof insertFeeRule> extends [unknown, ...infer Rest] ? Rest : never) =>
            insertFeeRule(client, ...rule),
          requestJob: async (name: string) => (jobs.jobs.some((job) => job.name === name) ? await jobs.request(name, client) : null),
          retryMail: ({ mailId, again }: { readonly mailId: string; readonly again: boolean }) =>
            retryMail(client, { id: mailId, again, now }),
        };
        const done = await runOnce(client, { ...request, result, now }, () => work(unit));
        return done.ok ? ok(done.value) : done;
      });
    return await afterFirst(transact, isInProgress);
  };
}

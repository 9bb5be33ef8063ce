import { ok } from '../../../kernel/core/result.ts';
import { retryMail } from '../../../kernel/mail/mail-store.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import type { Once } from '../app/operations.ts';
import { insertFeeRule } from './fee-rules.store.ts';
import { lockedRegisters } from './register.store.ts';

/** Runs a mutation once per key, its record and its change in one transaction. */
export function createOnce(database: Database, wallClock: Clock): Once {
  return async ({ result, ...request }, work) => {
    const transact = () =>
      database.transaction(async (client) => {
        const unit = {
          registers: lockedRegisters(client),
          insertFeeRule: (...rule: Parameters<typeof insertFeeRule> extends [unknown, ...infer Rest] ? Rest : never) =>
            insertFeeRule(client, ...rule),
          retryMail: ({ mailId, again }: { readonly mailId: string; readonly again: boolean }) =>
            retryMail(client, { id: mailId, again, now: wallClock.now() }),
        };
        const done = await runOnce(client, { ...request, result, now: wallClock.now() }, () => work(unit));
        return done.ok ? ok(done.value) : done;
      });
    return await afterFirst(transact, isInProgress);
  };
}

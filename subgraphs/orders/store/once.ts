import { z } from 'zod';

import { ok } from '../../../kernel/core/result.ts';
import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import type { Once, Transaction } from '../app/ports.ts';
import type { OrderId } from '../domain/order.ts';
import { lockedOrders } from './order.store.ts';

const resultSchema = z.object({ orderId: z.uuid() });

/** Runs a mutation once per key: its record, its change and its entry in the audit log are one transaction. */
export function createOnce(database: Database, wallClock: Clock): Once {
  return async (request, work) => {
    const transact = () =>
      database.transaction(async (client) => {
        const now = wallClock.now();
        const done = await runOnce(client, { ...request, now, result: resultSchema }, async () => {
          const worked = await work(lockedOrders(client), auditOn(client, now));
          return worked.ok ? ok({ orderId: worked.value }) : worked;
        });
        if (!done.ok) return done;
        return ok({ orderId: done.value.value.orderId as OrderId, replayed: done.value.replayed }); // Kept from an OrderId.
      });
    return await afterFirst(transact, isInProgress);
  };
}

export function createTransaction(database: Database): Transaction {
  return async (work) => await database.transaction(async (client) => await work(lockedOrders(client)));
}

import { z } from 'zod';

import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import { ok } from '../../../kernel/core/result.ts';
import type { Once } from '../app/ports.ts';
import { lockedAliases } from './alias.store.ts';

const resultSchema = z.object({ aliasId: z.uuid().nullable() });

/** Runs a mutation once per key, its record and its change in one transaction. */
export function createOnce(database: Database, wallClock: Clock): Once {
  return async (request, work) => {
    const transact = () =>
      database.transaction(async (client) => {
        const now = wallClock.now();
        const done = await runOnce(client, { ...request, now, result: resultSchema }, () =>
          work(lockedAliases(client), auditOn(client, now)),
        );
        return done.ok ? ok({ aliasId: done.value.value.aliasId, replayed: done.value.replayed }) : done;
      });
    return await afterFirst(transact, isInProgress);
  };
}

import { z } from 'zod';

import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import type { Clock, Once } from '../app/ports.ts';
import { recordWithin } from './payment.store.ts';

const resultSchema = z.object({ deliveryId: z.string() });

/** Idempotency records of this subgraph, in the transaction of the step that they stand for, and of its entry in the audit log. */
export function createOnce(database: Database, clock: Clock): Once {
  return (request, work) =>
    afterFirst(
      () =>
        database.transaction((client) => {
          const now = clock.now();
          return runOnce(client, { ...request, now, result: resultSchema }, () => work(recordWithin(client), auditOn(client, now)));
        }),
      isInProgress,
    );
}

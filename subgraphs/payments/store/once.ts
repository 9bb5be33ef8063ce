import type { Database } from '../../../kernel/runtime/database.ts';
import { runOnce } from '../../../kernel/runtime/idempotency.ts';
import type { Clock, Once } from '../app/ports.ts';
import { recordWithin } from './payment.store.ts';

/** Idempotency records of this subgraph, in the transaction of the step that they stand for. */
export function createOnce(database: Database, clock: Clock): Once {
  return (request, work) =>
    database.transaction((client) => runOnce(client, { ...request, now: clock.now() }, () => work(recordWithin(client))));
}

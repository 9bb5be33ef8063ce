import { isUuid } from '../../../kernel/core/ids.ts';
import { createGatheredReads } from '../../../kernel/runtime/gathered-reads.ts';
import type { OrderReads, SeenOrder } from '../app/ports.ts';
import type { OrderId } from '../domain/order.ts';

/**
 * One for the whole process: an event wakes every stream of its order at once, and each wants the order as it is at that moment. It
 * remembers nothing, and what it gives is not yet checked for who asks.
 */
export function createOrderLoader(reads: OrderReads): (id: string) => Promise<SeenOrder | null> {
  const load = createGatheredReads<OrderId, SeenOrder>({ read: (ids) => reads.findMany(ids) });
  return async (id) => (isUuid(id) ? ((await load(id as OrderId)) ?? null) : null); // Checked on this line.
}

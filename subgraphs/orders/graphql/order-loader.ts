import DataLoader from 'dataloader';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { OrderReads, SeenOrder } from '../app/ports.ts';
import type { OrderId } from '../domain/order.ts';

/** Gathers look-ups of one moment into one read. It remembers nothing: a subscription lives long, and an order changes meanwhile. */
export function createOrderLoader(reads: OrderReads): (id: string) => Promise<SeenOrder | null> {
  const loader = new DataLoader<OrderId, SeenOrder | null>(
    async (ids) => {
      const found = await reads.findMany(ids);
      return ids.map((id) => found.get(id) ?? null);
    },
    { cache: false },
  );
  return async (id) => (isUuid(id) ? await loader.load(id as OrderId) : null); // Checked on this line.
}

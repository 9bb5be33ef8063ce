import type { FilterQuery, InferEntity, MikroORM } from '@mikro-orm/postgresql';

import type { LogMark, OrderFilter, OrderPageRequest, OrderReads } from '../app/ports.ts';
import { expirationCallbackEntity } from './expiration-callback.entity.ts';
import { orderEntity } from './order.entity.ts';
import { orderOfRow } from './order.row.ts';

type OrderRecord = InferEntity<typeof orderEntity>;

export interface OrderReadsOptions {
  readonly orm: MikroORM;
  /** The head of the log `orders`. */
  readonly head: () => Promise<LogMark>;
}

/** Reads through the ORM. The log's head is always read before the row: the other way round, a stream from there could miss an event. */
export function createOrderReads({ orm, head }: OrderReadsOptions): OrderReads {
  return {
    async findMany(ids) {
      const seenAt = await head();
      const records = await orm.em.fork().find(orderEntity, { orderId: { $in: [...ids] } });
      return new Map(records.map(orderOfRow).map((order) => [order.facts.id, { order, seenAt }]));
    },
    async findByReference(merchantUid, reference) {
      const seenAt = await head();
      const record = await orm.em.fork().findOne(orderEntity, { merchantUid, reference });
      return record && { order: orderOfRow(record), seenAt };
    },
    async list(filter, page) {
      const seenAt = await head();
      // Ids are time-ordered, so the order of the list is that of the ids, and an id is all that a page needs to go on.
      const options = { orderBy: { orderId: 'desc' }, limit: page.limit } as const;
      const records = await orm.em.fork().find(orderEntity, whereOf(filter, page), options);
      return records.map((record) => ({ order: orderOfRow(record), seenAt }));
    },
    async callbackOf(orderId) {
      const record = await orm.em.fork().findOne(expirationCallbackEntity, { orderId });
      if (!record) return null;
      const { deliveryId, state, attempts, lastStatus, dueAt } = record;
      return { deliveryId, state, attempts, lastStatus: lastStatus ?? null, nextAttemptAt: state === 'PENDING' ? dueAt : null };
    },
  };
}

function whereOf({ merchantUid, receiverBankGuid, statuses }: OrderFilter, { after }: OrderPageRequest): FilterQuery<OrderRecord> {
  return {
    ...(merchantUid === undefined ? {} : { merchantUid }),
    ...(receiverBankGuid === undefined ? {} : { receiverBankGuid }),
    ...(statuses === undefined ? {} : { status: { $in: [...statuses] } }),
    ...(after === null ? {} : { orderId: { $lt: after } }),
  };
}

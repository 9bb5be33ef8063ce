import type { MikroORM } from '@mikro-orm/postgresql';
import { z } from 'zod';

import { uuidv7 } from '../../../kernel/core/ids.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { OrderFilter, OrderPageRequest, OrderReads, SeenOrder } from '../app/ports.ts';
import { expirationCallbackEntity } from './expiration-callback.entity.ts';
import { orderOfRow, SELECT_ORDERS } from './order.row.ts';

export interface OrderReadsOptions {
  readonly database: Database;
  readonly orm: MikroORM;
  readonly logName: string;
}

/**
 * Orders with the log's head of the same snapshot, so that a stream from there misses no event. Statements instead of entities: a page of
 * orders is what merchants ask for most, and making entities of it was a fifth of what an answer costs.
 */
export function createOrderReads({ database, orm, logName }: OrderReadsOptions): OrderReads {
  async function read(shape: string, conditions: string, values: readonly unknown[]): Promise<readonly SeenOrder[]> {
    const text = `select h.epoch, h.pos as head, o.* from log_head h, lateral (${SELECT_ORDERS} ${conditions}) o where h.log = $1 order by o."orderId" desc`;
    const { rows } = await database.pool.query({ name: `read-orders-${shape}`, text, values: [logName, ...values] });
    return rows.map(seenOrder);
  }
  return {
    async findMany(ids) {
      const found = await read('by-id', 'where f.order_id = any ($2::uuid[])', [ids]);
      return new Map(found.map((seen) => [seen.order.facts.id, seen]));
    },
    async findByReference(merchantUid, reference) {
      const [found] = await read('by-reference', 'where f.merchant_uid = $2 and f.reference = $3', [merchantUid, reference]);
      return found ?? null;
    },
    list(filter, page) {
      const { shape, conditions, values } = pageOf(filter, page);
      return read(shape, conditions, values);
    },
    async callbackOf(orderId) {
      const record = await orm.em.fork().findOne(expirationCallbackEntity, { orderId });
      if (!record) return null;
      const { deliveryId, state, attempts, lastStatus, dueAt } = record;
      return { deliveryId, state, attempts, lastStatus: lastStatus ?? null, nextAttemptAt: state === 'PENDING' ? dueAt : null };
    },
  };
}

const markSchema = z.object({ epoch: z.number(), head: z.bigint() });

function seenOrder(row: unknown): SeenOrder {
  return { order: orderOfRow(row), seenAt: markSchema.parse(row) };
}

/** One statement for each way to filter, so that each gets a plan of its own. Ids are time-ordered: an id is all that a page needs to go on. */
function pageOf(filter: OrderFilter, { after, limit }: OrderPageRequest) {
  const { merchantUid, receiverBankGuid, statuses, reference, amount, from, until } = filter;
  const filters = [
    { name: 'merchant', condition: 'f.merchant_uid =', value: merchantUid },
    { name: 'bank', condition: 'f.receiver_bank_guid =', value: receiverBankGuid },
    { name: 'statuses', condition: 's.status = any', value: statuses },
    { name: 'reference', condition: 'f.reference =', value: reference },
    { name: 'amount', condition: 'f.amount_minor =', value: amount?.minor },
    { name: 'currency', condition: 'f.currency =', value: amount?.currency },
    // A period is a range of ids, and needs no index of its own.
    { name: 'from', condition: 'f.order_id >=', value: from && firstIdOf(from) },
    { name: 'until', condition: 'f.order_id <', value: until && firstIdOf(until) },
    { name: 'after', condition: 'f.order_id <', value: after ?? undefined },
  ].filter(({ value }) => value !== undefined);
  const conditions = filters.map(({ condition }, index) => `${condition} ($${index + FIRST_PARAMETER})`);
  return {
    shape: ['page', ...filters.map(({ name }) => name)].join('-'),
    conditions: `where ${['true', ...conditions].join(' and ')} order by f.order_id desc limit $${filters.length + FIRST_PARAMETER}`,
    values: [...filters.map(({ value }) => value), limit],
  };
}

/** The first is the log's name. */
const FIRST_PARAMETER = 2;

const NO_RANDOM = new Uint8Array(10);

/** Before every id that was made at this moment. */
function firstIdOf(at: Date): string {
  return uuidv7(Math.max(0, at.getTime()), NO_RANDOM);
}

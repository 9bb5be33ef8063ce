import { randomUUID } from 'node:crypto';

import { createDatabase } from '../../../kernel/runtime/database.ts';
import { bellChannel } from '../../../kernel/runtime/event-log/bell-bridge.ts';
import { insertEvents, type OutboxEvent } from '../../../kernel/runtime/event-log/outbox.ts';
import type { OrderEventPayload } from '../../../schema/events/orders.ts';

/** What another process of orders does to the log of all of them: writes events, numbers them, and rings for the others. */
export interface OrderLog {
  /** So many further events of an order that was made, alternately claimed and released. */
  change(orderId: string, times: number): Promise<void>;
  /** Whether the order has events that can be read. */
  has(orderId: string): Promise<boolean>;
  forgetHistory(): Promise<void>;
  raiseEpoch(): Promise<void>;
  close(): Promise<void>;
}

const BATCH_MAX = 5_000;

export function openOrderLog(databaseUrl: string): OrderLog {
  const database = createDatabase({ url: databaseUrl, schema: 'orders', applicationName: 'another-orders', poolMax: 4 });

  async function number(): Promise<void> {
    const { pool } = database;
    const text = 'select n, pg_notify($2, $3) from number_events($1) as n';
    // The relay of the orders under test may be at it: then it numbers these events as well.
    for (let waiting = true; waiting;) {
      await pool.query(text, [BATCH_MAX, bellChannel('orders'), randomUUID()]);
      const { rows } = await pool.query<{ waiting: boolean }>('select exists (select from event_outbox) as waiting');
      waiting = rows[0]?.waiting ?? false;
    }
  }

  return {
    async change(orderId, times) {
      const { rows } = await database.pool.query<{ audience: string[]; version: number; payload: object }>(
        `select audience, payload, (select max(version) from event_log where subject = $1) as version
         from event_log where subject = $1 order by pos limit 1`,
        [orderId],
      );
      const [created] = rows;
      if (!created) throw new Error(`order ${orderId} has no event`);
      const { audience, payload, version } = created;
      const events = Array.from({ length: times }, (_, index): OutboxEvent => {
        const next = version + index + 1;
        const change = next % 2 === 0 ? claimed(payload) : released(payload);
        return { audience, subject: orderId, version: next, at: new Date(), ...change };
      });
      for (let first = 0; first < times; first += BATCH_MAX) {
        await database.transaction((client) => insertEvents(client, events.slice(first, first + BATCH_MAX)));
        await number();
      }
    },
    async has(orderId) {
      return (await database.pool.query('select from event_log where subject = $1 limit 1', [orderId])).rowCount === 1;
    },
    async forgetHistory() {
      await database.pool.query("update log_head set floor = pos, floor_hash = hash where log = 'orders'");
    },
    async raiseEpoch() {
      await database.pool.query("update log_head set epoch = epoch + 1 where log = 'orders'");
    },
    close: () => database.close(),
  };
}

const GUID = '00000000-0000-8000-8000-000000000001';

function claimed(payload: object) {
  const facts = payload as OrderEventPayload<'OrderCreated'>; // The first event of an order is this one.
  return { type: 'OrderClaimed', payload: { ...facts, status: 'IN_PROGRESS', paymentGuid: GUID } };
}

function released(payload: object) {
  const facts = payload as OrderEventPayload<'OrderCreated'>; // As above.
  return { type: 'OrderReleased', payload: { ...facts, status: 'CREATED', paymentGuid: GUID, reason: 'again' } };
}

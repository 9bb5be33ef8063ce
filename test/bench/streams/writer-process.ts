import { setTimeout as pause } from 'node:timers/promises';

import { createDatabase } from '../../../kernel/runtime/database.ts';
import { createBell } from '../../../kernel/runtime/event-log/bell.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import { createRelay } from '../../../kernel/runtime/event-log/relay.ts';
import { createLogger } from '../../../kernel/runtime/logger.ts';
import type { orderEventSchemas } from '../../../schema/events/orders.ts';
import type { z } from 'zod';
import { servePart } from '../part.ts';

// What commits: as in another process of the core, a transaction per event, and a relay that numbers and announces them.

export interface WriterOrder {
  readonly orderId: string;
  /** Who may read of it. */
  readonly audience: readonly string[];
  readonly facts: Omit<z.infer<(typeof orderEventSchemas)['OrderCreated']>, 'status' | 'expiresAt'>;
}

export type WriterRequest =
  | { readonly kind: 'begin'; readonly databaseUrl: string; readonly orders: readonly WriterOrder[] }
  /** Commits events of all orders in turn at this rate, whether or not the ones before have been answered. */
  | { readonly kind: 'write'; readonly perSecond: number; readonly seconds: number };

/** When each event's COMMIT was answered: order (by its place in the list), version, milliseconds since 1970. */
export type Commits = readonly (readonly [order: number, version: number, at: number])[];

/** The order's creation is version 1. */
const FIRST_VERSION = 2;
const PAYMENT = '01890a5d-ac96-774b-bcce-b302099a8057';

let database: ReturnType<typeof createDatabase>;
let relay: ReturnType<typeof createRelay>;
let orders: readonly WriterOrder[] = [];
const versions = new Map<number, number>();

async function begin(request: WriterRequest & { kind: 'begin' }): Promise<void> {
  const { databaseUrl } = request;
  ({ orders } = request);
  database = createDatabase({ url: databaseUrl, schema: 'orders', applicationName: 'bench-writer', poolMax: 8 });
  const logger = createLogger({ level: 'error', name: 'bench-writer' });
  relay = createRelay({ database, logName: 'orders', bell: createBell(), logger });
  await relay.start();
}

async function write({ perSecond, seconds }: WriterRequest & { kind: 'write' }): Promise<Commits> {
  const pending: Promise<Commits[number]>[] = [];
  const started = performance.now();
  for (let sent = 0; sent < perSecond * seconds; sent += 1) {
    const dueIn = started + (sent * 1000) / perSecond - performance.now();
    if (dueIn > 1) await pause(dueIn);
    pending.push(commit(sent % orders.length));
  }
  return await Promise.all(pending);
}

/** One after the other for each order, as the lock on its row would have it. */
const turns = new Map<number, Promise<unknown>>();

function commit(index: number): Promise<Commits[number]> {
  const turn = (turns.get(index) ?? Promise.resolve()).then(() => commitNow(index));
  turns.set(index, turn);
  return turn;
}

async function commitNow(index: number): Promise<Commits[number]> {
  const order = orders[index];
  if (!order) throw new Error('there are no orders to write about');
  const version = versions.get(index) ?? FIRST_VERSION;
  versions.set(index, version + 1);
  const claimed = version % 2 === 0;
  const facts = { ...order.facts, paymentGuid: PAYMENT };
  const payload = claimed ? { ...facts, status: 'IN_PROGRESS' } : { ...facts, status: 'CREATED', reason: 'Refused' };
  const type = claimed ? 'OrderClaimed' : 'OrderReleased';
  const { audience, orderId: subject } = order;
  await database.transaction((client) => insertEvents(client, [{ audience, subject, version, type, payload, at: new Date() }]));
  const at = performance.timeOrigin + performance.now();
  relay.poke();
  return [index, version, at];
}

servePart(async (request: WriterRequest) => {
  switch (request.kind) {
    case 'begin':
      return await begin(request);
    case 'write':
      return await write(request);
    default:
      return request satisfies never;
  }
});

import { setTimeout as pause } from 'node:timers/promises';

import { createDatabase } from '../../../kernel/runtime/database.ts';
import { createBell } from '../../../kernel/runtime/event-log/bell.ts';
import { insertEvents, type OutboxEvent } from '../../../kernel/runtime/event-log/outbox.ts';
import { createRelay } from '../../../kernel/runtime/event-log/relay.ts';
import { createLogger } from '../../../kernel/runtime/logger.ts';
import { servePart } from '../part.ts';
import type { Told } from './million.ts';

// What commits: the events of payments, a transaction each, and a relay that numbers and announces them.

export type WriterRequest =
  | { readonly kind: 'begin'; readonly databaseUrl: string; readonly payments: readonly Told[] }
  | { readonly kind: 'write'; readonly perSecond: number; readonly seconds: number };

const CALLBACKS = ['pay-in', 'merchant-pay-in', 'pay-out', 'credit'] as const;

let database: ReturnType<typeof createDatabase>;
let relay: ReturnType<typeof createRelay>;
let events: Generator<OutboxEvent>;

async function begin({ databaseUrl, payments }: WriterRequest & { kind: 'begin' }): Promise<void> {
  database = createDatabase({ url: databaseUrl, schema: 'payments', applicationName: 'bench-writer', poolMax: 8 });
  relay = createRelay({
    database,
    logName: 'payments',
    bell: createBell(),
    logger: createLogger({ level: 'error', name: 'bench-writer' }),
  });
  await relay.start();
  events = eventsOf(payments);
}

async function write({ perSecond, seconds }: WriterRequest & { kind: 'write' }): Promise<{ readonly written: number }> {
  const pending: Promise<void>[] = [];
  const started = performance.now();
  for (let sent = 0; sent < perSecond * seconds; sent += 1) {
    const dueIn = started + (sent * 1000) / perSecond - performance.now();
    if (dueIn > 1) await pause(dueIn);
    const { value, done } = events.next();
    if (done) throw new Error('there are too few payments to tell of');
    pending.push(commit(value));
  }
  await Promise.all(pending);
  return { written: pending.length };
}

const turns = new Map<string, Promise<unknown>>();

/** One after the other for each payment, as the lock on its row would have it. */
function commit(event: OutboxEvent): Promise<void> {
  const turn = (turns.get(event.subject) ?? Promise.resolve()).then(() => commitNow(event));
  turns.set(event.subject, turn);
  return turn;
}

async function commitNow(event: OutboxEvent): Promise<void> {
  await database.transaction((client) => insertEvents(client, [event]));
  relay.poke();
}

/** Six events of each payment, as the hub publishes them. */
function* eventsOf(payments: readonly Told[]): Generator<OutboxEvent> {
  for (const { deliveryIds, debtorAccount, creditorAccount, purpose, guid, ...rest } of payments) {
    const facts = { ...rest, paymentGuid: guid, pmType: 'trade', currency: 'UAH' };
    const everybody = [rest.initiatorBankGuid, rest.receiverBankGuid, rest.merchantUid];
    const at = new Date();
    const answered = (n: 0 | 1 | 2 | 3, paymentStatus: string) => ({
      type: 'CallbackAnswered',
      audience: [n === 1 ? rest.merchantUid : rest.receiverBankGuid],
      payload: {
        paymentGuid: guid,
        orderId: rest.orderId,
        deliveryId: deliveryIds[n],
        callbackType: CALLBACKS[n],
        paymentStatus,
        status: 200,
        accepted: true,
        attempt: 1,
        durationMs: 12 + n,
      },
    });
    const succeeded = { ...facts, debtorAccount, creditorAccount, purpose, succeededAt: at.toISOString() };
    const list = [
      { type: 'PaymentAccepted', audience: everybody, payload: { ...facts, acceptedAt: at.toISOString() } },
      answered(0, 'PENDING'),
      answered(1, 'SUCCESS'),
      { type: 'PaymentSucceeded', audience: everybody, payload: succeeded },
      answered(2, 'SUCCESS'),
      answered(3, 'SUCCESS'),
    ];
    for (const [index, event] of list.entries()) yield { ...event, subject: guid, version: index + 1, at: new Date() };
  }
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

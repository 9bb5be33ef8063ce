import { setTimeout as pause } from 'node:timers/promises';

import { createClient, type Client } from 'graphql-ws';
import { toString as qrToText } from 'qrcode';
import { WebSocket } from 'ws';
import { z } from 'zod';

import { decimalFromMinor } from '../../kernel/core/money.ts';
import { type HistoryEntry, type Log, logTo, type Print, sandboxCalls } from './sandbox-calls.ts';
import type { SandboxFile } from './sandbox-file.ts';

const AMOUNT_MINOR = 57_645n;
const HISTORY_POLL_MS = 40;
const SHOW_LIMIT_MS = 30_000;
const BOOKING_LOOKS_MAX = 50;
const CALLBACKS = ['pay-in', 'merchant-pay-in', 'pay-out', 'credit'];
const STATUSES = ['CREATED', 'IN_PROGRESS', 'SUCCESS'];

const ORDER_CREATE = `mutation ($input: OrderCreateInput!) {
  orderCreate(input: $input) { order { id orderId status links { deepLink qr } expiresAt } errors { code message } }
}`;
const ORDER_STATUS_CHANGED = `subscription ($orderId: ID!) {
  orderStatusChanged(orderId: $orderId, from: BEGINNING) {
    __typename
    ... on OrderStatusChanged { sequence status type order { reference merchant { name } payment { guid status } } }
  }
}`;
const RESULT = `query ($orderId: String!) {
  order(orderId: $orderId) { status payment { guid status reason amount { decimal currency } ledgerTransaction { id businessDay } } }
}`;

const createdSchema = z.object({
  orderCreate: z.object({
    order: z.object({ id: z.string(), orderId: z.string(), links: z.object({ deepLink: z.string(), qr: z.string() }) }).nullable(),
    errors: z.array(z.object({ code: z.string(), message: z.string() })),
  }),
});
const resultSchema = z.object({
  order: z.object({
    status: z.string(),
    payment: z
      .object({
        guid: z.string(),
        status: z.string(),
        reason: z.string().nullable(),
        amount: z.object({ decimal: z.string(), currency: z.string() }),
        ledgerTransaction: z.object({ id: z.string(), businessDay: z.string() }).nullable(),
      })
      .nullable(),
  }),
});
const callbackBodySchema = z.looseObject({
  callback_type: z.string(),
  sequence: z.number().optional(),
  order_id: z.string().optional(),
  payment_message: z.looseObject({ order_id: z.string() }).optional(),
});
/** How it ended: the last status of its order or payment, and what should have been seen on the way and was not. */
export interface ShownPayment {
  readonly status: string;
  readonly missing: readonly string[];
}

/**
 * Plays merchant, customer and observer of one order and prints every message with its time: order, QR, payment message, four
 * callbacks, and what a subscriber of the order saw.
 */
export async function showPayment(sandbox: SandboxFile, print: Print): Promise<ShownPayment> {
  const merchant = sandbox.merchants[0];
  const payer = sandbox.banks.find((bank) => bank.slot === 'payer');
  if (!merchant || !payer) throw new Error('sandbox.json names no merchant or no payer bank: start the hub with SANDBOX=on');
  const log = logTo(print);

  const order = await createOrder(sandbox, merchant.secretKey);
  log('merchant → gateway', `orderCreate: order ${order.orderId}, ${decimalFromMinor(AMOUNT_MINOR)} UAH, Created`);
  print(await qrToText(order.links.qr, { type: 'terminal', small: true }));
  log('customer', `scans ${order.links.qr}`);

  const subscriber = subscribe(sandbox.gateway, merchant.secretKey, order.id, log);
  await subscriber.listening;
  const histories = await followHistories(sandbox, order.orderId, log);

  const paid = await sandboxCalls(sandbox).post(`/banks/${payer.guid}/pay`, { orderId: order.orderId });
  log(payer.name, `the customer confirmed; the hub answered ${JSON.stringify(paid)}`);
  await withinLimit(Promise.race([Promise.all([histories.complete, subscriber.succeeded]), subscriber.failed]));
  await Promise.all([histories.stop(), subscriber.close()]);
  const status = await printResult(sandbox, order.orderId, log);
  return { status, missing: [...histories.missing(), ...subscriber.missing()] };
}

/** Waits for the work, but not for ever; what is missing then is told by whoever counts it. */
async function withinLimit(work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const limit = pause(SHOW_LIMIT_MS, undefined, { signal: done.signal }).catch(() => undefined); // cut short when the work is done
  await Promise.race([work, limit]).finally(() => done.abort());
}

async function createOrder(sandbox: SandboxFile, secretKey: string) {
  const input = {
    amount: { minor: String(AMOUNT_MINOR), currency: 'UAH' },
    reference: `demo-${crypto.randomUUID()}`,
    purpose: 'Книга «Захар Беркут»',
    redirectUrl: `${sandbox.sandbox}/thank-you`,
    expiresAt: new Date(Date.now() + 15 * 60_000).toISOString(),
    idempotencyKey: crypto.randomUUID(),
  };
  const { orderCreate } = await sandboxCalls(sandbox).graphql(secretKey, ORDER_CREATE, { input }, createdSchema);
  if (!orderCreate.order) throw new Error(`the order was refused: ${orderCreate.errors.map((error) => error.message).join('; ')}`);
  return orderCreate.order;
}

function subscribe(gateway: string, secretKey: string, orderId: string, log: Log) {
  const client: Client = createClient({
    url: gateway.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${secretKey}` },
    lazy: true,
  });
  const missing = new Set(STATUSES);
  const listening = Promise.withResolvers<void>();
  const succeeded = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  client.subscribe<{ orderStatusChanged: Record<string, unknown> & { __typename: string } }>(
    { query: ORDER_STATUS_CHANGED, variables: { orderId } },
    {
      next: ({ data, errors }) => {
        if (errors) log('subscriber', `error: ${errors.map((error) => error.message).join('; ')}`);
        const item = data?.orderStatusChanged;
        if (item?.__typename === 'StreamReady') listening.resolve();
        if (item?.__typename !== 'OrderStatusChanged') return;
        log('gateway → subscriber', `${String(item['status'])}  ${JSON.stringify(item['order'])}`);
        missing.delete(String(item['status']));
        if (item['status'] === 'SUCCESS') succeeded.resolve();
        if (item['type'] === 'ORDER_RELEASED' || item['type'] === 'ORDER_CANCELED') failed.resolve();
      },
      error: (error) => {
        const problem = new Error(`the subscription failed: ${JSON.stringify(error)}`);
        listening.reject(problem);
        failed.reject(problem);
      },
      complete: () => failed.resolve(),
    },
  );
  return {
    listening: listening.promise,
    succeeded: succeeded.promise,
    failed: failed.promise,
    missing: () => [...missing].map((status) => `the subscriber's ${status}`),
    close: async () => client.dispose(),
  };
}

/** Prints what reaches the banks and the merchant, from their own histories. Complete when all four callbacks were answered. */
async function followHistories(sandbox: SandboxFile, orderId: string, log: Log) {
  const actors = [
    ...sandbox.banks.map(({ guid, name }) => ({ id: guid, name })),
    ...sandbox.merchants.map(({ uid, name }) => ({ id: uid, name })),
  ];
  const seen = new Map<string, number>();
  for (const { id } of actors) seen.set(id, (await sandboxCalls(sandbox).history(id, 0)).at(-1)?.n ?? 0);
  const missing = new Set(CALLBACKS);
  const complete = Promise.withResolvers<void>();
  const stopped = new AbortController();

  const news = async ({ id, name }: (typeof actors)[number]) => {
    const entries = await sandboxCalls(sandbox).history(id, seen.get(id) ?? 0);
    seen.set(id, entries.at(-1)?.n ?? seen.get(id) ?? 0);
    return entries.map((entry) => ({ name, entry, at: Date.parse(entry.at) }));
  };
  const show = (name: string, entry: HistoryEntry, at: number): void => {
    const answered = `answered ${entry.status ?? 'nothing'}`;
    const callback = callbackBodySchema.safeParse(entry.body);
    if (entry.direction === 'out') log(`${name} → edge`, `${entry.method} ${entry.path} ${answered}`, at);
    else if (callback.success && (callback.data.order_id ?? callback.data.payment_message?.order_id) === orderId) {
      const { callback_type: type, sequence } = callback.data;
      log(`hub → ${name}`, `callback ${sequence ?? '?'}, ${type}: ${String(callback.data['status'])}, ${answered}`, at);
      missing.delete(type);
    }
  };
  const follow = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const found = (await Promise.all(actors.map(news))).flat();
      for (const { name, entry, at } of found.toSorted((one, other) => one.at - other.at)) show(name, entry, at);
      if (missing.size === 0) complete.resolve();
      await pause(HISTORY_POLL_MS);
    }
  };
  const loop = follow();
  return {
    complete: complete.promise,
    missing: () => [...missing].map((type) => `the callback ${type}`),
    async stop() {
      stopped.abort();
      await loop;
    },
  };
}

async function printResult(sandbox: SandboxFile, orderId: string, log: Log): Promise<string> {
  const read = () => sandboxCalls(sandbox).graphql(sandbox.ops.token, RESULT, { orderId }, resultSchema);
  let { order } = await read();
  // Settlement books from the event log, a moment after the payment succeeded.
  for (let look = 0; look < BOOKING_LOOKS_MAX && order.status === 'SUCCESS' && !order.payment?.ledgerTransaction; look++) {
    await pause(HISTORY_POLL_MS);
    ({ order } = await read());
  }
  const { payment } = order;
  const reason = payment?.reason ? `: ${payment.reason}` : '';
  log('operations → gateway', `order ${order.status}, payment ${payment?.guid ?? '-'} ${payment?.status ?? ''}${reason}`);
  if (payment?.ledgerTransaction)
    log('settlement', `booked on ${payment.ledgerTransaction.businessDay} as ${payment.ledgerTransaction.id}`);
  return order.status;
}

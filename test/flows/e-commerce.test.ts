import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { ibanOf } from '../../sandbox/world.ts';
import { waitFor } from '../support/wait-for.ts';
import { startHubUnderTest, type HubUnderTest } from './hub-under-test.ts';

const ORDER_STATUS_CHANGED = `subscription ($orderId: ID!) {
  orderStatusChanged(orderId: $orderId, from: BEGINNING) {
    __typename
    ... on StreamReady { cursor }
    ... on OrderStatusChanged { cursor sequence previousSequence orderVersion type status order { orderId merchant { name } payment { status } } }
  }
}`;

const JOINED_ORDER = `query ($orderId: String) {
  order(orderId: $orderId) {
    status
    merchant { uid name }
    receiverBank { guid name }
    payment {
      guid status reason
      amount { minor currency decimal }
      order { orderId }
      initiatorBank { guid name }
      ledgerTransaction { businessDay amount { minor } debtorBank { guid } creditorBank { guid } payment { guid } }
    }
  }
}`;

let hub: HubUnderTest;

beforeAll(async () => {
  hub = await startHubUnderTest();
}, 60_000);
afterEach(() => hub.reset());
afterAll(() => hub.stop(), 30_000);

/** The callbacks of one payment as their receivers recorded them, in the order in which they came. */
async function callbacksOf(guid: string) {
  const ids = [hub.payer.guid, hub.receiver.guid, hub.bystander.guid, hub.merchant.uid];
  const all = await Promise.all(
    ids.map(async (id) => (await hub.history(id)).map((entry) => ({ ...entry, to: id, body: entry.body as Record<string, unknown> }))),
  );
  return all
    .flat()
    .filter((entry) => entry.direction === 'in' && entry.body['payment_message_guid'] === guid)
    .toSorted((a, b) => a.at.localeCompare(b.at));
}

describe('a merchant’s order is paid', () => {
  test('order, payment message, four callbacks, Success, and a subscriber saw every step', async () => {
    const order = await hub.createOrder();
    const subscriber = hub.subscribe(ORDER_STATUS_CHANGED, { orderId: order.id });
    await waitFor(() => subscriber.items.some((item) => item.__typename === 'StreamReady'), { timeoutMs: 5_000 });

    const paid = await hub.pay(order.orderId);
    expect(paid).toMatchObject({ kind: 'accepted', httpStatus: 200 });
    const sent = (await hub.history(hub.payer.guid)).findLast((entry) => entry.direction === 'out' && entry.method === 'POST');
    expect(sent).toMatchObject({ status: 200, body: { guid: paid.guid }, receipt: { code: 'VALID' } });
    await hub.waitForOrder(order.orderId, 'SUCCESS');
    const guid = paid.guid ?? '';
    await waitFor(async () => (await callbacksOf(guid)).length === 4, { timeoutMs: 10_000 });

    const callbacks = await callbacksOf(guid);
    expect(new Set(callbacks.map((entry) => `${entry.to} ${String(entry.body['callback_type'])} ${String(entry.body['status'])}`))).toEqual(
      new Set([
        `${hub.receiver.guid} pay-in success`,
        `${hub.merchant.uid} merchant-pay-in success`,
        `${hub.payer.guid} pay-out success`,
        `${hub.receiver.guid} credit success`,
      ]),
    );
    expect(callbacks.slice(0, 2).map((entry) => entry.body['callback_type'])).toEqual(['pay-in', 'merchant-pay-in']);
    expect(new Set(callbacks.map((entry) => entry.body['sequence']))).toEqual(new Set([1, 2, 3, 4]));

    await waitFor(() => subscriber.items.some((item) => item.status === 'SUCCESS'), { timeoutMs: 5_000 });
    const seen = subscriber.items.filter((item) => item.__typename === 'OrderStatusChanged');
    expect(seen.map((item) => item.status)).toEqual(['CREATED', 'IN_PROGRESS', 'SUCCESS']);
    expect(seen.map((item) => item.orderVersion)).toEqual([1, 2, 3]);
    expect(seen.at(-1).order).toMatchObject({
      orderId: order.orderId,
      merchant: { name: hub.merchant.name },
      payment: { status: 'SUCCESS' },
    });
    expect(subscriber.errors).toEqual([]);
    await subscriber.close();
  });

  test('order, payment, settlement entry, merchant and banks join in one query', async () => {
    const order = await hub.createOrder({ amountMinor: '123456' });
    const { guid } = await hub.pay(order.orderId);
    await hub.waitForOrder(order.orderId, 'SUCCESS');
    await waitFor(
      async () =>
        (await hub.graphql(JOINED_ORDER, { orderId: order.orderId }, hub.sandbox.ops.token)).data.order.payment.ledgerTransaction !== null,
      {
        timeoutMs: 5_000,
      },
    );
    const { data, errors } = await hub.graphql(JOINED_ORDER, { orderId: order.orderId }, hub.sandbox.ops.token);
    expect(errors).toBeUndefined();
    expect(data.order).toMatchObject({
      status: 'SUCCESS',
      merchant: { uid: hub.merchant.uid, name: hub.merchant.name },
      receiverBank: { guid: hub.receiver.guid },
      payment: {
        guid,
        status: 'SUCCESS',
        amount: { minor: '123456', currency: 'UAH', decimal: '1234.56' },
        order: { orderId: order.orderId },
        initiatorBank: { guid: hub.payer.guid, name: hub.payer.name },
        ledgerTransaction: {
          amount: { minor: '123456' },
          debtorBank: { guid: hub.payer.guid },
          creditorBank: { guid: hub.receiver.guid },
          payment: { guid },
        },
      },
    });
  });

  test('the customer’s hold became a debit and the merchant was credited', async () => {
    const balances = async (id: string) =>
      (await (await fetch(`${hub.sandbox.sandbox}/accounts/${id}`)).json()) as { iban: string; balanceMinor: string; heldMinor: string }[];
    const [payerBefore, receiverBefore] = await Promise.all([balances(hub.payer.guid), balances(hub.receiver.guid)]);
    const order = await hub.createOrder({ amountMinor: '777' });
    const { guid } = await hub.pay(order.orderId);
    await waitFor(async () => (await callbacksOf(guid ?? '')).length === 4, { timeoutMs: 10_000 });
    const [payerAfter, receiverAfter] = await Promise.all([balances(hub.payer.guid), balances(hub.receiver.guid)]);
    expect(BigInt(payerBefore[0]?.balanceMinor ?? 0) - BigInt(payerAfter[0]?.balanceMinor ?? 0)).toBe(777n);
    expect(payerAfter[0]?.heldMinor).toBe('0');
    const shop = ibanOf(hub.receiver.bic, '0000026000000000099');
    const of = (list: typeof receiverAfter) => BigInt(list.find((account) => account.iban === shop)?.balanceMinor ?? 0);
    expect(of(receiverAfter) - of(receiverBefore)).toBe(777n);
  });
});

/** The demo gives up after half a minute: one that ends sooner has seen all that it waits for. */
const DEMO_LIMIT_MS = 25_000;

/** `npm run demo` in a process of its own, against the hub of this test. */
async function demo(): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/demo.ts')], {
    env: { ...process.env, DCM_HOME: hub.hub.home },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEMO_LIMIT_MS,
  });
  const [[code], output, errors] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { code: code as number | null, output, errors }; // the documented argument of the event
}

describe('npm run demo', () => {
  test(
    'shows every message of a payment, and ends when it has seen them',
    async () => {
      const { code, output, errors } = await demo();
      expect(errors).toBe('');
      for (const shown of [
        /merchant → gateway +orderCreate/,
        /▄▄▄▄▄▄▄/,
        /Bank Kalyna → edge +POST .*payment-message answered 200/,
        /callback 1, pay-in: success, answered 200/,
        /callback 2, merchant-pay-in: success, answered 200/,
        /callback 3, pay-out: success, answered 200/,
        /callback 4, credit: success, answered 200/,
        /gateway → subscriber +CREATED/,
        /gateway → subscriber +IN_PROGRESS/,
        /gateway → subscriber +SUCCESS/,
        /order SUCCESS, payment [-0-9a-f]+ SUCCESS/,
        /settlement +booked on/,
      ]) {
        expect(output).toMatch(shown);
      }
      expect(code).toBe(0);
    },
    DEMO_LIMIT_MS + 5_000,
  );

  test(
    'says what it waited for in vain, and fails',
    async () => {
      await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse' });
      const { code, errors } = await demo();
      expect(errors).toMatch(
        /never seen: the callback merchant-pay-in, (the callback pay-out, )?the callback credit, the subscriber's SUCCESS/,
      );
      expect(code).toBe(1);
    },
    DEMO_LIMIT_MS + 5_000,
  );
});

describe('a payment that somebody refuses', () => {
  test.each([
    ['the receiver bank', 'receiver', 'pay-in'],
    ['the merchant', 'merchant', 'merchant-pay-in'],
  ] as const)('is rejected when %s says no, and the order can be paid again', async (_, who, callback) => {
    const id = who === 'receiver' ? hub.receiver.guid : hub.merchant.uid;
    await hub.control(id, { callback, behave: 'refuse', times: 1 });
    const order = await hub.createOrder();
    const first = await hub.pay(order.orderId);
    await waitFor(async () => (await callbacksOf(first.guid ?? '')).some((entry) => entry.body['callback_type'] === 'pay-out'), {
      timeoutMs: 10_000,
    });
    const payOut = (await callbacksOf(first.guid ?? '')).find((entry) => entry.body['callback_type'] === 'pay-out');
    expect(payOut?.body).toMatchObject({ status: 'reject' });
    await hub.waitForOrder(order.orderId, 'CREATED');

    const second = await hub.pay(order.orderId);
    expect(second).toMatchObject({ kind: 'accepted' });
    expect(second.guid).not.toBe(first.guid);
    await hub.waitForOrder(order.orderId, 'SUCCESS');
  });

  test('tells the receiver bank, which had accepted, when the merchant refuses', async () => {
    await hub.control(hub.merchant.uid, { callback: 'merchant-pay-in', behave: 'refuse', times: 1 });
    const order = await hub.createOrder();
    const { guid } = await hub.pay(order.orderId);
    const notices = async () =>
      (await callbacksOf(guid ?? '')).filter((entry) => entry.body['callback_type'] === 'reject-notice').map((entry) => entry.to);
    await waitFor(async () => (await notices()).length > 0, { timeoutMs: 10_000 });
    expect(await notices()).toEqual([hub.receiver.guid]);
  });
});

describe('an order that nobody pays', () => {
  test('is canceled when the business clock passes its end, and the merchant hears of it', async () => {
    const order = await hub.createOrder({ expiresAt: new Date(Date.now() + 3_600_000) });
    await hub.advanceClock(3_700_000);
    await hub.waitForOrder(order.orderId, 'CANCELED');
    const expirations = async () =>
      (await hub.history(hub.merchant.uid)).filter((entry) => (entry.body as { code?: number; order_id?: string }).code === 4001);
    await waitFor(async () => (await expirations()).some((entry) => (entry.body as { order_id: string }).order_id === order.orderId), {
      timeoutMs: 10_000,
    });
    expect(await hub.pay(order.orderId)).toMatchObject({ kind: 'refused' });
  });
});

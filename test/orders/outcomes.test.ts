import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { waitFor } from '../support/wait-for.ts';
import { openOrdersWorld, type OrdersWorld } from './orders-world.ts';

let world: OrdersWorld;
beforeAll(async () => {
  world = await openOrdersWorld();
});
afterAll(() => world.close());

async function heldOrder(): Promise<{ id: string; paymentGuid: string }> {
  const id = await world.create();
  const paymentGuid = randomUUID();
  expect(await world.claim(id, { paymentGuid })).toMatchObject({ outcome: 'granted' });
  return { id, paymentGuid };
}
const reached = (id: string, expected: Record<string, unknown>) =>
  waitFor(async () => {
    const row = await world.state(id);
    return Object.entries(expected).every(([column, value]) => row?.[column] === value);
  });
/** Everything before this is handled: an event for another order that comes later in the feed took effect. */
async function drained(): Promise<void> {
  const marker = await heldOrder();
  world.succeed(marker.id, marker.paymentGuid);
  await reached(marker.id, { status: 'SUCCESS' });
}
const parkedOf = async (paymentGuid: string) => {
  const { rows } = await world.database.pool.query<{ reason: string }>('select reason from parked_event where subject = $1', [paymentGuid]);
  return rows.map((row) => row.reason);
};

it('a succeeded payment pays its order, once, whatever is repeated', async () => {
  const { id, paymentGuid } = await heldOrder();
  world.succeed(id, paymentGuid);
  world.succeed(id, paymentGuid);
  await drained();
  expect(await world.state(id)).toMatchObject({ status: 'SUCCESS', version: 3, holder_guid: paymentGuid });
  expect(await world.claim(id, { paymentGuid })).toMatchObject({ outcome: 'granted' });
  expect(await world.claim(id)).toEqual({ outcome: 'refused', code: 'ORDER_ALREADY_HELD', holderGuid: paymentGuid });
});

it('a rejected payment gives a valid order free, with its reason', async () => {
  const { id, paymentGuid } = await heldOrder();
  world.reject(id, paymentGuid, 'merchant refused');
  await reached(id, { status: 'CREATED', version: 3 });
  expect(await world.state(id)).toMatchObject({
    holder_guid: null,
    rejects: [{ paymentGuid, reason: 'merchant refused' }],
  });
  expect(await world.claim(id)).toMatchObject({ outcome: 'granted' });
});

it('a rejected payment cancels an expired order, with its callback in the same commit', async () => {
  const { id, paymentGuid } = await heldOrder();
  const before = world.business.now();
  await world.business.advance(900_000);
  await world.orders.background.runOnce();
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS' });
  world.reject(id, paymentGuid);
  await reached(id, { status: 'CANCELED', cancel_cause: 'EXPIRED' });
  const { rows } = await world.database.pool.query('select url from expiration_callback where order_id = $1', [id]);
  expect(rows).toEqual([{ url: world.merchant.callbackUrl }]);
  world.business.set(before);
});

it('an order is paid by its holder also after it expired', async () => {
  const { id, paymentGuid } = await heldOrder();
  const before = world.business.now();
  await world.business.advance(900_000);
  world.succeed(id, paymentGuid);
  await reached(id, { status: 'SUCCESS' });
  world.business.set(before);
});

it('the reject of a payment that never held the order changes nothing', async () => {
  const { id, paymentGuid } = await heldOrder();
  world.reject(id, randomUUID());
  world.reject(randomUUID(), randomUUID());
  world.reject('11111111-1111-1111-1111-111111111111', randomUUID()); // As its sender wrote it.
  await drained();
  expect((await world.database.pool.query('select reason from parked_event')).rows).toEqual([]);
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS', holder_guid: paymentGuid });
});

it('a rejected payment that claims late does not hold the order again', async () => {
  const { id, paymentGuid } = await heldOrder();
  world.reject(id, paymentGuid);
  await reached(id, { status: 'CREATED' });
  expect(await world.claim(id, { paymentGuid })).toEqual({ outcome: 'refused', code: 'ORDER_ALREADY_HELD', holderGuid: paymentGuid });
});

it('payments between people and returns are none of the business of orders', async () => {
  const { id, paymentGuid } = await heldOrder();
  for (const pmType of ['p2p', 'return']) {
    world.feed.append('PaymentRejected', {
      paymentGuid,
      pmType,
      orderId: id,
      merchantUid: null,
      initiatorBankGuid: world.payer.guid,
      receiverBankGuid: world.receiver.guid,
      externalId: 'x',
      amountMinor: '1',
      currency: 'UAH',
      rejectedAt: '2026-03-01T10:00:00.000Z',
      reasonCode: 'X',
      reason: 'x',
    });
  }
  await drained();
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS' });
});

it.each([
  ['another payment', 'PAYMENT_NOT_HOLDER', randomUUID()],
  ['an unknown order', 'ORDER_NOT_FOUND', null],
])('a success of %s is parked for a person, and its neighbours pass', async (_, code, stranger) => {
  const { id } = await heldOrder();
  const paymentGuid = stranger ?? randomUUID();
  world.succeed(stranger ? id : randomUUID(), paymentGuid);
  await drained();
  expect((await parkedOf(paymentGuid)).join()).toContain(code);
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS' });
});

it('a reject after a success is a contradiction and is parked', async () => {
  const { id, paymentGuid } = await heldOrder();
  world.succeed(id, paymentGuid);
  await reached(id, { status: 'SUCCESS' });
  world.reject(id, paymentGuid);
  await drained();
  expect((await parkedOf(paymentGuid)).join()).toContain('PAYMENT_ALREADY_SUCCEEDED');
});

it('many outcomes in one batch are all recorded, several of one order in their order', async () => {
  const held = await Promise.all(Array.from({ length: 40 }, heldOrder));
  for (const [index, { id, paymentGuid }] of held.entries()) {
    if (index % 2 === 0) world.succeed(id, paymentGuid);
    else world.reject(id, paymentGuid);
  }
  for (const [index, { id }] of held.entries()) await reached(id, { status: index % 2 === 0 ? 'SUCCESS' : 'CREATED', version: 3 });
});

it('an event that waits for its relay no longer than its commit is in the log at once', async () => {
  const { id, paymentGuid } = await heldOrder();
  world.succeed(id, paymentGuid);
  await waitFor(
    async () => {
      const { rows } = await world.database.pool.query<{ type: string }>('select type from event_log where subject = $1 order by pos', [
        id,
      ]);
      return rows.map((row) => row.type).join() === 'OrderCreated,OrderClaimed,OrderSucceeded';
    },
    { timeoutMs: 900 },
  );
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { waitFor } from '../support/wait-for.ts';
import { openOrdersWorld, type OrdersWorld } from './orders-world.ts';

let world: OrdersWorld;
beforeAll(async () => {
  world = await openOrdersWorld();
});
afterAll(() => world.close());

const statusOf = async (id: string) => (await world.state(id))?.['status'];
const eventsOf = async (id: string) => {
  const { rows } = await world.database.pool.query<{ type: string; audience: string[]; version: number }>(
    'select type, audience, version from event_log where subject = $1 order by pos',
    [id],
  );
  return rows;
};

it('a granted claim holds the order and gives its snapshot', async () => {
  const id = await world.create();
  const paymentGuid = randomUUID();
  expect(await world.claim(id, { paymentGuid })).toMatchObject({ outcome: 'granted', order: { orderId: id, amountMinor: '150075' } });
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS', holder_guid: paymentGuid, version: 2, holder_external_id: 'x-1' });
});

it('a claim is idempotent per payment and publishes one event', async () => {
  const id = await world.create();
  const paymentGuid = randomUUID();
  const answers = [];
  for (let n = 0; n < 3; n++) answers.push(await world.claim(id, { paymentGuid }));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  await waitFor(async () => (await eventsOf(id)).length === 2);
  expect((await eventsOf(id)).map((event) => event.type)).toEqual(['OrderCreated', 'OrderClaimed']);
});

it('the payer bank hears of the order only while its payment holds it', async () => {
  const id = await world.create();
  await world.claim(id);
  await waitFor(async () => (await eventsOf(id)).length === 2);
  const events = await eventsOf(id);
  expect(events.map((event) => event.audience.includes(world.payer.guid))).toEqual([false, true]);
  expect(events.every((event) => event.audience.includes(world.merchant.uid) && event.audience.includes(world.receiver.guid))).toBe(true);
});

it('a second payment is refused and told the holder', async () => {
  const id = await world.create();
  const paymentGuid = randomUUID();
  await world.claim(id, { paymentGuid });
  expect(await world.claim(id)).toEqual({ outcome: 'refused', code: 'ORDER_ALREADY_HELD', holderGuid: paymentGuid });
});

it.each([
  [{ amountMinor: '150074' }, 'AMOUNT_MISMATCH'],
  [{ currency: 'EUR' }, 'CURRENCY_MISMATCH'],
  [{ creditorAccount: 'UA213223130000026007233566001' }, 'CREDITOR_ACCOUNT_MISMATCH'],
  [{ creditorAgentBic: '322313' }, 'CREDITOR_AGENT_MISMATCH'],
])('a claim with %o is refused and leaves the order free', async (change, code) => {
  const id = await world.create();
  expect(await world.claim(id, change)).toEqual({ outcome: 'refused', code, holderGuid: null });
  expect(await statusOf(id)).toBe('CREATED');
});

it.each(['not-an-id', randomUUID()])('a claim of the unknown order %s is refused', async (orderId) => {
  expect(await world.claim(orderId)).toMatchObject({ code: 'ORDER_NOT_FOUND' });
});

it('of two payments that race for one order exactly one holds it', async () => {
  const ids = await Promise.all(Array.from({ length: 100 }, () => world.create()));
  const races = await Promise.all(ids.map((id) => Promise.all([world.claim(id), world.claim(id), world.claim(id)])));
  for (const race of races) {
    expect(race.filter((answer) => answer.outcome === 'granted')).toHaveLength(1);
    expect(race.filter((answer) => answer.outcome === 'refused' && answer.code === 'ORDER_ALREADY_HELD')).toHaveLength(2);
  }
});

it('of two orders that one payment claims it holds exactly one', async () => {
  for (let n = 0; n < 20; n++) {
    const ids = await Promise.all([world.create(), world.create()]);
    const paymentGuid = randomUUID();
    const answers = await Promise.all(ids.map((id) => world.claim(id, { paymentGuid })));
    expect(answers.filter((answer) => answer.outcome === 'granted')).toHaveLength(1);
    expect(answers).toContainEqual({ outcome: 'refused', code: 'ORDER_ALREADY_HELD', holderGuid: paymentGuid });
    expect((await Promise.all(ids.map(statusOf))).map(String).sort()).toEqual(['CREATED', 'IN_PROGRESS']);
  }
});

it('of a claim and the expiry that race for one order exactly one wins', async () => {
  const ids = await Promise.all(Array.from({ length: 300 }, () => world.create()));
  const before = world.business.now();
  const claims = ids.map(async (id) => ({ id, answer: await world.claim(id) }));
  await Promise.race(claims);
  // Some claims hold, some have decided and wait for their commit, some have not looked yet: now the orders expire under all of them.
  await world.business.advance(900_000);
  await Promise.all([world.orders.background.runOnce(), world.orders.background.runOnce()]);
  const answers = await Promise.all(claims);
  await world.orders.background.runOnce();
  world.business.set(before);

  const outcomes = new Set<string>();
  for (const { id, answer } of answers) {
    const status = await statusOf(id);
    outcomes.add(`${answer.outcome} ${String(status)}`);
    expect(status).toBe(answer.outcome === 'granted' ? 'IN_PROGRESS' : 'CANCELED');
  }
  expect([...outcomes].sort()).toEqual(['granted IN_PROGRESS', 'refused CANCELED']);
  await waitFor(async () => {
    const { rows } = await world.database.pool.query<{ n: bigint }>('select count(*) as n from event_outbox');
    return rows[0]?.n === 0n;
  });
  for (const { id, answer } of answers) {
    expect((await eventsOf(id)).map((event) => event.type)).toEqual([
      'OrderCreated',
      answer.outcome === 'granted' ? 'OrderClaimed' : 'OrderCanceled',
    ]);
  }
});

it('a holder that payments knows to be rejected gives way before its event comes, and the event changes nothing', async () => {
  const id = await world.create();
  const [first, second] = [randomUUID(), randomUUID()];
  await world.claim(id, { paymentGuid: first });
  const rejected = { paymentGuid: first, reason: 'no money' };
  expect(await world.claim(id, { paymentGuid: second, rejected })).toMatchObject({ outcome: 'granted' });
  world.reject(id, first);
  await waitFor(async () => (await eventsOf(id)).length === 4);
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS', holder_guid: second, version: 4, rejects: [rejected] });
  expect((await eventsOf(id)).map((event) => event.type)).toEqual(['OrderCreated', 'OrderClaimed', 'OrderReleased', 'OrderClaimed']);
  expect(await world.claim(id, { paymentGuid: first })).toMatchObject({ code: 'ORDER_ALREADY_HELD', holderGuid: second });
});

it('a rejected payment gives no order away that another holds or has paid', async () => {
  const [held, paid] = [await world.create(), await world.create()];
  const holders = { [held]: randomUUID(), [paid]: randomUUID() };
  for (const [id, paymentGuid] of Object.entries(holders)) await world.claim(id, { paymentGuid });
  world.succeed(paid, String(holders[paid]));
  await waitFor(async () => (await statusOf(paid)) === 'SUCCESS');
  const rejected = [randomUUID(), String(holders[paid])].map((paymentGuid) => ({ paymentGuid, reason: 'no money' }));
  for (const one of rejected) expect(await world.claim(paid, { rejected: one })).toMatchObject({ holderGuid: holders[paid] });
  expect(await world.claim(held, { rejected: rejected[0] ?? null })).toMatchObject({ holderGuid: holders[held] });
});

it('a claim that comes with the reject of the holder after the expiry cancels the order, with its callback', async () => {
  const id = await world.create();
  const before = world.business.now();
  const first = randomUUID();
  await world.claim(id, { paymentGuid: first });
  await world.business.advance(900_000);
  const rejected = { paymentGuid: first, reason: 'no money' };
  const answer = await world.claim(id, { rejected });
  world.business.set(before);
  expect(answer).toEqual({ outcome: 'refused', code: 'ORDER_IS_EXPIRED', holderGuid: null });
  expect(await world.state(id)).toMatchObject({ status: 'CANCELED', cancel_cause: 'EXPIRED', rejects: [rejected] });
  const { rowCount } = await world.database.pool.query('select 1 from expiration_callback where order_id = $1', [id]);
  expect(rowCount).toBe(1);
});

it('an order takes five rejected payments, then no more', async () => {
  const id = await world.create();
  for (let n = 1; n <= 5; n++) {
    const paymentGuid = randomUUID();
    expect(await world.claim(id, { paymentGuid })).toMatchObject({ outcome: 'granted' });
    world.reject(id, paymentGuid, `reason ${n}`);
    await waitFor(async () => (await world.state(id))?.['version'] === 1 + 2 * n);
  }
  expect(await world.claim(id)).toEqual({ outcome: 'refused', code: 'ORDER_ATTEMPTS_EXHAUSTED', holderGuid: null });
  expect(await statusOf(id)).toBe('CREATED');
});

import { randomUUID } from 'node:crypto';

import { graphql } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Caller } from '../../schema/caller.ts';

import type { KillPoint } from '../../subgraphs/payments/app/kill-points.ts';
import { forgetReceiverData, RECEIVER_DATA_KEPT_MS } from '../../subgraphs/payments/store/forget-receiver-data.ts';
import { waitFor } from '../support/wait-for.ts';
import { MERCHANT_ACCOUNT, PAYER_ACCOUNT } from './support/parties.ts';
import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';

// Between the check of a p2p message and its first commit anything may happen to the order: the first statement looks again, under a lock.

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
}, 30_000);
beforeEach(() => world.reset());
afterAll(() => world.close());

/** Whatever happens to the order while a message that was admitted waits for its first commit; once. */
let meanwhile: (() => Promise<void>) | null = null;
const hub = (): Promise<Hub> =>
  world.hub({
    settings: { sweepMs: 50 },
    kill: async (point: KillPoint) => {
      if (point !== 'after-claim-before-pending' || !meanwhile) return;
      const act = meanwhile;
      meanwhile = null;
      await act();
    },
  });

/** A link of the receiver's bank with a completed pay request of the payer's. */
async function completed(on: Hub): Promise<{ orderGuid: string; requestGuid: string }> {
  const { initiator, receiver } = world.parties;
  const order = {
    jti: randomUUID(),
    external_id: randomUUID(),
    type: 'link',
    creditor: { account: MERCHANT_ACCOUNT },
    currency: 'UAH',
    purpose: 'p',
  };
  const made = await world.post(on, 'p2p-order-create', receiver, order);
  const orderGuid = String(made.body['guid']);
  await world.post(on, 'pay-request-create', initiator, { jti: randomUUID(), order_guid: orderGuid, debtor: { account: PAYER_ACCOUNT } });
  const data = { name: 'n', taxNumber: 't', kid: 'kid', encryption: { profile: 'dcm-1', nonce: 'n', encryptedKey: 'k' } };
  const [request] = await world.rows<{ guid: string }>(
    `update pay_request set status = 'COMPLETED', data = $2, due_at = null where order_guid = $1 returning guid`,
    orderGuid,
    JSON.stringify(data),
  );
  return { orderGuid, requestGuid: request?.guid ?? '' };
}

const message = (orderGuid: string, externalId = randomUUID()): Promise<Message> =>
  world.message({ orderId: orderGuid, claims: { pm_type: 'p2p', payment_message_external_id: externalId } });
const send = (on: Hub, sent: Message) => world.send(on, sent, { operation: 'p2p-payment-message' });
const orderStatus = async (guid: string): Promise<string> =>
  (await world.rows<{ status: string }>('select status from p2p_order where guid = $1', guid))[0]?.status ?? '';
const payments = () => world.rows<{ guid: string; state: string }>('select guid, state from payment');

test('a payment that nobody disturbs holds its order, which does not expire under it', async () => {
  const on = await hub();
  const { orderGuid } = await completed(on);
  const sent = await message(orderGuid);
  expect(await send(on, sent)).toMatchObject({ status: 200, body: { guid: sent.guid } });
  world.businessLeadMs = 3_600_000;
  // Another order expires meanwhile: the sweep has looked.
  const other = await world.rows<{ guid: string }>(
    `insert into p2p_order select gen_random_uuid(), version, status, type, bank_guid, external_id || 'x', request_sha256, phone, debtor_account,
      receiver_account, receiver_bank_guid, amount_minor, currency, purpose, expires_at, reject_reason, created_at, updated_at
     from p2p_order where guid = $1 returning guid`,
    orderGuid,
  );
  await waitFor(async () => (await orderStatus(other[0]?.guid ?? '')) === 'EXPIRED');
  expect(['CREATED', 'PAID']).toContain(await orderStatus(orderGuid)); // Its payment may have succeeded meanwhile.
});

test('an order that expires between check and commit takes no payment', async () => {
  const on = await hub();
  const { orderGuid } = await completed(on);
  meanwhile = async () => {
    world.businessLeadMs = 3_600_000;
    await waitFor(async () => (await orderStatus(orderGuid)) === 'EXPIRED');
  };
  expect(await send(on, await message(orderGuid))).toMatchObject({ status: 400, body: { code: 'ORDER_IS_EXPIRED' } });
  expect(await payments()).toEqual([]);
});

test('a pay request that ends between check and commit is paid by nobody', async () => {
  const on = await hub();
  const { orderGuid, requestGuid } = await completed(on);
  meanwhile = async () => {
    await world.rows(
      `update pay_request set status = 'FAILED', data = null, reason = 'REFUSED_BY_PAYER_BANK' where guid = $1`,
      requestGuid,
    );
  };
  expect(await send(on, await message(orderGuid))).toMatchObject({ status: 400, body: { code: 'PAY_REQUEST_MISMATCH' } });
  expect(await payments()).toEqual([]);
});

test('of two messages that were both admitted one holds the order, and the other names it', async () => {
  const on = await hub();
  const { orderGuid } = await completed(on);
  const first = await message(orderGuid);
  meanwhile = async () => {
    expect((await send(on, first)).status).toBe(200);
  };
  expect(await send(on, await message(orderGuid))).toMatchObject({
    status: 409,
    body: { code: 'DUPLICATE_ORDER', payment_message_guid: first.guid },
  });
  expect((await payments()).map(({ guid }) => guid)).toEqual([first.guid]);
});

test('a promised message whose order is gone becomes a rejected payment that holds nothing', async () => {
  const on = await hub();
  const { orderGuid } = await completed(on);
  world.businessLeadMs = 3_600_000;
  await waitFor(async () => (await orderStatus(orderGuid)) === 'EXPIRED');
  const sent = await message(orderGuid);
  expect(await world.send(on, sent, { operation: 'p2p-payment-message', mode: 'promised' })).toMatchObject({ status: 200 });
  expect(await payments()).toEqual([{ guid: sent.guid, state: 'REJECT' }]);
  expect(await world.deliveries(sent.guid)).toEqual([expect.stringMatching(/^pay-out: /)]);
});

test('an accepted payment takes its external id for ever, and a refused one takes none', async () => {
  const on = await hub();
  const one = await completed(on);
  const other = await completed(on);
  const externalId = randomUUID();
  expect((await send(on, await message(randomUUID(), externalId))).status).toBe(400);
  expect((await send(on, await message(one.orderGuid, externalId))).status).toBe(200);
  expect(await send(on, await message(other.orderGuid, externalId))).toMatchObject({
    status: 400,
    body: { code: 'EXTERNAL_ID_IS_ALREADY_TAKEN' },
  });
});

describe('a question to a bank that nobody would hear', () => {
  const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
  // A test reads what it asked for; the shape is its own document's.
  async function ask(on: Hub, source: string): Promise<any> /* oxlint-disable-line typescript/no-explicit-any -- see above */ {
    const contextValue = on.subgraph.contextFor({ caller: OPERATIONS, requestId: 'test' });
    const { data, errors } = await graphql({ schema: on.subgraph.schema, source, contextValue });
    if (errors) throw errors[0] ?? new Error('no data');
    return JSON.parse(JSON.stringify(data)); // Results have no prototype, which toEqual minds.
  }
  const listed = async (on: Hub, state: string, id: string) =>
    (
      await ask(
        on,
        `{ deliveries(state: ${state}, first: 100) { nodes { deliveryId callbackType state sequence payment { guid } p2pOrder { guid } receiverBank { guid }
      attempts { attempt answer error } } } }`,
      )
    ).deliveries.nodes.find((node: { deliveryId: string }) => node.deliveryId === id);
  const operation = (name: string, id: string, more = '') =>
    `mutation { ${name}(input: { deliveryId: "${id}", idempotencyKey: "${randomUUID()}" ${more} }) { delivery { state outcome } errors { code } } }`;

  /** The callback "Pay request" after its eleven tries; its bank has no route for it. */
  async function givenUp(on: Hub): Promise<{ id: string; orderGuid: string }> {
    const { orderGuid, requestGuid } = await completed(on);
    const [row] = await world.rows<{ id: string }>(
      `insert into callback (id, type, receiver_kind, receiver_id, subject, body, when_unheard, state, attempts, created_at, ended_at)
       values (gen_random_uuid(), 'pay-request', 'bank', $1, $2, '{}', 'answer', 'FAILED', 11, $3, $3) returning id`,
      world.parties.initiator.entry.guid,
      requestGuid,
      world.time.now(),
    );
    return { id: row?.id ?? '', orderGuid };
  }

  test('is in the list of deliveries with its order and its tries, and is tried once more', async () => {
    const on = await hub();
    const { id, orderGuid } = await givenUp(on);
    expect(await listed(on, 'FAILED', id)).toEqual({
      deliveryId: id,
      callbackType: 'PAY_REQUEST',
      state: 'FAILED',
      sequence: 1,
      payment: null,
      p2pOrder: { guid: orderGuid },
      receiverBank: { guid: world.parties.initiator.entry.guid },
      attempts: [],
    });
    expect((await ask(on, operation('deliveryRetry', id))).deliveryRetry.errors).toEqual([]);
    await waitFor(async () => (await listed(on, 'FAILED', id))?.attempts.length === 1);
    expect((await listed(on, 'FAILED', id)).attempts).toEqual([{ attempt: 12, answer: 'UNCLEAR', error: 'NO_ADDRESS' }]);
    expect((await ask(on, `{ delivery(id: "${id}") { callbackType } }`)).delivery).toEqual({ callbackType: 'PAY_REQUEST' });
  });

  test('is closed by a person, who cannot say that it was a Pay-in', async () => {
    const on = await hub();
    const { id } = await givenUp(on);
    const resolve = (outcome: string) => ask(on, operation('deliveryResolve', id, `outcome: ${outcome}, reason: "By telephone."`));
    expect((await resolve('ACCEPTED')).deliveryResolve.errors).toEqual([{ code: 'OUTCOME_NOT_APPLICABLE' }]);
    expect((await resolve('ABANDONED')).deliveryResolve).toEqual({ delivery: { state: 'RESOLVED', outcome: 'ABANDONED' }, errors: [] });
    expect((await resolve('DELIVERED_OTHERWISE')).deliveryResolve.errors).toEqual([{ code: 'DELIVERY_ALREADY_RESOLVED' }]);
    expect(await listed(on, 'RESOLVED', id)).toMatchObject({ state: 'RESOLVED' });
  });
});

describe('data of a receiver', () => {
  const kept = async (orderGuid: string) =>
    (
      await world.rows<{ data: boolean; body: string | null }>(
        `select data is not null as data, (select body from callback c where c.subject = r.guid::text) as body from pay_request r where order_guid = $1`,
        orderGuid,
      )
    )[0];
  const forget = () => forgetReceiverData(world.database.pool, new Date(world.time.now().getTime() - RECEIVER_DATA_KEPT_MS));
  const told = (requestGuid: string, state: string) =>
    world.rows(
      `insert into callback (id, type, receiver_kind, receiver_id, subject, body, when_unheard, state, created_at, ended_at, due_at)
       values (gen_random_uuid(), 'pay-request', 'bank', 'b', $1, 'sealed', 'answer', $2, $3::timestamptz,
         case when $2 = 'WAITING' then null else $3::timestamptz end, case when $2 = 'WAITING' then $3::timestamptz + interval '1 day' end)`,
      requestGuid,
      state,
      world.time.now(),
    );

  test('are forgotten an hour after the order has ended, also in the callback that told them, and not while anybody may need them', async () => {
    const on = await hub();
    const [paid, open, told2] = [await completed(on), await completed(on), await completed(on)];
    await told(paid.requestGuid, 'DELIVERED');
    await told(open.requestGuid, 'DELIVERED');
    await told(told2.requestGuid, 'WAITING');
    const end = `update p2p_order set status = 'PAID', updated_at = $2 where guid = $1`;
    for (const { orderGuid } of [paid, told2]) await world.rows(end, orderGuid, world.time.now());
    await forget();
    expect(await kept(paid.orderGuid)).toEqual({ data: true, body: 'sealed' });
    world.time.advance(RECEIVER_DATA_KEPT_MS + 1);
    await forget();
    expect(await kept(paid.orderGuid)).toEqual({ data: false, body: '' });
    expect(await kept(open.orderGuid)).toEqual({ data: true, body: 'sealed' });
    expect(await kept(told2.orderGuid)).toEqual({ data: false, body: 'sealed' });
    // What the pay request was for is known all the same.
    const [request] = await world.rows('select status, receiver_account from pay_request where guid = $1', paid.requestGuid);
    expect(request).toEqual({ status: 'COMPLETED', receiver_account: MERCHANT_ACCOUNT });
    expect(await world.read(on, 'pay-request', { request: paid.requestGuid })).toMatchObject({ status: 200 });
  });
});

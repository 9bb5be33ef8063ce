import { createHash } from 'node:crypto';

import { graphql, parse, subscribe } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Caller } from '../../schema/caller.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Behaviour } from './support/receivers.ts';
import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
const initiator = (): Caller => ({ kind: 'bank', bankGuid: world.parties.initiator.entry.guid, keyId: 'k' });
const receiver = (): Caller => ({ kind: 'bank', bankGuid: world.parties.receiver.entry.guid, keyId: 'k' });
const merchant = (): Caller => ({ kind: 'merchant', merchantUid: world.parties.merchantUid, keyId: 'k' });
const strangers: Caller[] = [
  { kind: 'anonymous' },
  { kind: 'merchant', merchantUid: 'another', keyId: 'k' },
  { kind: 'bank', bankGuid: '00000000-0000-4000-8000-000000000009', keyId: 'k' },
];

type Data = Record<string, unknown>;

async function ask(hub: Hub, caller: Caller, source: string, variableValues: Data = {}): Promise<Data> {
  const contextValue = hub.subgraph.contextFor({ caller, requestId: 'test' });
  const { data, errors } = await graphql({ schema: hub.subgraph.schema, source, variableValues, contextValue });
  if (errors) throw errors[0]?.originalError ?? errors[0] ?? new Error('no data');
  return JSON.parse(JSON.stringify(data)) as Data; // Results have no prototype, which toEqual minds.
}

/** A payment that ran to its end with these answers. */
async function payment(
  hub: Hub,
  ...scripts: [receiver: string, type: string, answers: Behaviour[], always?: Behaviour][]
): Promise<Message> {
  for (const script of scripts) world.receivers.script(...script);
  const message = await world.message();
  await world.send(hub, message);
  await world.untilSettled(message.guid);
  return message;
}

interface Listed {
  readonly deliveryId: string;
  readonly callbackType: string;
}

async function inReview(hub: Hub, caller: Caller = OPERATIONS): Promise<Listed[]> {
  const { deliveries } = await ask(hub, caller, '{ deliveries { nodes { deliveryId callbackType } } }');
  return (deliveries as { nodes: Listed[] }).nodes; // As the query asks.
}

async function openDeliveries(hub: Hub, caller: Caller = OPERATIONS): Promise<unknown> {
  const document = '{ openDeliveries { receiverBank { guid } receiverMerchant { uid } retrying parked } }';
  return (await ask(hub, caller, document))['openDeliveries'];
}

const RETRY = `mutation($id: ID!, $key: String!) { deliveryRetry(input: { deliveryId: $id, idempotencyKey: $key }) {
  delivery { state } replayed errors { code } } }`;
const RESOLVE = `mutation($id: ID!, $outcome: DeliveryOutcome!, $reason: String!, $key: String!) {
  deliveryResolve(input: { deliveryId: $id, outcome: $outcome, reason: $reason, idempotencyKey: $key }) {
    delivery { state outcome outcomeReason } replayed errors { code path } } }`;

async function retry(hub: Hub, id: string, key: string, caller: Caller = OPERATIONS): Promise<unknown> {
  return (await ask(hub, caller, RETRY, { id, key }))['deliveryRetry'];
}

async function resolve(
  hub: Hub,
  id: string,
  o: { outcome?: string; reason?: string; key?: string; caller?: Caller } = {},
): Promise<unknown> {
  const { outcome = 'DELIVERED_OTHERWISE', reason = 'told by telephone', key = 'key-1', caller = OPERATIONS } = o;
  return (await ask(hub, caller, RESOLVE, { id, outcome, reason, key }))['deliveryResolve'];
}

async function parkedPayOut(hub: Hub): Promise<string> {
  await payment(hub, ['initiator', 'pay-out', [400, 400]]);
  const [listed] = await inReview(hub);
  if (listed?.callbackType !== 'PAY_OUT') throw new Error('the Pay-out is not in review');
  return listed.deliveryId;
}

const refusedWith = (code: string) => expect.objectContaining({ delivery: null, errors: [expect.objectContaining({ code })] }) as unknown;

describe('manual review', () => {
  it('lists what is parked, for operations alone', async () => {
    const hub = await world.hub();
    await parkedPayOut(hub);
    for (const caller of [initiator(), receiver(), merchant(), ...strangers]) expect(await inReview(hub, caller)).toEqual([]);
  });

  it('a retry is one more attempt: a 2xx ends the delivery', async () => {
    const gate = Promise.withResolvers<void>();
    let holding = false;
    const hub = await world.hub({ kill: (point) => (point === 'before-send' && holding ? gate.promise : undefined) });
    const id = await parkedPayOut(hub);
    const receiverBank = { guid: world.parties.initiator.entry.guid };
    expect(await openDeliveries(hub)).toEqual([{ receiverBank, receiverMerchant: null, retrying: 0, parked: 1 }]);
    holding = true; // The answer to the person is read before the receiver's.
    expect(await retry(hub, id, 'key-1')).toEqual({ delivery: { state: 'WAITING' }, replayed: false, errors: [] });
    expect(await openDeliveries(hub)).toEqual([{ receiverBank, receiverMerchant: null, retrying: 1, parked: 0 }]);
    for (const caller of [initiator(), receiver(), merchant(), ...strangers]) expect(await openDeliveries(hub, caller)).toEqual([]);
    gate.resolve();
    await waitFor(async () => (await inReview(hub)).length === 0 && world.receivers.of('initiator', 'pay-out').length === 3);
    await waitFor(async () => ((await openDeliveries(hub)) as unknown[]).length === 0);
    await waitFor(async () => (await world.rows("select 1 from delivery where id = $1 and state = 'DONE'", id)).length === 1);
    const [{ guid }] = (await world.rows('select guid from payment')) as [{ guid: string }]; // There is one.
    expect(await world.audited()).toEqual([
      expect.objectContaining({
        actor: { kind: 'operations', id: 'olena', keyId: null },
        action: 'deliveryRetry',
        target: { kind: 'payment', id: guid },
        details: { deliveryId: id, callback: 'pay-out' },
      }),
    ]);
  });

  it('a retry that fails is in review again', async () => {
    const hub = await world.hub();
    const id = await parkedPayOut(hub);
    world.receivers.script('initiator', 'pay-out', [503]);
    await retry(hub, id, 'key-1');
    await waitFor(async () => world.receivers.of('initiator', 'pay-out').length === 3 && (await inReview(hub)).length === 1);
  });

  it('a decision is kept with its reason and its person, and the payment stays as it is', async () => {
    const hub = await world.hub();
    const id = await parkedPayOut(hub);
    const answer = { delivery: { state: 'RESOLVED', outcome: 'DELIVERED_OTHERWISE', outcomeReason: 'told by telephone' }, errors: [] };
    expect(await resolve(hub, id)).toEqual({ ...answer, replayed: false });
    expect(await resolve(hub, id)).toEqual({ ...answer, replayed: true });
    expect((await world.audited()).map(({ action, details }) => ({ action, ...details }))).toEqual([
      { action: 'deliveryResolve', deliveryId: id, callback: 'pay-out', outcome: 'DELIVERED_OTHERWISE', reason: 'told by telephone' },
    ]);
    expect(await world.rows('select state from payment')).toEqual([{ state: 'SUCCESS' }]);
  });

  it('refuses what it cannot do, each with its code', async () => {
    const hub = await world.hub();
    const id = await parkedPayOut(hub);
    expect(await resolve(hub, id, { caller: initiator() })).toEqual(refusedWith('OPERATIONS_ONLY'));
    expect(await retry(hub, id, 'key-1', merchant())).toEqual(refusedWith('OPERATIONS_ONLY'));
    expect(await resolve(hub, '00000000-0000-7000-8000-000000000000')).toEqual(refusedWith('DELIVERY_NOT_FOUND'));
    expect(await resolve(hub, 'nonsense')).toEqual(refusedWith('DELIVERY_NOT_FOUND'));
    expect(await resolve(hub, id, { outcome: 'ACCEPTED' })).toEqual(refusedWith('OUTCOME_NOT_APPLICABLE'));
    expect(await resolve(hub, id, { reason: ' ' })).toEqual(refusedWith('REASON_INVALID'));
    expect(await resolve(hub, id, { key: '' })).toEqual(refusedWith('IDEMPOTENCY_KEY_INVALID'));
    await resolve(hub, id, { key: 'key-2' });
    expect(await resolve(hub, id, { key: 'key-2', reason: 'another' })).toEqual(refusedWith('IDEMPOTENCY_MISMATCH'));
    expect(await resolve(hub, id, { key: 'key-3', outcome: 'ABANDONED' })).toEqual(refusedWith('DELIVERY_ALREADY_RESOLVED'));
    expect(await retry(hub, id, 'key-4')).toEqual(refusedWith('DELIVERY_NOT_IN_REVIEW'));
  });

  it('a real answer that was committed first counts', async () => {
    const hub = await world.hub();
    const id = await parkedPayOut(hub);
    await retry(hub, id, 'key-1');
    await waitFor(async () => (await world.rows("select 1 from delivery where id = $1 and state = 'DONE'", id)).length === 1);
    expect(await resolve(hub, id, { key: 'key-2' })).toEqual(refusedWith('DELIVERY_ALREADY_ANSWERED'));
  });

  it('two decisions at once have one winner', async () => {
    const hub = await world.hub();
    const other = await world.hub();
    const id = await parkedPayOut(hub);
    const answers = await Promise.all([
      resolve(hub, id, { key: 'key-1', outcome: 'ABANDONED' }),
      resolve(other, id, { key: 'key-2', outcome: 'DELIVERED_OTHERWISE' }),
    ]);
    expect(answers.filter((answer) => (answer as { delivery: unknown }).delivery !== null)).toHaveLength(1);
    expect(answers).toContainEqual(refusedWith('DELIVERY_ALREADY_RESOLVED'));
    expect(await world.audited()).toHaveLength(1);
  });

  it('a resolve and the answer of a retry never both count', async () => {
    const hub = await world.hub();
    const id = await parkedPayOut(hub);
    const [, resolved] = await Promise.all([retry(hub, id, 'key-1'), resolve(hub, id, { key: 'key-2' })]);
    await waitFor(
      async () => (await world.rows("select 1 from delivery where id = $1 and state in ('DONE', 'RESOLVED')", id)).length === 1,
    );
    const [row] = await world.rows<{ state: string; attempts: number }>('select state, attempts from delivery where id = $1', id);
    expect(row?.state === 'RESOLVED').toBe((resolved as { delivery: unknown }).delivery !== null);
    expect(row?.attempts).toBe(row?.state === 'RESOLVED' ? 2 : 3);
  });
});

const PAYMENT = `query($guid: String!) { payment(guid: $guid) { guid status reasonCode pmType amount { minor decimal } purpose debtorAccount
  order { orderId } initiatorBank { guid } receiverBank { guid } merchant { uid } deliveries { callbackType sequence state attempts { attempt httpStatus } } } }`;

describe('who sees a payment', () => {
  it('its parties and operations; everybody else as if it did not exist', async () => {
    const hub = await world.hub();
    const { guid, orderId } = await payment(hub);
    for (const caller of [initiator(), receiver(), merchant(), OPERATIONS]) {
      expect((await ask(hub, caller, PAYMENT, { guid }))['payment']).toMatchObject({
        guid,
        status: 'SUCCESS',
        pmType: 'TRADE',
        amount: { minor: '150075', decimal: '1500.75' },
        order: { orderId },
        merchant: { uid: world.parties.merchantUid },
      });
      expect(await ask(hub, caller, '{ payments { nodes { guid } } }')).toEqual({ payments: { nodes: [{ guid }] } });
    }
    for (const caller of strangers) {
      expect(await ask(hub, caller, PAYMENT, { guid })).toEqual({ payment: null });
      expect(await ask(hub, caller, '{ payments { nodes { guid } } }')).toEqual({ payments: { nodes: [] } });
      expect(await ask(hub, caller, ENTITIES, { of: [{ __typename: 'Payment', guid }] })).toEqual({ _entities: [null] });
      const events = ask(hub, caller, `{ paymentEvents(paymentGuid: "${guid}") { nodes { type } } }`);
      if (caller.kind === 'anonymous') await expect(events).rejects.toThrow('credential');
      else expect(await events).toEqual({ paymentEvents: { nodes: [] } });
    }
  });

  it('accounts are for its parties, and of the callbacks each sees its own', async () => {
    const hub = await world.hub();
    const { guid } = await payment(hub);
    const seenBy = async (caller: Caller) => (await ask(hub, caller, PAYMENT, { guid }))['payment'] as Data;
    const types = (seen: Data) => (seen['deliveries'] as { callbackType: string }[]).map(({ callbackType }) => callbackType);
    expect((await seenBy(OPERATIONS))['debtorAccount']).toBeNull();
    expect((await seenBy(initiator()))['debtorAccount']).toMatch(/^UA/);
    expect(types(await seenBy(OPERATIONS))).toEqual(['PAY_IN', 'MERCHANT_PAY_IN', 'PAY_OUT', 'CREDIT']);
    expect(types(await seenBy(merchant()))).toEqual(['MERCHANT_PAY_IN']);
    expect(types(await seenBy(receiver()))).toEqual(['PAY_IN', 'CREDIT']);
  });

  it('of every answer to a callback the hash is kept, whatever it said, and none where there was none', async () => {
    const hub = await world.hub();
    const refusal = { status: 400, headers: {}, body: '{"reason":"у списку"}' };
    const { guid } = await payment(hub, ['receiver', 'pay-in', ['lose', refusal]]);
    const query = `query($guid: String!) { payment(guid: $guid) { deliveries { callbackType attempts { httpStatus answerSha256 } } } }`;
    const { payment: seen } = await ask(hub, OPERATIONS, query, { guid });
    expect(seen).toMatchObject({
      deliveries: [
        {
          callbackType: 'PAY_IN',
          attempts: [
            { httpStatus: null, answerSha256: null },
            { httpStatus: 400, answerSha256: createHash('sha256').update(refusal.body).digest('base64url') },
          ],
        },
        { callbackType: 'PAY_OUT', attempts: [{ httpStatus: 200, answerSha256: createHash('sha256').digest('base64url') }] },
      ],
    });
  });

  it('an order leads to its payments, the holder first', async () => {
    const hub = await world.hub();
    world.receivers.script('receiver', 'pay-in', [400]);
    const rejected = await payment(hub);
    world.orders.holders.clear();
    const second = await world.message({ orderId: rejected.orderId });
    await world.send(hub, second);
    await world.untilSettled(second.guid);
    const of = [{ __typename: 'Order', orderId: rejected.orderId }];
    expect(await ask(hub, merchant(), ENTITIES, { of })).toEqual({
      _entities: [
        { orderId: rejected.orderId, payment: { guid: second.guid }, payments: [{ guid: second.guid }, { guid: rejected.guid }] },
      ],
    });
    expect(await ask(hub, strangers[1] ?? OPERATIONS, ENTITIES, { of })).toEqual({
      _entities: [{ orderId: rejected.orderId, payment: null, payments: [] }],
    });
  });

  it('lists are read page by page, newest first, and can be narrowed', async () => {
    const hub = await world.hub();
    const guids: string[] = [];
    for (let made = 0; made < 5; made++) {
      world.time.advance(1000);
      guids.unshift((await payment(hub)).guid);
    }
    const page = (after: string | null) =>
      ask(
        hub,
        merchant(),
        'query($after: Cursor) { payments(first: 2, after: $after) { nodes { guid } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { nodes, pageInfo } = (await page(cursor))['payments'] as {
        nodes: { guid: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      seen.push(...nodes.map(({ guid }) => guid));
      cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (cursor !== null);
    expect(seen).toEqual(guids);
    expect(await ask(hub, merchant(), '{ payments(statuses: [REJECT]) { nodes { guid } } }')).toEqual({ payments: { nodes: [] } });
    await expect(ask(hub, merchant(), '{ payments(first: 101) { nodes { guid } } }')).rejects.toThrow('between 1 and 100');
  });
});

describe('payments are searched', () => {
  const SEARCH = 'query ($search: PaymentSearchInput) { payments(search: $search) { nodes { guid } } }';
  const found = async (hub: Hub, caller: Caller, search: Data): Promise<string[]> => {
    const { payments } = await ask(hub, caller, SEARCH, { search });
    return (payments as { nodes: { guid: string }[] }).nodes.map(({ guid }) => guid); // As the query asks.
  };

  it('by amount, ends of accounts, sides and period: all of it has to fit', async () => {
    const hub = await world.hub();
    const before = world.time.now().toISOString();
    world.time.advance(1_000);
    const { guid } = await payment(hub);
    const columns = 'amount_minor, debtor_account, creditor_account';
    const [row] = (await world.rows(`select ${columns} from payment_message where guid = $1`, guid)) as Data[]; // As the statement selects.
    const amount = { minor: String(row?.['amount_minor']), currency: 'UAH' };
    const tails = [row?.['debtor_account'], row?.['creditor_account']].map((account) => String(account).slice(-4));
    const after = new Date(world.time.now().getTime() + 1_000).toISOString();
    const { initiator: payer, merchantUid } = world.parties;
    const sides = { bankGuid: payer.entry.guid, merchantUid };
    for (const tail of tails) {
      expect(await found(hub, OPERATIONS, { amount, tail, ...sides, from: before, until: after })).toEqual([guid]);
      for (const stranger of strangers) expect(await found(hub, stranger, { tail })).toEqual([]);
    }
    for (const wrong of [
      { amount: { ...amount, minor: `${amount.minor}1` } },
      { tail: '0000' === tails[0] ? '0001' : '0000' },
      { bankGuid: '00000000-0000-4000-8000-000000000009' },
      { bankGuid: 'no guid' },
      { merchantUid: 'another' },
      { from: after },
      { until: before },
    ]) {
      expect(await found(hub, OPERATIONS, { amount, ...wrong }), JSON.stringify(wrong)).toEqual([]);
    }
  });

  it('an account is not guessed by a shorter end, and an amount is no end of one', async () => {
    const hub = await world.hub();
    for (const tail of ['1', '12345', 'ab12', '=100']) {
      await expect(ask(hub, OPERATIONS, SEARCH, { search: { tail } })).rejects.toThrow('last four');
    }
  });
});

const ENTITIES = `query($of: [_Any!]!) { _entities(representations: $of) {
  ... on Payment { guid } ... on Order { orderId payment { guid } payments { guid } } } }`;

describe('events of payments', () => {
  it('history has every step once, in order, with the status that it led to', async () => {
    const hub = await world.hub();
    const { guid } = await payment(hub);
    const query = `{ paymentEvents(paymentGuid: "${guid}") { nodes { type status paymentVersion payment { guid } delivery { callbackType attemptCount }
      answered { callbackType attempt durationMs } } } }`;
    const history = await waitFor(async () => {
      const { nodes } = (await ask(hub, OPERATIONS, query))['paymentEvents'] as { nodes: Data[] };
      return nodes.length === 6 ? nodes : undefined;
    });
    expect(history.map(({ type, status, paymentVersion }) => `${String(paymentVersion)} ${String(type)} ${String(status)}`)).toEqual([
      '1 PAYMENT_ACCEPTED PENDING',
      '2 CALLBACK_ANSWERED PENDING',
      '3 CALLBACK_ANSWERED SUCCESS',
      '4 PAYMENT_SUCCEEDED SUCCESS',
      '5 CALLBACK_ANSWERED SUCCESS',
      '6 CALLBACK_ANSWERED SUCCESS',
    ]);
    expect(history.map(({ delivery }) => (delivery as Data | null)?.['callbackType'] ?? null)).toEqual([
      null,
      'PAY_IN',
      'MERCHANT_PAY_IN',
      null,
      ...['PAY_OUT', 'CREDIT'].map(() => expect.stringMatching(/^(PAY_OUT|CREDIT)$/) as unknown), // In whatever order they were answered.
    ]);
    // The event tells by itself what the delivery would have to be read for.
    const aTime = expect.any(Number) as number; // As asymmetric matchers are typed.
    expect(history.map(({ answered }) => answered)).toEqual(
      history.map(({ delivery }) => delivery && { callbackType: (delivery as Data)['callbackType'], attempt: 1, durationMs: aTime }),
    );
    const { paymentEvents } = await ask(hub, merchant(), query);
    expect((paymentEvents as { nodes: Data[] }).nodes.map(({ type, status }) => `${String(type)} ${String(status)}`)).toEqual([
      'PAYMENT_ACCEPTED PENDING',
      'CALLBACK_ANSWERED SUCCESS', // Its own callback; the banks' are not the merchant's to know.
      'PAYMENT_SUCCEEDED SUCCESS',
    ]);
    expect((paymentEvents as { nodes: Data[] }).nodes[1]?.['delivery']).toEqual({ callbackType: 'MERCHANT_PAY_IN', attemptCount: 1 });
  });

  it('a subscriber gets them live, and resumes behind the last one', async () => {
    const hub = await world.hub();
    const stream = async (after: string | null) => {
      const opened = await subscribe({
        schema: hub.subgraph.schema,
        document: parse(`subscription($after: Cursor) { paymentStatusChanged(after: $after) {
          __typename ... on PaymentStatusChanged { cursor type status payment { guid } } ... on StreamReady { replayed } } }`),
        variableValues: { after },
        contextValue: hub.subgraph.contextFor({ caller: initiator(), requestId: 'test' }),
      });
      if (!(Symbol.asyncIterator in opened)) throw opened.errors?.[0] ?? new Error('not a stream');
      const next = async () => (await opened.next()).value?.data?.['paymentStatusChanged'] as Data;
      return { next, end: () => opened.return(undefined) };
    };
    const live = await stream(null);
    expect(await live.next()).toMatchObject({ __typename: 'StreamReady' });
    const message = await world.message();
    await world.send(hub, message);
    let first = await live.next();
    while ((first['payment'] as Data)['guid'] !== message.guid) first = await live.next(); // The log may still catch up with payments before.
    expect(first).toMatchObject({ type: 'PAYMENT_ACCEPTED', status: 'PENDING' });
    await live.end();
    await world.untilSettled(message.guid);
    const resumed = await stream(String(first['cursor']));
    let next = await resumed.next();
    if (next['__typename'] === 'StreamReady') next = await resumed.next(); // The log may still number what has been committed.
    expect(next).toMatchObject({ type: 'PAYMENT_SUCCEEDED' });
    await resumed.end();
  });

  it('a stream of a payment that the caller cannot see is refused', async () => {
    const hub = await world.hub();
    const { guid } = await payment(hub);
    const opened = await subscribe({
      schema: hub.subgraph.schema,
      document: parse(`subscription { paymentStatusChanged(paymentGuid: "${guid}") { __typename } }`),
      contextValue: hub.subgraph.contextFor({ caller: strangers[1] ?? OPERATIONS, requestId: 'test' }),
    });
    expect(opened).toMatchObject({
      errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'NOT_FOUND' }) as unknown })],
    });
  });
});

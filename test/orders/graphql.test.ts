import { randomUUID } from 'node:crypto';
import { graphql, parse, subscribe, type ExecutionResult } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { globalId } from '../../kernel/runtime/graphql/global-id.ts';
import type { Caller } from '../../schema/caller.ts';
import type { DirectorySnapshot } from '../../schema/directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { EDGE_URL, openOrdersWorld, SHOP_URL, type OrdersWorld } from './orders-world.ts';

let world: OrdersWorld;
let merchant: Caller;
let otherMerchant: Caller;
let receiver: Caller;
let payer: Caller;
const operations: Caller = { kind: 'operations', subject: 'ann', scopes: [] };
const anonymous: Caller = { kind: 'anonymous' };
beforeAll(async () => {
  world = await openOrdersWorld();
  merchant = { kind: 'merchant', merchantUid: world.merchant.uid, keyId: 'k' };
  otherMerchant = { kind: 'merchant', merchantUid: world.otherMerchant.uid, keyId: 'k' };
  receiver = { kind: 'bank', bankGuid: world.receiver.guid, keyId: 'k' };
  payer = { kind: 'bank', bankGuid: world.payer.guid, keyId: 'k' };
});
afterAll(() => world.close());

/** Any answer of GraphQL; tests look at members one by one. */
type Data = any; // oxlint-disable-line typescript/no-explicit-any -- the shape of an answer is what each test states

const contextFor = (caller: Caller) => world.orders.contextFor({ caller, requestId: 'test' });
async function run(
  caller: Caller,
  source: string,
  variableValues: Record<string, unknown> = {},
): Promise<{ data: Data; codes: unknown[] }> {
  const { data, errors = [] } = await graphql({ schema: world.orders.schema, source, variableValues, contextValue: contextFor(caller) });
  for (const error of errors) if (error.extensions['code'] === undefined) throw error;
  return { data: JSON.parse(JSON.stringify(data ?? null)), codes: errors.map((error) => error.extensions['code']) };
}

const inputOf = (change: Record<string, unknown> = {}) => ({
  amount: { minor: '150075', currency: 'UAH' },
  reference: randomUUID(),
  purpose: 'Two lamps',
  redirectUrl: SHOP_URL,
  expiresAt: new Date(world.business.now().getTime() + 900_000).toISOString(),
  idempotencyKey: randomUUID(),
  ...change,
});
const CREATE = `mutation ($input: OrderCreateInput!) { orderCreate(input: $input) {
  order { id orderId status reference } clientSecret replayed errors { code message path retryable __typename } } }`;
const create = async (input: Record<string, unknown> = inputOf(), caller = merchant) =>
  (await run(caller, CREATE, { input })).data.orderCreate;
const CANCEL = `mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } replayed errors { code } } }`;
const cancel = async (orderId: string, caller = merchant, idempotencyKey: string = randomUUID()) =>
  (await run(caller, CANCEL, { input: { orderId, idempotencyKey } })).data.orderCancel;
const ORDER = `query ($orderId: String) { order(orderId: $orderId) { orderId status } }`;

describe('orderCreate', () => {
  it('of a merchant who registered a moment ago looks at the participants again', async () => {
    let merchants: DirectorySnapshot['merchants'] = [];
    await world.publish((snapshot) => {
      ({ merchants } = snapshot);
      return { ...snapshot, merchants: [] };
    });
    expect((await create()).errors).toMatchObject([{ code: 'MERCHANT_NOT_FOUND', retryable: true }]);
    world.announce((snapshot) => ({ ...snapshot, merchants }));
    expect(await create()).toMatchObject({ order: { status: 'CREATED' }, errors: [] });
  });

  it('makes an order with its links, its next action and a secret to watch it', async () => {
    const { order, clientSecret, errors, replayed } = await create();
    expect({ errors, replayed, status: order.status }).toEqual({ errors: [], replayed: false, status: 'CREATED' });
    expect(clientSecret).toMatch(/^cs_/);
    const { data } = await run(
      merchant,
      `query ($id: ID!) { order(id: $id) { orderId amount { minor currency decimal } merchant { uid } receiverBank { guid } links { deepLink qr } attempts lastRejectReason version
        desktop: nextAction { __typename ... on ShowQr { payload svgUrl pngUrl } } phone: nextAction(device: MOBILE) { ... on OpenDeepLink { url bank { guid } } } } }`,
      { id: order.id },
    );
    const page = `${EDGE_URL}/api/v1/merchants/order?id=${order.orderId}`;
    expect(data.order).toEqual({
      orderId: order.orderId,
      amount: { minor: '150075', currency: 'UAH', decimal: '1500.75' },
      merchant: { uid: world.merchant.uid },
      receiverBank: { guid: world.receiver.guid },
      links: { deepLink: `${page}&mobile=1`, qr: `${page}&mobile=0` },
      attempts: 0,
      lastRejectReason: null,
      version: 1,
      desktop: {
        __typename: 'ShowQr',
        payload: `${page}&mobile=0`,
        svgUrl: `${EDGE_URL}/pay/${order.orderId}/qr.svg`,
        pngUrl: `${EDGE_URL}/pay/${order.orderId}/qr.png`,
      },
      phone: { url: `${page}&mobile=1`, bank: null },
    });
  });

  it('gives equal answers for one key, apart from replayed', async () => {
    const input = inputOf();
    const first = await create(input);
    const second = await create(input);
    expect(second).toEqual({ ...first, replayed: true });
  });

  it('finds the order of another key with the same terms', async () => {
    const input = inputOf();
    const first = await create(input);
    const second = await create({ ...input, idempotencyKey: randomUUID() });
    expect(second).toEqual({ ...first, replayed: true });
  });

  it('makes one order of parallel requests with one key', async () => {
    const input = inputOf();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(input)));
    const made = answers.filter((answer) => answer.order);
    expect(new Set(made.map((answer) => answer.order.orderId)).size).toBe(1);
    for (const { errors } of answers.filter((answer) => !answer.order))
      expect(errors[0]).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS', retryable: true });
  });

  it('refuses another input under a known key, and remembers no refusal', async () => {
    const idempotencyKey = randomUUID();
    expect((await create(inputOf({ idempotencyKey, purpose: '' }))).errors[0]).toMatchObject({ code: 'INVALID_PURPOSE' });
    const made = await create(inputOf({ idempotencyKey }));
    expect(made.errors).toEqual([]);
    expect((await create(inputOf({ idempotencyKey }))).errors[0]).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('refuses a taken reference with other terms', async () => {
    const input = inputOf();
    await create(input);
    const { order, clientSecret, errors } = await create({ ...input, purpose: 'other', idempotencyKey: randomUUID() });
    expect({ order, clientSecret }).toEqual({ order: null, clientSecret: null });
    expect(errors).toEqual([
      {
        code: 'REF_NOT_UNIQUE',
        message: expect.any(String),
        path: ['input', 'reference'],
        retryable: false,
        __typename: 'OrderCreateError',
      },
    ]);
  });

  it.each([
    [{ amount: { minor: '0', currency: 'UAH' } }, 'INVALID_AMOUNT'],
    [{ amount: { minor: '9007199254740992', currency: 'UAH' } }, 'INVALID_AMOUNT'],
    [{ reference: 'x'.repeat(65) }, 'INVALID_REF'],
    [{ purpose: ' ' }, 'INVALID_PURPOSE'],
    [{ redirectUrl: 'ftp://shop.example' }, 'INVALID_URL'],
    [{ redirectUrl: 'https://other.example/' }, 'INVALID_URL'],
    [{ expiresAt: '2026-03-01T10:00:59.999Z' }, 'INVALID_EXPIRY'],
    [{ beneficiary: { name: 'A', taxNumber: 'x', iban: 'y', bic: 'z', mcc: 1 } }, 'INVALID_BENEFICIARY'],
    [{ idempotencyKey: '' }, 'IDEMPOTENCY_KEY_INVALID'],
  ])('refuses %o with %s', async (change, code) => {
    expect((await create(inputOf(change))).errors[0].code).toBe(code);
  });

  it('is for merchants', async () => {
    for (const caller of [receiver, operations, anonymous]) expect((await create(inputOf(), caller)).errors[0].code).toBe('MERCHANT_ONLY');
    const unknown: Caller = { kind: 'merchant', merchantUid: 'm-unknown', keyId: 'k' };
    expect((await create(inputOf(), unknown)).errors[0]).toMatchObject({ code: 'MERCHANT_NOT_FOUND', retryable: true });
  });
});

describe('orderCancel', () => {
  it('ends a free order, by either id, and owes no callback', async () => {
    const { order } = await create();
    const idempotencyKey = randomUUID();
    const first = await cancel(order.id, merchant, idempotencyKey);
    expect(first).toEqual({ order: { status: 'CANCELED' }, replayed: false, errors: [] });
    expect(await cancel(order.orderId, merchant, idempotencyKey)).toEqual({ ...first, replayed: true });
    const { rowCount } = await world.database.pool.query('select 1 from expiration_callback where order_id = $1', [order.orderId]);
    expect(rowCount).toBe(0);
    expect(await world.claim(order.orderId)).toMatchObject({ code: 'ORDER_CANCELED' });
  });

  it('is refused while a payment holds the order, and when it is paid', async () => {
    const { order } = await create();
    const paymentGuid = randomUUID();
    await world.claim(order.orderId, { paymentGuid });
    expect((await cancel(order.orderId)).errors).toEqual([{ code: 'ORDER_IN_PROGRESS' }]);
    world.succeed(order.orderId, paymentGuid);
    await waitFor(async () => (await world.state(order.orderId))?.['status'] === 'SUCCESS');
    expect((await cancel(order.orderId)).errors).toEqual([{ code: 'ORDER_ALREADY_PAID' }]);
  });

  it('is refused after the expiry', async () => {
    const { order } = await create();
    const before = world.business.now();
    await world.business.advance(900_000);
    expect((await cancel(order.orderId)).errors).toEqual([{ code: 'ORDER_IS_EXPIRED' }]);
    world.business.set(before);
  });

  it('does not find what is not the caller’s; operations may cancel any', async () => {
    const { order } = await create();
    expect((await cancel(order.orderId, otherMerchant)).errors).toEqual([{ code: 'ORDER_NOT_FOUND' }]);
    expect((await cancel(randomUUID())).errors).toEqual([{ code: 'ORDER_NOT_FOUND' }]);
    expect((await cancel('nonsense')).errors).toEqual([{ code: 'ORDER_NOT_FOUND' }]);
    expect((await cancel(order.orderId, receiver)).errors).toEqual([{ code: 'MERCHANT_ONLY' }]);
    expect((await cancel(order.orderId, operations)).order).toEqual({ status: 'CANCELED' });
  });

  it('and a claim that race for one order: exactly one wins', async () => {
    const orders = await Promise.all(Array.from({ length: 40 }, async () => (await create()).order.orderId as string));
    const races = await Promise.all(orders.map(async (id) => ({ canceled: cancel(id), claimed: world.claim(id) })));
    for (const { canceled, claimed } of races) {
      const [canceling, claim] = await Promise.all([canceled, claimed]);
      expect([canceling.errors.length === 0, claim.outcome === 'granted'].filter(Boolean)).toHaveLength(1);
    }
  });
});

describe('who sees an order', () => {
  it('is its merchant, its bank, operations, and the bank whose payment holds it; for others it does not exist', async () => {
    const { order } = await create();
    const seenBy = async (caller: Caller) => (await run(caller, ORDER, { orderId: order.orderId })).data.order !== null;
    expect(await Promise.all([merchant, receiver, operations].map(seenBy))).toEqual([true, true, true]);
    expect(await Promise.all([otherMerchant, payer, anonymous].map(seenBy))).toEqual([false, false, false]);
    await world.claim(order.orderId);
    expect(await seenBy(payer)).toBe(true);
  });

  it('is the same through the entity of the gateway', async () => {
    const { order } = await create();
    const source = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { orderId reference } } }`;
    const variables = {
      r: [
        { __typename: 'Order', orderId: order.orderId },
        { __typename: 'Order', orderId: randomUUID() },
      ],
    };
    expect((await run(merchant, source, variables)).data._entities).toEqual([{ orderId: order.orderId, reference: order.reference }, null]);
    expect((await run(otherMerchant, source, variables)).data._entities).toEqual([null, null]);
  });

  it('is the same by reference', async () => {
    const { order } = await create();
    const source = `query ($r: String!, $m: String) { orderByReference(reference: $r, merchantUid: $m) { orderId } }`;
    const found = async (caller: Caller, m?: string) =>
      (await run(caller, source, { r: order.reference, m })).data.orderByReference?.orderId ?? null;
    expect(await found(merchant)).toBe(order.orderId);
    expect(await found(operations, world.merchant.uid)).toBe(order.orderId);
    expect(await found(operations)).toBeNull();
    expect(await found(otherMerchant)).toBeNull();
    expect(await found(otherMerchant, world.merchant.uid)).toBeNull();
  });

  it('an id of another type is no order', async () => {
    const { order } = await create();
    expect(
      (await run(merchant, `query ($id: ID) { order(id: $id) { orderId } }`, { id: globalId('Payment', order.orderId) })).data.order,
    ).toBeNull();
    expect((await run(merchant, `{ order { orderId } }`)).codes).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the list of orders', () => {
  const LIST = `query ($first: Int, $after: Cursor, $statuses: [OrderStatus!], $merchantUid: String, $bank: String) {
    orders(first: $first, after: $after, statuses: $statuses, merchantUid: $merchantUid, receiverBankGuid: $bank) {
      nodes { orderId status merchant { uid } } pageInfo { hasNextPage endCursor } } }`;
  const list = async (caller: Caller, variables: Record<string, unknown> = {}) => (await run(caller, LIST, variables)).data.orders;

  it('is read in pages, newest first, without a hole or a repetition', async () => {
    for (let n = 0; n < 5; n++) await create(inputOf(), otherMerchant);
    const all = (await list(otherMerchant, { first: 100 })).nodes.map((node: Data) => node.orderId) as string[];
    const paged: string[] = [];
    let after: string | null = null;
    do {
      const page: Data = await list(otherMerchant, { first: 2, after });
      paged.push(...page.nodes.map((node: Data) => node.orderId));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    expect(paged).toEqual(all);
    expect(all).toEqual([...all].sort().toReversed());
    expect(all.length).toBeGreaterThanOrEqual(5);
  });

  it('has a merchant’s own orders, those that a bank receives, and for operations all', async () => {
    const uids = async (caller: Caller, variables = {}) =>
      [...new Set<string>((await list(caller, { first: 100, ...variables })).nodes.map((node: Data) => node.merchant.uid))].sort();
    await create();
    await create(inputOf(), otherMerchant);
    expect(await uids(merchant)).toEqual(['m-1']);
    expect(await uids(receiver)).toEqual(['m-1', 'm-2']);
    expect(await uids(operations)).toEqual(['m-1', 'm-2']);
    expect(await uids(operations, { merchantUid: 'm-2' })).toEqual(['m-2']);
    expect(await uids(receiver, { merchantUid: 'm-2' })).toEqual(['m-2']);
    expect(await uids(merchant, { merchantUid: 'm-2' })).toEqual([]);
    expect(await uids(receiver, { bank: world.payer.guid })).toEqual([]);
    expect(await uids(operations, { bank: 'no guid' })).toEqual([]);
    expect(await uids(payer)).toEqual([]);
    expect(await uids(anonymous)).toEqual([]);
  });

  it('is filtered by status', async () => {
    const { order } = await create();
    await cancel(order.orderId);
    const { nodes } = await list(merchant, { first: 100, statuses: ['CANCELED'] });
    expect(nodes.map((node: Data) => node.orderId)).toContain(order.orderId);
    expect(new Set(nodes.map((node: Data) => node.status))).toEqual(new Set(['CANCELED']));
  });

  it('is searched by number, amount and period, by everybody among their own', async () => {
    const search = async (caller: Caller, what: Record<string, unknown>): Promise<string[]> => {
      const source = 'query ($search: OrderSearchInput) { orders(search: $search) { nodes { orderId } } }';
      return (await run(caller, source, { search: what })).data.orders.nodes.map((node: Data) => node.orderId);
    };
    const [first, second] = ['700133', '700134'];
    const before = new Date(world.business.now().getTime() - 1_000).toISOString();
    const { order } = await create(inputOf({ amount: { minor: first, currency: 'UAH' } }));
    const other = (await create(inputOf({ amount: { minor: second, currency: 'UAH' } }), otherMerchant)).order;
    expect(await search(operations, { reference: order.reference })).toEqual([order.orderId]);
    expect(await search(otherMerchant, { reference: order.reference })).toEqual([]);
    expect(await search(operations, { amount: { minor: first, currency: 'UAH' } })).toEqual([order.orderId]);
    expect(await search(otherMerchant, { amount: { minor: first, currency: 'UAH' } })).toEqual([]);
    expect(await search(operations, { amount: { minor: second, currency: 'UAH' }, from: before })).toEqual([other.orderId]);
    expect(await search(operations, { amount: { minor: second, currency: 'UAH' }, until: before })).toEqual([]);
    expect(await search(operations, { reference: order.reference, amount: { minor: second, currency: 'UAH' } })).toEqual([]);
  });

  it('is refused in pages that are too large', async () => {
    expect((await run(merchant, LIST, { first: 101 })).codes).toEqual(['PAGE_SIZE']);
  });
});

describe('events of an order', () => {
  const ITEM = `__typename ... on OrderStatusChanged { cursor sequence previousSequence orderVersion type status order { orderId status } }
    ... on StreamReady { cursor replayed retentionFrom } ... on StreamHeartbeat { cursor } ... on StreamNotice { code }`;
  const STREAM = `subscription ($orderId: ID, $types: [OrderEventType!], $after: Cursor, $from: StreamStart! = NOW) {
    orderStatusChanged(orderId: $orderId, types: $types, after: $after, from: $from) { ${ITEM} } }`;
  async function open(caller: Caller, variableValues: Record<string, unknown>) {
    const result = await subscribe({
      schema: world.orders.schema,
      document: parse(STREAM),
      variableValues,
      contextValue: contextFor(caller),
    });
    if (!(Symbol.asyncIterator in result)) return { codes: (result.errors ?? []).map((error) => error.extensions['code']) };
    const iterator = result as AsyncGenerator<ExecutionResult<Data>>;
    return {
      codes: [],
      next: async () => (await iterator.next()).value?.data?.orderStatusChanged,
      close: () => iterator.return(undefined),
    };
  }
  async function opened(caller: Caller, variables: Record<string, unknown>) {
    const stream = await open(caller, variables);
    if (!stream.next) throw new Error(`not opened: ${stream.codes.join()}`);
    return { next: stream.next, close: stream.close };
  }
  const eventsOf = async (caller: Caller, variables: Record<string, unknown>) =>
    (
      await run(
        caller,
        `query ($orderId: ID, $after: Cursor, $first: Int! = 50) { orderEvents(orderId: $orderId, after: $after, first: $first) {
          nodes { cursor type status orderVersion sequence previousSequence } pageInfo { hasNextPage endCursor } } }`,
        variables,
      )
    ).data.orderEvents;

  it('arrive live, each after its commit, resumable behind any of them', async () => {
    const { order } = await create();
    const { orderId } = order;
    await waitFor(async () => (await eventsOf(merchant, { orderId })).nodes.length === 1);
    const stream = await opened(merchant, { orderId: order.id, from: 'SNAPSHOT' });
    const created = await stream.next();
    expect(created).toMatchObject({ __typename: 'OrderStatusChanged', type: 'ORDER_CREATED', status: 'CREATED', orderVersion: 1 });
    expect(await stream.next()).toMatchObject({ __typename: 'StreamReady', replayed: 1 });

    const paymentGuid = randomUUID();
    await world.claim(orderId, { paymentGuid });
    const claimed = await stream.next();
    expect(claimed).toMatchObject({ type: 'ORDER_CLAIMED', status: 'IN_PROGRESS', order: { orderId }, previousSequence: created.sequence });
    world.reject(orderId, paymentGuid, 'no');
    expect(await stream.next()).toMatchObject({ type: 'ORDER_RELEASED', status: 'CREATED', orderVersion: 3 });
    await cancel(orderId);
    expect(await stream.next()).toMatchObject({
      type: 'ORDER_CANCELED',
      status: 'CANCELED',
      orderVersion: 4,
      order: { status: 'CANCELED' },
    });
    await stream.close?.();

    const resumed = await opened(merchant, { orderId, after: claimed.cursor });
    expect(await resumed.next()).toMatchObject({ type: 'ORDER_RELEASED', previousSequence: claimed.sequence });
    expect(await resumed.next()).toMatchObject({ type: 'ORDER_CANCELED' });
    expect(await resumed.next()).toMatchObject({ __typename: 'StreamReady', replayed: 2 });
    await resumed.close?.();
  });

  it('that follow the eventCursor of an order are those that it does not include', async () => {
    const { order } = await create();
    await waitFor(async () => (await eventsOf(merchant, { orderId: order.id })).nodes.length === 1);
    const { data } = await run(merchant, `query ($id: ID) { order(id: $id) { version eventCursor } }`, { id: order.id });
    const stream = await opened(merchant, { orderId: order.id, after: data.order.eventCursor });
    expect(await stream.next()).toMatchObject({ __typename: 'StreamReady', replayed: 0 });
    await cancel(order.orderId);
    expect(await stream.next()).toMatchObject({ orderVersion: 2 });
    await stream.close?.();
  });

  it('are filtered by type', async () => {
    const stream = await opened(merchant, { types: ['ORDER_CANCELED'] });
    expect(await stream.next()).toMatchObject({ __typename: 'StreamReady' });
    const { order } = await create();
    await cancel(order.orderId);
    expect(await stream.next()).toMatchObject({ type: 'ORDER_CANCELED', order: { orderId: order.orderId } });
    await stream.close?.();
  });

  it('are for those whom they concern', async () => {
    const { order } = await create();
    expect((await open(otherMerchant, { orderId: order.id })).codes).toEqual(['NOT_FOUND']);
    expect((await open(merchant, { orderId: randomUUID() })).codes).toEqual(['NOT_FOUND']);
    expect((await open(anonymous, {})).codes).toEqual(['UNAUTHENTICATED']);
    expect((await eventsOf(otherMerchant, { orderId: order.id })).nodes).toEqual([]);
    const paymentGuid = randomUUID();
    await world.claim(order.orderId, { paymentGuid });
    world.reject(order.orderId, paymentGuid);
    await waitFor(async () => (await eventsOf(operations, { orderId: order.id })).nodes.length === 3);
    const types = async (caller: Caller) => (await eventsOf(caller, { orderId: order.id })).nodes.map((node: Data) => node.type);
    expect(await types(merchant)).toEqual(['ORDER_CREATED', 'ORDER_CLAIMED', 'ORDER_RELEASED']);
    expect(await types(payer)).toEqual(['ORDER_CLAIMED', 'ORDER_RELEASED']);
  });

  it('are read back in pages on the cursors of the stream', async () => {
    const { order } = await create();
    await cancel(order.orderId);
    await waitFor(async () => (await eventsOf(merchant, { orderId: order.id })).nodes.length === 2);
    const first = await eventsOf(merchant, { orderId: order.id, first: 1 });
    expect(first).toMatchObject({ nodes: [{ type: 'ORDER_CREATED', previousSequence: null }], pageInfo: { hasNextPage: true } });
    const second = await eventsOf(merchant, { orderId: order.id, first: 1, after: first.pageInfo.endCursor });
    expect(second).toMatchObject({
      nodes: [{ type: 'ORDER_CANCELED', previousSequence: first.nodes[0].sequence }],
      pageInfo: { hasNextPage: false },
    });
  });

  it('are refused for a cursor that is none, or of somebody else', async () => {
    const { order } = await create();
    await waitFor(async () => (await eventsOf(merchant, { orderId: order.id })).nodes.length === 1);
    const { nodes } = await eventsOf(merchant, { orderId: order.id });
    expect((await open(merchant, { after: 'nonsense' })).codes).toEqual(['CURSOR_INVALID']);
    expect((await open(receiver, { orderId: order.id, after: nodes[0].cursor })).codes).toEqual(['CURSOR_SCOPE']);
    expect((await open(merchant, { orderId: order.id, after: nodes[0].cursor, from: 'BEGINNING' })).codes).toEqual([
      'STREAM_START_CONFLICT',
    ]);
    expect((await open(merchant, { from: 'SNAPSHOT' })).codes).toEqual(['STREAM_SNAPSHOT_SUBJECT']);
  });
});

it('an expired order says how its merchant was told', async () => {
  const { order } = await create();
  const before = world.business.now();
  await world.business.advance(900_000);
  await world.orders.background.runOnce();
  world.business.set(before);
  const source = `query ($id: ID) { order(id: $id) { status expirationCallback { state attempts lastStatus nextAttemptAt } nextAction { ... on Redirect { url } } } }`;
  await waitFor(async () => (await run(merchant, source, { id: order.id })).data.order.expirationCallback?.state === 'DELIVERED');
  expect((await run(merchant, source, { id: order.id })).data.order).toEqual({
    status: 'CANCELED',
    expirationCallback: { state: 'DELIVERED', attempts: 1, lastStatus: 200, nextAttemptAt: null },
    nextAction: { url: SHOP_URL },
  });
});

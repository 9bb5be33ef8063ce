import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { HistoryEntry } from '../../sandbox/history.ts';
import { type BehaviourOrder, type HubUnderTest, startHubUnderTest } from '../flows/hub-under-test.ts';
import { waitFor } from '../support/wait-for.ts';

let hub: HubUnderTest;
beforeAll(async () => {
  hub = await startHubUnderTest();
}, 60_000);
afterEach(() => hub.reset());
afterAll(() => hub.stop(), 30_000);

/** The entries of an actor about one callback of one payment. */
async function entriesOf(actor: string, guid: string, callback: string): Promise<readonly HistoryEntry[]> {
  const about = (body: unknown) => body as { payment_message_guid?: string; callback_type?: string } | null;
  const entries = await hub.history(actor);
  return entries.filter(({ body }) => about(body)?.payment_message_guid === guid && about(body)?.callback_type === callback);
}

/** A payment whose receiver bank was told to behave so about one callback, and what the bank wrote down until it had so many. */
async function payWhile(callback: string, order: Omit<BehaviourOrder, 'callback'>, entries: number) {
  await hub.control(hub.receiver.guid, { callback, ...order });
  const { orderId } = await hub.createOrder();
  const { guid = '' } = await hub.pay(orderId);
  const seen = await waitFor(
    async () => {
      const all = await entriesOf(hub.receiver.guid, guid, callback);
      return all.length >= entries ? all : null;
    },
    { timeoutMs: 15_000 },
  );
  return { orderId, seen };
}

/** Until the last callback of a success came: it must not meet the behaviour that the next test orders. */
async function untilAllAreTold(orderId: string): Promise<void> {
  const isTold = ({ path, body }: HistoryEntry) =>
    path.endsWith('/credit') && (body as { payment_message?: { order_id: string } }).payment_message?.order_id === orderId;
  await waitFor(async () => (await hub.history(hub.receiver.guid)).some(isTold), { timeoutMs: 15_000 });
}

const summary = (entries: readonly HistoryEntry[]) => entries.map(({ status, answered }) => `${status} ${answered}`);

test('sandbox.json has what it takes to play everybody', () => {
  const key = expect.objectContaining({ kty: 'RSA', kid: expect.any(String), d: expect.any(String) });
  const address = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+/);
  expect(hub.sandbox).toMatchObject({ gateway: address, edge: address, sandbox: address, ops: { token: expect.any(String) } });
  expect(hub.sandbox).toHaveProperty('console');
  expect(hub.sandbox.banks).toHaveLength(3);
  for (const bank of hub.sandbox.banks) {
    expect(bank).toMatchObject({
      guid: expect.any(String),
      bic: expect.stringMatching(/^\d{6}$/),
      name: expect.any(String),
      signKey: key,
      encryptKey: key,
      apiKey: expect.stringMatching(/^bk_/),
    });
    for (const { iban, phone, name, taxId } of bank.accounts) expect([iban, phone, name, taxId]).not.toContain('');
  }
  expect(hub.merchant).toMatchObject({
    uid: expect.any(String),
    name: expect.any(String),
    iban: expect.stringMatching(/^UA\d{27}$/),
    bankGuid: hub.receiver.guid,
    signKey: key,
    secretKey: expect.stringMatching(/^sk_test_/),
    publishableKey: expect.stringMatching(/^pk_test_/),
  });
});

describe('an actor that is told to', () => {
  test('refuse answers 400, or the status that it is told', async () => {
    const { orderId, seen } = await payWhile('pay-in', { behave: 'refuse', status: 422, times: 1 }, 1);
    expect(summary(seen)).toEqual(['422 yes']);
    await hub.waitForOrder(orderId, 'CREATED');
  });

  test('fail answers 500 as often as it is told; the hub comes again with the same callback', async () => {
    const { orderId, seen } = await payWhile('pay-in', { behave: 'fail', times: 1 }, 2);
    expect(summary(seen)).toEqual(['500 yes', '200 yes']);
    expect(new Set(seen.map(({ callbackGuid }) => callbackGuid)).size).toBe(1);
    await untilAllAreTold(orderId);
  });

  test('delay takes its time and accepts', async () => {
    const before = performance.now();
    const { orderId, seen } = await payWhile('pay-in', { behave: 'delay', delayMs: 300, times: 1 }, 1);
    expect(summary(seen)).toEqual(['200 yes']);
    expect(performance.now() - before).toBeGreaterThan(300);
    await untilAllAreTold(orderId);
  });

  test('lose the answer does what it would do, and the hub must ask again', async () => {
    const { orderId, seen } = await payWhile('credit', { behave: 'lose-answer', times: 1 }, 2);
    expect(summary(seen)).toEqual(['200 lost', '200 yes']);
    expect(new Set(seen.map(({ callbackGuid }) => callbackGuid)).size).toBe(1);
    await hub.waitForOrder(orderId, 'SUCCESS');
  });

  test('hang says nothing, and writes down at once what came', async () => {
    const { orderId, seen } = await payWhile('credit', { behave: 'hang', times: 1 }, 1);
    expect(summary(seen)).toEqual(['null never']);
    await hub.waitForOrder(orderId, 'SUCCESS');
  });
});

describe('a test of callbacks', () => {
  const CALLBACK_TEST = `mutation ($input: CallbackTestInput!) { callbackTest(input: $input) {
    callbackTest { state passed results { variant finding status } } errors { code } } }`;

  async function testOf(participantId: string, token: string) {
    const input = { participantId, idempotencyKey: crypto.randomUUID() };
    const { data } = await hub.graphql(CALLBACK_TEST, { input }, token);
    const { callbackTest, errors } = data.callbackTest;
    expect(errors).toEqual([]);
    // On a busy machine the answer may be there before the end.
    const run = await waitFor(async () => (callbackTest.state === 'ENDED' ? callbackTest : lastTestOf(participantId, token)));
    return run.results.map(
      (result: { variant: string; finding: string; status: number }) => `${result.variant} ${result.finding} ${result.status}`,
    );
  }
  async function lastTestOf(id: string, token: string) {
    const kind = hub.sandbox.merchants.some(({ uid }) => uid === id) ? 'merchant(uid' : 'bank(guid';
    const { data } = await hub.graphql(
      `{ actor: ${kind}: "${id}") { lastCallbackTest { state results { variant finding status } } } }`,
      {},
      token,
    );
    return data.actor.lastCallbackTest.state === 'ENDED' ? data.actor.lastCallbackTest : null;
  }

  const GOOD = 'GOOD AS_EXPECTED 200';
  const DUPLICATE = 'DUPLICATE AS_EXPECTED 200';
  const LATE = 'LATE AS_EXPECTED 401';
  const FORGED = 'FORGED AS_EXPECTED 401';

  test('is passed by a shop that asks for it with its secret key, and its history shows what came', async () => {
    expect(await testOf(hub.merchant.uid, hub.merchant.secretKey)).toEqual([GOOD, DUPLICATE, LATE, FORGED]);
    const entries = await hub.history(hub.merchant.uid);
    expect(summary(entries).toSorted()).toEqual(['200 yes', '200 yes', '401 yes', '401 yes']);
    expect(entries.map(({ body }) => body)).toContainEqual(expect.objectContaining({ callback_type: 'callback-test', test: true }));
  });

  test('is passed by a bank that operations test, and moves nothing', async () => {
    const { sandbox, receiver } = hub;
    const accounts = async () => (await fetch(`${sandbox.sandbox}/accounts/${receiver.guid}`)).json();
    const before = await accounts();
    expect(await testOf(receiver.guid, sandbox.ops.token)).toEqual([GOOD, DUPLICATE, LATE, FORGED]);
    expect(await accounts()).toEqual(before);
  });

  test.each([
    ['trust-anyone', 1, [GOOD, DUPLICATE, 'LATE LATE_ACCEPTED 200', 'FORGED FORGED_ACCEPTED 200']],
    ['trust-any-time', 2, [GOOD, DUPLICATE, 'LATE LATE_ACCEPTED 200', FORGED]],
    ['refuse-repeats', 3, [GOOD, 'DUPLICATE REPEAT_REFUSED 409', LATE, FORGED]],
  ] as const)('is not passed by an actor that is told to %s', async (behave, n, expected) => {
    const { payer, bystander, sandbox } = hub;
    const id = [payer.guid, bystander.guid, sandbox.merchants[1]?.uid][n - 1] ?? '';
    await hub.control(id, { callback: 'callback-test', behave });
    expect(await testOf(id, sandbox.ops.token)).toEqual(expected);
  });
});

test('a history has everything that came and went, and gives what is new', async () => {
  const { orderId } = await hub.createOrder();
  await hub.pay(orderId);
  await hub.waitForOrder(orderId, 'SUCCESS');
  const entries = await hub.history(hub.payer.guid);
  expect(entries[0]).toEqual({
    n: expect.any(Number),
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    direction: 'out',
    method: 'GET',
    path: `/api/v1/merchants/order/nbu/json?id=${orderId}`,
    callbackGuid: null,
    status: 200,
    answered: 'yes',
    sent: null,
    body: expect.objectContaining({ id: orderId }),
  });
  const first = entries[0]?.n ?? 0;
  const later = await (await fetch(`${hub.sandbox.sandbox}/history/${hub.payer.guid}?after=${first}`)).json();
  expect((later as HistoryEntry[]).map(({ n }) => n)).not.toContain(first); // The sandbox's own type.
});

test('a reset forgets histories and orders to misbehave', async () => {
  await hub.control(hub.receiver.guid, { behave: 'refuse' });
  const { orderId } = await hub.createOrder();
  await hub.pay(orderId);
  await hub.waitForOrder(orderId, 'CREATED');
  await waitFor(async () => (await hub.history(hub.payer.guid)).some(({ path }) => path.endsWith('/pay-out')));
  await hub.reset();
  expect(await hub.history(hub.payer.guid)).toEqual([]);
  expect(await hub.pay(orderId)).toMatchObject({ kind: 'accepted' });
  await hub.waitForOrder(orderId, 'SUCCESS');
});

test.each<[number, string, string, unknown?]>([
  [404, 'GET', '/history/nobody'],
  [404, 'POST', '/control/nobody', { behave: 'accept' }],
  [400, 'GET', '/history/{bank}?after=first'],
  [400, 'POST', '/control/{bank}', { behave: 'explode' }],
  [400, 'POST', '/control/{bank}', { behave: 'fail', status: 99 }],
  [400, 'POST', '/control/{bank}', { behave: 'fail', times: 0 }],
  [400, 'POST', '/control/{bank}', { callback: 'pay-in', behave: 'trust-anyone' }],
  [400, 'POST', '/control/{bank}'],
  [400, 'POST', '/clock', { advanceMs: -1 }],
  [404, 'GET', '/nothing'],
])('%i for %s %s %j', async (status, method, path, body) => {
  const response = await fetch(hub.sandbox.sandbox + path.replace('{bank}', hub.payer.guid), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect({ status: response.status, body: await response.json() }).toEqual({ status, body: { error: expect.any(String) } });
});

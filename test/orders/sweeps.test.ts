import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { createSignatureVerifier } from '../../kernel/runtime/signing.ts';
import { expirationCallbackSchema } from '../../protocol/order-answers.ts';
import { ATTEMPTS_MAX, RETRY_WAITS_MS } from '../../protocol/retry.ts';
import { waitFor } from '../support/wait-for.ts';
import { answered, openOrdersWorld, type OrdersWorld } from './orders-world.ts';

let world: OrdersWorld;
beforeAll(async () => {
  world = await openOrdersWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  // Tests move the clocks apart; the next one begins with both at the later time.
  const latest = new Date(Math.max(world.business.now().getTime(), world.wall.now().getTime()));
  world.business.set(latest);
  world.wall.set(latest);
  world.answerPost(() => answered(200));
  world.answerOutcome(() => ({ state: 'PENDING', reason: null }));
});

const sweep = () => world.orders.background.runOnce();
const callbackOf = async (orderId: string) => {
  const { rows } = await world.database.pool.query<Record<string, unknown>>('select * from expiration_callback where order_id = $1', [
    orderId,
  ]);
  return rows[0];
};
const attemptsOf = async (orderId: string) => {
  const { rows } = await world.database.pool.query<Record<string, unknown>>(
    'select a.* from expiration_attempt a join expiration_callback c using (delivery_id) where c.order_id = $1 order by attempt, stray',
    [orderId],
  );
  return rows;
};
const postsOf = (orderId: string) => world.posts.filter((post) => post.body.includes(orderId));

async function expiredOrder(): Promise<string> {
  const id = await world.create({
    exp: Math.floor(world.business.now().getTime() / 1000) + 60,
    iat: Math.floor(world.wall.now().getTime() / 1000),
  });
  await world.business.advance(60_000);
  await sweep();
  return id;
}

it('an order is not expired before its time', async () => {
  const id = await world.create({ exp: Math.floor(world.business.now().getTime() / 1000) + 60 });
  await world.business.advance(59_999);
  await sweep();
  expect(await world.state(id)).toMatchObject({ status: 'CREATED' });
  await world.business.advance(1);
  await sweep();
  expect(await world.state(id)).toMatchObject({ status: 'CANCELED', cancel_cause: 'EXPIRED', version: 2 });
});

it('of what the merchant answered the hash is kept', async () => {
  world.answerPost(() => ({ ...answered(200), bodySha256: 'of-the-answer' }));
  const id = await expiredOrder();
  await waitFor(async () => (await callbackOf(id))?.['state'] === 'DELIVERED');
  expect(await attemptsOf(id)).toMatchObject([{ status: 200, answer_sha256: 'of-the-answer' }]);
});

it('the merchant is told of the expiry in the words of the guide, by a token that binds the body', async () => {
  const id = await expiredOrder();
  await waitFor(async () => (await callbackOf(id))?.['state'] === 'DELIVERED');
  const [post, ...more] = postsOf(id);
  expect(more).toEqual([]);
  expect(expirationCallbackSchema.parse(JSON.parse(post?.body ?? ''))).toMatchObject({
    order_id: id,
    code: 4001,
    status: 'Canceled',
    amount: 1500.75,
  });
  expect(post?.url).toBe(world.merchant.callbackUrl);

  const [header = '', payload = '', signature = ''] = (post?.headers['Cx-Authorization'] ?? '').split('.');
  const [key] = world.secrets.hubSigning;
  expect(createSignatureVerifier(key?.publicJwk ?? {})(`${header}.${payload}`, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    aud: world.merchant.uid,
    method: 'POST',
    path: '/callback/m-1?x=1',
    body_sha256: createHash('sha256')
      .update(post?.body ?? '')
      .digest('base64url'),
  });
  expect(await attemptsOf(id)).toMatchObject([{ attempt: 1, status: 200, failure: null, stray: false }]);
});

it('a callback is sent again after the waits of the retry policy with the same body and new tokens, then closed as failed', async () => {
  world.answerPost(({ body }) => (body.includes('"order_id"') ? { kind: 'failed', reason: 'TIMEOUT', durationMs: 10_000 } : answered(200)));
  const id = await expiredOrder();
  for (const [index, wait] of RETRY_WAITS_MS.entries()) {
    await waitFor(async () => (await attemptsOf(id)).length === index + 1);
    await world.wall.advance(wait - 1);
    await sweep();
    expect(postsOf(id)).toHaveLength(index + 1);
    await world.wall.advance(1);
    await sweep();
  }
  await waitFor(async () => (await callbackOf(id))?.['state'] === 'FAILED');
  await world.wall.advance(3_600_000);
  await sweep();
  const posts = postsOf(id);
  expect(posts).toHaveLength(ATTEMPTS_MAX);
  expect(new Set(posts.map((post) => post.body)).size).toBe(1);
  expect(new Set(posts.map((post) => post.headers['Cx-Authorization'])).size).toBe(ATTEMPTS_MAX);
  expect((await attemptsOf(id)).every((attempt) => attempt['failure'] === 'TIMEOUT')).toBe(true);
});

it('a result that comes after its lease was taken by another is a stray that changes nothing', async () => {
  const gates: ((status: number) => void)[] = [];
  world.answerPost(() => new Promise((resolve) => gates.push((status) => resolve(answered(status)))));
  const id = await expiredOrder();
  await waitFor(() => gates.length === 1);
  await world.wall.advance(20_000);
  await sweep();
  await waitFor(() => gates.length === 2);
  gates[0]?.(200);
  await waitFor(async () => (await attemptsOf(id)).length === 1);
  expect(await attemptsOf(id)).toMatchObject([{ attempt: 1, stray: true }]);
  expect(await callbackOf(id)).toMatchObject({ state: 'PENDING', attempts: 2 });
  gates[1]?.(204);
  await waitFor(async () => (await callbackOf(id))?.['state'] === 'DELIVERED');
  expect((await attemptsOf(id)).map((attempt) => attempt['stray'])).toEqual([true, false]);
});

/** What begins to be sent is leased before, in the run of the sweep itself. */
const takenOf = async (orderIds: readonly string[]) =>
  (await Promise.all(orderIds.map(callbackOf))).filter((row) => Number(row?.['attempts']) > 0).length;

const deliveredAll = async (orderIds: readonly string[], count = orderIds.length) =>
  (await Promise.all(orderIds.map(callbackOf))).filter((row) => row?.['state'] === 'DELIVERED').length === count;

it('a merchant that answers nothing holds up no other merchant', async () => {
  const silence = Promise.withResolvers<ReturnType<typeof answered>>();
  world.answerPost(({ url }) => (url.includes('/m-1') ? silence.promise : answered(200)));
  const silent = await Promise.all(Array.from({ length: 40 }, () => world.create()));
  const other = { kind: 'merchant', id: world.otherMerchant.uid, kid: 'other-merchant-key' } as const;
  await world.edge('order-create', { body: world.signOrder({ ref: 'of-the-other' }, { as: world.otherMerchant }), as: other });
  const { rows } = await world.database.pool.query<{ order_id: string }>("select order_id from orders where reference = 'of-the-other'");
  const otherId = String(rows[0]?.order_id);
  await world.business.advance(3_600_000);
  await sweep();
  await waitFor(async () => (await callbackOf(otherId))?.['state'] === 'DELIVERED');
  expect(await takenOf(silent)).toBe(16);
  await waitFor(() => silent.flatMap(postsOf).length === 16);
  silence.resolve(answered(200));
  await waitFor(() => deliveredAll(silent, 16));
  expect(silent.flatMap(postsOf)).toHaveLength(16);
  await waitFor(async () => {
    await sweep();
    return await deliveredAll(silent, 40);
  });
});

it('a merchant whose callbacks come a few at a time has at most 16 open as well', async () => {
  const silence = Promise.withResolvers<ReturnType<typeof answered>>();
  world.answerPost(({ body }) => (body.includes('"order_id"') ? silence.promise : answered(200)));
  const seconds = Math.floor(world.business.now().getTime() / 1000);
  const some = await Promise.all(Array.from({ length: 10 }, () => world.create({ exp: seconds + 60 })));
  const more = await Promise.all(Array.from({ length: 30 }, () => world.create({ exp: seconds + 120 })));
  await world.business.advance(60_000);
  await sweep();
  expect(await takenOf(some)).toBe(10);
  await world.business.advance(60_000);
  await sweep();
  expect(await takenOf(more)).toBe(6);
  silence.resolve(answered(200));
  await waitFor(async () => {
    await sweep();
    return await deliveredAll([...some, ...more]);
  });
});

it('payments is asked about a claim that says nothing for 120 s, and again after 120 s more', async () => {
  const id = await world.create();
  const paymentGuid = randomUUID();
  await world.claim(id, { paymentGuid });
  const asked = () => world.outcomeQuestions.filter((question) => question.paymentGuid === paymentGuid).length;
  await world.wall.advance(119_999);
  await sweep();
  expect(asked()).toBe(0);
  await world.wall.advance(1);
  await sweep();
  await sweep();
  expect(asked()).toBe(1);
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS' });
  await world.wall.advance(120_000);
  await sweep();
  expect(asked()).toBe(2);
});

it.each([
  ['SUCCESS', null, { status: 'SUCCESS', version: 3 }],
  ['REJECT', 'no money', { status: 'CREATED', version: 3, rejects: [expect.objectContaining({ reason: 'no money' })] }],
  ['REJECT', null, { status: 'CREATED', version: 3, rejects: [expect.objectContaining({ reason: 'CLAIM_ABANDONED' })] }],
] as const)('the answer %s (%s) is taken as the event would be', async (state, reason, expected) => {
  const id = await world.create();
  const paymentGuid = randomUUID();
  await world.claim(id, { paymentGuid });
  world.answerOutcome((request) => (request.paymentGuid === paymentGuid ? { state, reason } : { state: 'PENDING', reason: null }));
  await world.wall.advance(120_000);
  await sweep();
  expect(await world.state(id)).toMatchObject(expected);
});

it('nothing is released while payments gives no answer', async () => {
  const id = await world.create();
  await world.claim(id);
  world.answerOutcome(() => {
    throw new Error('payments is away');
  });
  await world.wall.advance(120_000);
  await sweep();
  expect(await world.state(id)).toMatchObject({ status: 'IN_PROGRESS', version: 2 });
  world.answerOutcome(() => ({ state: 'REJECT', reason: null }));
  await world.wall.advance(120_000);
  await sweep();
  expect(await world.state(id)).toMatchObject({ status: 'CREATED', version: 3 });
});

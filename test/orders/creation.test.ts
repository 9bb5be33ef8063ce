import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { DirectorySnapshot } from '../../schema/directory.ts';
import { bodyOf, EDGE_URL, openOrdersWorld, type OrdersWorld } from './orders-world.ts';

let world: OrdersWorld;
beforeAll(async () => {
  world = await openOrdersWorld();
});
afterAll(() => world.close());

const post = (jwt: string, change: Parameters<OrdersWorld['edge']>[1] = {}) =>
  world.edge('order-create', { body: JSON.stringify({ jwt }), ...change });
const countOrders = async (reference: string) => {
  const { rows } = await world.database.pool.query<{ n: bigint }>('select count(*) as n from orders where reference = $1', [reference]);
  return rows[0]?.n;
};

it('a signed order is made and answered with its links', async () => {
  const created = await post(world.signOrder());
  const { id, ...links } = bodyOf(created);
  expect(created.status).toBe(200);
  expect(links).toEqual({
    link_deeplinks: `${EDGE_URL}/api/v1/merchants/order?id=${String(id)}&mobile=1`,
    link_qr: `${EDGE_URL}/api/v1/merchants/order?id=${String(id)}&mobile=0`,
  });
  expect(await world.state(String(id))).toMatchObject({
    status: 'CREATED',
    version: 1,
    amount_minor: 150_075n,
    merchant_uid: world.merchant.uid,
  });
});

it('the token may be the whole body, or stand in the address', async () => {
  const jwt = world.signOrder();
  const byBody = await world.edge('order-create', { body: jwt });
  const byAddress = await world.edge('order-create', { target: `/api/v1/merchants/order?jwt=${jwt}` });
  expect(byBody.status).toBe(200);
  const besideEmpty = await world.edge('order-create', { body: '{}', target: `/api/v1/merchants/order?jwt=${jwt}` });
  expect([byAddress.body, besideEmpty.body]).toEqual([byBody.body, byBody.body]);
});

it('the body is preferred to the address', async () => {
  const reference = randomUUID();
  await world.edge('order-create', {
    body: world.signOrder({ ref: reference }),
    target: `/api/v1/merchants/order?jwt=${world.signOrder()}`,
  });
  expect(await countOrders(reference)).toBe(1n);
});

it('the custom mode adds the order JSON, signed by the hub', async () => {
  const jwt = world.signOrder();
  const created = bodyOf(await post(jwt, { target: '/api/v1/merchants/order?custom=true' }));
  const [header, payload] = String(created['jwt'])
    .split('.')
    .slice(0, 2)
    .map((segment) => JSON.parse(Buffer.from(segment, 'base64url').toString('utf8')) as unknown);
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: world.secrets.hubSigning[0]?.kid });
  expect(payload).toMatchObject({ id: created['id'], uid: world.merchant.uid, amt: 1500.75, public_key: { kid: 'receiver-key' } });
});

it('the same signed order again gives the same answer, also long after its iat and its exp', async () => {
  const jwt = world.signOrder();
  const first = await post(jwt);
  const { wall, business } = world;
  const before = [wall.now(), business.now()] as const;
  await wall.advance(3_600_000);
  await business.advance(3_600_000);
  const second = await post(jwt);
  wall.set(before[0]);
  business.set(before[1]);
  expect(second).toEqual(first);
});

it('the same order again is found although the merchant has registered other origins meanwhile', async () => {
  const jwt = world.signOrder();
  const first = await post(jwt);
  const origins = (redirectOrigins: string[]) =>
    world.publish((snapshot) => ({ ...snapshot, merchants: snapshot.merchants.map((entry) => ({ ...entry, redirectOrigins })) }));
  await origins(['https://new.example']);
  expect((await post(jwt)).body).toBe(first.body);
  expect(bodyOf(await post(world.signOrder()))).toMatchObject({ code: 'INVALID_URL' });
  await origins([]);
  expect((await post(world.signOrder({ url: 'https://anywhere.example/' }))).status).toBe(200);
  await origins(['https://shop.example']);
});

it.each([
  { amt: 1 },
  { prp: 'other' },
  { url: 'https://shop.example/other' },
  { fri: { frn: 'A', frc: '12345678', fra: 'UA761372924114433543273694797', frb: '137292', frm: 1 } },
])('a reference is taken for ever: with %o it is REF_NOT_UNIQUE', async (change) => {
  const claims = { ref: randomUUID() };
  await post(world.signOrder(claims));
  const second = await post(world.signOrder({ ...claims, ...change }));
  expect(second.status).toBe(409);
  expect(bodyOf(second)).toMatchObject({ code: 'REF_NOT_UNIQUE' });
  expect(await countOrders(claims.ref)).toBe(1n);
});

it('two merchants may use the same reference', async () => {
  const ref = randomUUID();
  const other = { kind: 'merchant', id: world.otherMerchant.uid, kid: 'other-merchant-key' } as const;
  await post(world.signOrder({ ref }));
  expect((await post(world.signOrder({ ref }, { as: world.otherMerchant }), { as: other })).status).toBe(200);
  expect(await countOrders(ref)).toBe(2n);
});

it('fifty equal requests at once make one order', async () => {
  const ref = randomUUID();
  const jwt = world.signOrder({ ref });
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(jwt)));
  expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
  expect(answers.every((answer) => answer.status === 200)).toBe(true);
  expect(await countOrders(ref)).toBe(1n);
});

it('of fifty different requests with one reference exactly one becomes the order', async () => {
  const ref = randomUUID();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => post(world.signOrder({ ref, amt: n + 1 }))));
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 409)).toHaveLength(49);
});

it.each([
  [{ iat: -301 }, 401, 'ORDER_IAT_STALE'],
  [{ iat: 301 }, 401, 'ORDER_IAT_FUTURE'],
  [{ exp: 59 }, 400, 'INVALID_EXPIRY'],
  [{ exp: 30 * 86_400 + 1 }, 400, 'INVALID_EXPIRY'],
])('an order with times %o seconds from now is refused', async (offsets, status, code) => {
  const now = Math.floor(world.wall.now().getTime() / 1000);
  const answer = await post(world.signOrder(Object.fromEntries(Object.entries(offsets).map(([claim, offset]) => [claim, now + offset]))));
  expect([answer.status, bodyOf(answer)['code']]).toEqual([status, code]);
});

it.each([
  [{ sub: 'm-2' }, 'INVALID_SUB'],
  [{ amt: 0 }, 'INVALID_AMOUNT'],
  [{ amt: 1.001 }, 'INVALID_AMOUNT'],
  [{ cur: 'EUR' }, 'UNSUPPORTED_CURRENCY'],
  [{ ref: '' }, 'INVALID_REF'],
  [{ prp: 7 }, 'INVALID_PURPOSE'],
  [{ url: 'https://evil.example/' }, 'INVALID_URL'],
  [{ url: 'javascript:alert(1)' }, 'INVALID_URL'],
  [{ exp: 'soon' }, 'INVALID_EXPIRY'],
  [{ iat: 1.5 }, 'INVALID_IAT'],
  [{ fri: { frn: 'A' } }, 'INVALID_BENEFICIARY'],
])('an order with %o is refused', async (claims, code) => {
  const answer = await post(world.signOrder(claims));
  expect([answer.status, bodyOf(answer)['code']]).toEqual([400, code]);
});

it('the signature counts for the core as well', async () => {
  const forged = world.signOrder({}, { as: world.otherMerchant, kid: 'merchant-key' });
  const notMine = world.signOrder({}, { as: world.otherMerchant });
  expect(bodyOf(await post(forged))).toMatchObject({ code: 'TOKEN_SIGNATURE' });
  expect(bodyOf(await post(notMine))).toMatchObject({ code: 'TOKEN_KEY_UNKNOWN' });
  expect(bodyOf(await world.edge('order-create', { body: '' }))).toMatchObject({ code: 'TOKEN_MISSING' });
  expect(bodyOf(await post(world.signOrder(), { as: { kind: 'bank', id: world.payer.guid, kid: 'payer-key' } }))).toMatchObject({
    code: 'FOREIGN_PATH',
  });
});

it('a merchant that the edge knows already and this copy of the directory does not is looked for again', async () => {
  const { merchants } = await withoutMerchants();
  const directoryVersion = world.announce((snapshot) => ({ ...snapshot, merchants }));
  expect(bodyOf(await post(world.signOrder()))).toMatchObject({ code: 'TOKEN_KEY_UNKNOWN' });
  expect((await post(world.signOrder(), { envelope: { directoryVersion } })).status).toBe(200);
});

it('a key that was revoked before the edge received the order makes none', async () => {
  const revoke = (revokedFrom: string | null) =>
    world.publish((snapshot) => ({
      ...snapshot,
      merchants: snapshot.merchants.map((entry) => ({ ...entry, keys: entry.keys.map((key) => ({ ...key, revokedFrom })) })),
    }));
  await revoke(world.wall.now().toISOString());
  expect(bodyOf(await post(world.signOrder()))).toMatchObject({ code: 'TOKEN_KEY_RETIRED' });
  await revoke(null);
  expect((await post(world.signOrder())).status).toBe(200);
});

it.each([
  ['another operation', { envelope: { operation: 'order-json' } }, 'ENVELOPE_MISMATCH'],
  ['another body', { envelope: { bodySha256: 'x' } }, 'ENVELOPE_MISMATCH'],
  ['an old signature', { envelope: { sentAt: '2026-03-01T09:58:59.000Z' } }, 'ENVELOPE_STALE'],
  ['no envelope', { header: '' }, 'ENVELOPE_SIGNATURE'],
])('a request with %s is not one of the edge', async (_, change, code) => {
  const answer = await post(world.signOrder(), change);
  expect([answer.status, bodyOf(answer)['code']]).toEqual([401, code]);
});

it('an order keeps the facts that it was made with when the directory changes', async () => {
  const id = await world.create();
  const iban = 'UA213223130000026007233566001';
  const change = (entry: Partial<typeof world.merchant>) =>
    world.publish((snapshot) => ({ ...snapshot, merchants: snapshot.merchants.map((merchant) => ({ ...merchant, ...entry })) }));
  await change({ iban, callbackUrl: 'https://new.example/', name: 'Renamed' });
  expect(await world.claim(id)).toMatchObject({
    outcome: 'granted',
    order: { merchantName: world.merchant.name, creditorAccount: world.merchant.iban, merchantCallbackUrl: world.merchant.callbackUrl },
  });
  await change({ iban: world.merchant.iban, callbackUrl: world.merchant.callbackUrl, name: world.merchant.name });
});

/** The directory from before anybody had registered, and who will have. */
async function withoutMerchants(): Promise<Pick<DirectorySnapshot, 'merchants'>> {
  let merchants: DirectorySnapshot['merchants'] = [];
  await world.publish((snapshot) => {
    ({ merchants } = snapshot);
    return { ...snapshot, merchants: [] };
  });
  return { merchants };
}

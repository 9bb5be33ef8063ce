import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { orderJsonSchema, orderStatusSchema } from '../../protocol/order-answers.ts';
import { paymentPageSchema } from '../../schema/payment-page.ts';
import { waitFor } from '../support/wait-for.ts';
import { bodyOf, openOrdersWorld, SHOP_URL, type EdgeCall, type OrdersWorld } from './orders-world.ts';

let world: OrdersWorld;
let bank: NonNullable<EdgeCall['as']>;
beforeAll(async () => {
  world = await openOrdersWorld();
  bank = { kind: 'bank', id: world.payer.guid, kid: 'payer-key' };
});
afterAll(() => world.close());

const FRI = { frn: 'Maker', frc: '12345678', fra: 'UA213223130000026007233566001', frb: '322313', frm: 5719 };

describe('the order JSON', () => {
  it('has the order in the words of the guide and the receiver bank’s key', async () => {
    const orderId = await world.create({ ref: 'json-1', fri: FRI });
    const answer = await world.edge('order-json', { orderId, as: bank });
    expect(answer.status).toBe(200);
    const json = orderJsonSchema.parse(bodyOf(answer));
    expect(json).toEqual({
      id: orderId,
      exp: Math.floor(world.wall.now().getTime() / 1000) + 900,
      amt: 1500.75,
      cur: 'UAH',
      ref: 'json-1',
      prp: 'Two lamps',
      uid: world.merchant.uid,
      recn: world.merchant.name,
      recc: world.merchant.taxNumber,
      acc: world.merchant.iban,
      mcc: world.merchant.mcc,
      logo_url: world.merchant.logoUrl,
      bic: world.receiver.bic,
      fri: FRI,
      public_key: { alg: 'RS256', use: 'sig', kid: 'receiver-key', kty: 'RSA', n: world.receiver.keys[0]?.jwk.n, e: 'AQAB' },
      encryption_profiles: ['dcm-2', 'dcm-1'],
    });
  });

  it.each([randomUUID(), 'no-id', ''])('of the unknown order "%s" is refused in the guide’s words', async (orderId) => {
    const answer = await world.edge('order-json', { orderId, as: bank });
    expect(answer.status).toBe(404);
    expect(bodyOf(answer)['error']).toBe(
      'func GetMerchantsOrderNbuJSONHandler() failed. Error: failed to get order by ID: get order by guid err: order not found',
    );
  });

  it('is for banks', async () => {
    const orderId = await world.create();
    expect((await world.edge('order-json', { orderId })).status).toBe(401);
    expect((await world.edge('order-json', { orderId, as: null })).status).toBe(401);
  });

  it('names the newest key that may encrypt, and none when there is none', async () => {
    const orderId = await world.create();
    const [key] = world.receiver.keys;
    if (!key) throw new Error('the receiver has a key');
    const keys = (change: (typeof key)[]) =>
      world.publish((snapshot) => ({
        ...snapshot,
        banks: snapshot.banks.map((entry) => (entry.guid === world.receiver.guid ? { ...entry, keys: change } : entry)),
      }));
    await keys([
      key,
      { ...key, kid: 'newer', validFrom: '2026-02-01T00:00:00.000Z', purpose: 'ENCRYPT' },
      { ...key, kid: 'future', validFrom: '2027-01-01T00:00:00.000Z' },
    ]);
    expect(bodyOf(await world.edge('order-json', { orderId, as: bank }))).toMatchObject({ public_key: { kid: 'newer' } });
    await keys([{ ...key, purpose: 'SIGN' }]);
    const without = await world.edge('order-json', { orderId, as: bank });
    expect([without.status, without.headers?.['retry-after']]).toEqual([503, '30']);
    await keys([key]);
  });
});

describe('the order status', () => {
  const statusOf = async (orderId: string, as?: EdgeCall['as']) =>
    bodyOf(await world.edge('order-status', { orderId, ...(as === undefined ? {} : { as }) }));

  it('follows the order, and has accounts and external id for its merchant', async () => {
    const orderId = await world.create({ ref: 'status-1' });
    const created = {
      amount: 1500.75,
      amount_matched: null,
      callback_guid: null,
      code: null,
      currency: 'UAH',
      order_id: orderId,
      payment_message_external_id: '',
      payment_message_guid: '00000000-0000-0000-0000-000000000000',
      purpose: 'Two lamps',
      reason: '',
      receiver_account_iban: world.merchant.iban,
      ref_found: null,
      ref_number: 'status-1',
      sender_account_iban: '',
      status: 'Created',
    };
    expect(orderStatusSchema.parse(await statusOf(orderId))).toEqual(created);

    const rejected = randomUUID();
    await world.claim(orderId, { paymentGuid: rejected });
    const held = {
      ...created,
      status: 'In Progress',
      amount_matched: true,
      payment_message_guid: rejected,
      payment_message_external_id: 'x-1',
      sender_account_iban: 'UA213223130000026007233566001',
    };
    expect(await statusOf(orderId)).toEqual(held);
    world.reject(orderId, rejected, 'No response on the callback from the merchant');
    await waitFor(async () => (await statusOf(orderId))['status'] === 'Created');
    expect(await statusOf(orderId)).toEqual({ ...created, reason: 'No response on the callback from the merchant' });

    const paymentGuid = randomUUID();
    await world.claim(orderId, { paymentGuid });
    world.succeed(orderId, paymentGuid);
    await waitFor(async () => (await statusOf(orderId))['status'] === 'Success');
    expect(await statusOf(orderId)).toEqual({ ...held, payment_message_guid: paymentGuid, status: 'Success', reason: 'Order is paid' });
  });

  it.each([
    ['nobody in particular', null],
    ['another merchant', { kind: 'merchant', id: 'm-2', kid: 'other-merchant-key' }],
    ['a bank', { kind: 'bank', id: 'b', kid: 'k' }],
  ] as const)('for %s has no account and no external id', async (_, as) => {
    const orderId = await world.create();
    await world.claim(orderId);
    expect(await statusOf(orderId, as)).toMatchObject({
      status: 'In Progress',
      payment_message_external_id: '',
      receiver_account_iban: '',
      sender_account_iban: '',
    });
  });

  it('of an expired order has the code of the guide', async () => {
    const orderId = await world.create();
    const before = world.business.now();
    await world.business.advance(900_000);
    await world.orders.background.runOnce();
    world.business.set(before);
    expect(await statusOf(orderId)).toMatchObject({ status: 'Canceled', code: 4001, reason: 'Order is expired' });
  });

  it.each([randomUUID(), 'no-id', 'a b'])('of the unknown order %s is 400 and an empty object', async (orderId) => {
    const answer = await world.edge('order-status', {
      orderId,
      target: `/api/v1/merchants/order/status?id=${encodeURIComponent(orderId)}`,
    });
    expect([answer.status, answer.body]).toEqual([400, '{}']);
  });
});

describe('the QR code', () => {
  it('is served as SVG and as PNG', async () => {
    const orderId = await world.create();
    const target = (format: string) => `/pay/${orderId}/qr.${format}`;
    const svg = await world.edge('order-qr', { orderId, format: 'svg', as: null, target: target('svg') });
    const png = await world.edge('order-qr', { orderId, format: 'png', as: null, target: target('png') });
    expect(svg.headers?.['content-type']).toBe('image/svg+xml');
    expect(String(svg.body)).toMatch(/^<svg /);
    expect(png.headers?.['content-type']).toBe('image/png');
    expect(
      Buffer.from(png.body ?? '')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  it('of an unknown order or in an unknown format is not found', async () => {
    const orderId = await world.create();
    expect((await world.edge('order-qr', { orderId, format: 'gif', as: null })).status).toBe(404);
    expect((await world.edge('order-qr', { orderId: randomUUID(), format: 'svg', as: null })).status).toBe(404);
  });

  it('cannot be asked for with an id that the edge was not asked for', async () => {
    const orderId = await world.create();
    const answer = await world.edge('order-qr', { orderId, format: 'svg', as: null, target: `/pay/${randomUUID()}/qr.svg` });
    expect([answer.status, bodyOf(answer)['code']]).toEqual([401, 'ENVELOPE_MISMATCH']);
  });
});

describe('what the edge signs for the payment page', () => {
  it('is the order, its merchant and its expiry, and nothing more', async () => {
    const orderId = await world.create();
    const answer = await world.edge('page-grant', { orderId, as: null, target: `/pay/${orderId}/token` });
    expect(answer.status).toBe(200);
    expect(Object.keys(bodyOf(answer)).toSorted()).toEqual(['expiresAt', 'merchantUid', 'orderId']);
    expect(bodyOf(answer)['orderId']).toBe(orderId);
  });

  it('does not exist for an unknown order', async () => {
    expect((await world.edge('page-grant', { orderId: randomUUID(), as: null })).status).toBe(404);
  });
});

describe('what the payment page is made of', () => {
  const viewOf = async (orderId: string) => {
    const answer = await world.edge('payment-page', { orderId, as: null, target: `/pay/${orderId}` });
    return paymentPageSchema.parse(bodyOf(answer));
  };

  it('is what is paid to whom, and no account, no bank and no payer', async () => {
    const orderId = await world.create({ prp: 'Лампи' });
    const { status, headers, body } = await world.edge('payment-page', { orderId, as: null, target: `/pay/${orderId}` });
    expect([status, headers?.['cache-control']]).toEqual([200, 'no-store']);
    const { qr, ...view } = await viewOf(orderId);
    expect(view).toMatchObject({ orderId, merchant: { name: 'Shop <m-1>' }, amount: '1500.75', currency: 'UAH', purpose: 'Лампи' });
    expect(view).toMatchObject({ status: 'CREATED', version: 1, cause: null, rejected: false, redirectUrl: SHOP_URL });
    expect(qr.size).toBeGreaterThan(20);
    expect(String(body)).not.toMatch(/UA761372|iban|bic|debtor/i);
  });

  it('says how the order stands, and whether a payment of it was rejected', async () => {
    const orderId = await world.create();
    const [first, second] = [randomUUID(), randomUUID()];
    await world.claim(orderId, { paymentGuid: first });
    expect(await viewOf(orderId)).toMatchObject({ status: 'IN_PROGRESS', rejected: false, version: 2 });
    world.reject(orderId, first);
    await waitFor(async () => (await viewOf(orderId)).rejected);
    expect(await viewOf(orderId)).toMatchObject({ status: 'CREATED', version: 3 });
    await world.claim(orderId, { paymentGuid: second });
    world.succeed(orderId, second);
    await waitFor(async () => (await viewOf(orderId)).status === 'SUCCESS');
  });

  it('does not exist for an unknown order', async () => {
    expect((await world.edge('payment-page', { orderId: randomUUID(), as: null })).status).toBe(404);
  });
});

import { describe, expect, test } from 'vitest';

import { valueOf } from '../kernel/core/result.ts';
import { ERROR_CATALOGUE } from './errors.ts';
import {
  expirationCallback,
  expirationCallbackSchema,
  orderCreatedSchema,
  orderJsonSchema,
  orderStatusSchema,
  WIRE_ORDER_STATUS,
} from './order-answers.ts';
import { checkOrderTimes, isOrderLifetime, type OrderClaims, orderClaimsPayload, readOrderClaims, readOrderClaimsForm } from './order.ts';
import { readToken } from './token.ts';
import { rawToken } from './vectors/raw-token.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
const ORDER_ID = '0193c2a4-7b1e-7c3d-9f00-1a2b3c4d5e6f';

const ORDER: OrderClaims = {
  merchantUid: '623e460b-9ffd-41df',
  issuedAt: NOW,
  expiresAt: new Date('2026-11-22T10:15:00Z'),
  money: { minor: 24_990n, currency: 'UAH' },
  reference: 'INV-2026-17',
  purpose: 'Оплата замовлення № 17',
  redirectUrl: 'https://shop.example/thanks',
  ultimateBeneficiary: { name: 'ТОВ «Отримувач»', taxNumber: '12345678', iban: 'UA113806340000026001234567890', bic: '380634', mcc: 5732 },
};

const signed = async (order: OrderClaims) => valueOf(readToken(await rawToken({ signer: 'merchant', payload: orderClaimsPayload(order) })));

describe('an order (every kind of wrong claim is in vectors/orders.json)', () => {
  test('reads back as it was signed', async () => {
    expect(readOrderClaims(await signed(ORDER), NOW)).toEqual({ ok: true, value: ORDER });
    const plain = { ...ORDER, ultimateBeneficiary: null };
    expect(readOrderClaims(await signed(plain), NOW)).toEqual({ ok: true, value: plain });
  });

  test('that is repeated days later still reads, so that its id can be told again; as a new one it is stale', async () => {
    const later = new Date('2026-11-25T10:00:00Z');
    const claims = valueOf(readOrderClaimsForm(await signed(ORDER)));
    expect(claims).toEqual(ORDER);
    expect(checkOrderTimes(claims, later)).toEqual({ ok: false, failure: { code: 'ORDER_IAT_STALE' } });
    expect(ERROR_CATALOGUE.ORDER_IAT_STALE.status).toBe(401);
  });

  test.each([
    [59_999, false],
    [60_000, true],
    [30 * 86_400_000, true],
    [30 * 86_400_000 + 1, false],
    [-1, false],
  ])('may live %i ms: %s', (lifetimeMs, allowed) => {
    expect(isOrderLifetime(new Date(NOW.getTime() + lifetimeMs), NOW)).toBe(allowed);
  });
});

describe('answers about an order', () => {
  test('the statuses are spelled as in the guide', () => {
    expect(Object.values(WIRE_ORDER_STATUS)).toEqual(['Created', 'In Progress', 'Success', 'Canceled']);
  });

  test('an expired order is told in the shape of the guide, absent values as the word null', () => {
    const facts = { orderId: ORDER_ID, money: ORDER.money, reference: ORDER.reference, purpose: ORDER.purpose };
    const text = expirationCallback({ ...facts, receiverAccount: 'UA113806340000026001234567890' });
    const expected = {
      amount: 249.9,
      amount_matched: 'null',
      callback_guid: 'null',
      code: 4001,
      currency: 'UAH',
      order_id: ORDER_ID,
      payment_message_external_id: 'null',
      payment_message_guid: '00000000-0000-0000-0000-000000000000',
      purpose: 'Оплата замовлення № 17',
      reason: 'Order is expired',
      receiver_account_iban: 'UA113806340000026001234567890',
      ref_found: 'null',
      ref_number: 'INV-2026-17',
      sender_account_iban: 'null',
      status: 'Canceled',
    };
    expect(JSON.parse(text)).toEqual(expected);
    expect(expirationCallbackSchema.parse(expected)).toEqual(expected);
    expect(expirationCallbackSchema.safeParse({ ...expected, code: 4000 }).success).toBe(false);
  });

  test('the sample status of the guide is read', () => {
    const sample = {
      amount: 5,
      amount_matched: null,
      callback_guid: null,
      code: null,
      currency: 'UAH',
      order_id: ORDER_ID,
      payment_message_external_id: '',
      payment_message_guid: '00000000-0000-0000-0000-000000000000',
      purpose: 'test',
      reason: 'Order is paid',
      receiver_account_iban: '',
      ref_found: null,
      ref_number: 'INV-2026-17',
      sender_account_iban: '',
      status: 'Success',
    };
    expect(orderStatusSchema.parse(sample)).toEqual(sample);
    expect(orderStatusSchema.safeParse({ ...sample, status: 'SUCCESS' }).success).toBe(false);
  });

  test('a created order has a link for phones and one for the QR, and a JWT in the custom mode only', () => {
    const created = { id: ORDER_ID, link_deeplinks: 'https://hub.example/o?id=1&mobile=1', link_qr: 'https://hub.example/o?id=1&mobile=0' };
    expect(orderCreatedSchema.parse(created)).toEqual(created);
    expect(orderCreatedSchema.parse({ ...created, jwt: 'a.b.c' }).jwt).toBe('a.b.c');
    expect(orderCreatedSchema.safeParse({ ...created, link_qr: '' }).success).toBe(false);
  });

  test("order JSON without the key of the receiver's bank is no order JSON: nothing could be encrypted", () => {
    const json = {
      id: ORDER_ID,
      exp: 1,
      amt: 5,
      cur: 'UAH',
      ref: 'r',
      prp: 'p',
      uid: 'u',
      recn: 'n',
      recc: 'c',
      acc: 'a',
      mcc: 1,
      bic: '380634',
    };
    const key = { alg: 'RS256', e: 'AQAB', n: 'n', kid: 'k', kty: 'RSA', use: 'sig' };
    expect(orderJsonSchema.safeParse({ ...json, public_key: key, encryption_profiles: ['dcm-2'] }).success).toBe(true);
    expect(orderJsonSchema.safeParse({ ...json, encryption_profiles: ['dcm-2'] }).success).toBe(false);
  });
});

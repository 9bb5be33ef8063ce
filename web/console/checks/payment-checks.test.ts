import { beforeAll, expect, test } from 'vitest';

import type { HubKeys } from '../../../protocol/client/hub-signature.ts';
import { bodySha256 } from '../../../protocol/digest.ts';
import { importVerificationKey } from '../../../protocol/rsa-key.ts';
import { paymentGuid } from '../../../protocol/payment-guid.ts';
import { signToken } from '../../../protocol/token.ts';
import { vectorJwk, vectorSigningKey } from '../../../protocol/vectors/vector-keys.ts';
import { checkPayment, type SenderKeys } from './payment-checks.ts';
import type { PaymentFacts } from '../pages/timeline.ts';

const PAYER = '3f1b6c1e-0000-4000-8000-000000000001';
const PAYEE = '3f1b6c1e-0000-4000-8000-000000000002';
const RECEIVED_AT = '2026-11-29T10:00:00.000Z';
const { kty, n, e } = vectorJwk('bank');
const SENDER_KEYS = [
  { kid: 'bank-1', jwk: { kty, n, e }, purpose: 'SIGN', validFrom: '2026-01-01T00:00:00.000Z', validUntil: null, revokedFrom: null },
] as NonNullable<SenderKeys>;
const hub = vectorJwk('hub');
let hubKeys: HubKeys;

let payment: PaymentFacts;
beforeAll(async () => {
  hubKeys = new Map([['hub-1', await importVerificationKey(hub)]]);
  const text = JSON.stringify({
    jwt: await signToken({ kid: 'bank-1', key: await vectorSigningKey('bank'), payload: '{"jti":"j-1","amount":10.50}' }),
  });
  const guid = await paymentGuid(PAYER, 'j-1');
  const claims = { iss: 'dcm-hub', aud: PAYEE, callback_guid: 'd-1', callback_type: 'pay-in', sequence: 1, payment_message_guid: guid };
  const token = await signToken({ kid: 'hub-1', key: await vectorSigningKey('hub'), payload: claims });
  payment = {
    guid,
    initiatorBank: { guid: PAYER },
    message: { text, sha256: await bodySha256(text), kid: 'bank-1', receivedAt: RECEIVED_AT, mode: 'ANSWERED' },
    deliveries: [
      { deliveryId: 'd-1', callbackType: 'PAY_IN', sequence: 1, receiverBank: { guid: PAYEE }, receiverMerchant: null, request: { token } },
    ],
  } as unknown as PaymentFacts; // What the checks read of a payment.
});

const check = async (o: Partial<Parameters<typeof checkPayment>[0]> = {}) =>
  checkPayment({ payment, senderKeys: SENDER_KEYS, senderName: 'Bank Kalyna', hubKeys, ...o });
const withMessage = (change: Partial<NonNullable<PaymentFacts['message']>>): PaymentFacts =>
  ({ ...payment, message: { ...payment.message, ...change } }) as PaymentFacts; // Of the message above.

test('what holds says by whom it was signed, and shows its claims as they were written', async () => {
  const checks = await check();
  expect(checks.get('received')).toMatchObject({
    result: 'ok',
    line: expect.stringContaining('signed by Bank Kalyna, key bank-1, valid at that time'),
  });
  expect(checks.get('received')?.payload).toContain('"amount": 10.50');
  expect(checks.get('d-1')).toMatchObject({ result: 'ok', line: expect.stringContaining('signed by the hub, key hub-1') });
});

test.each<[string, () => Partial<Parameters<typeof checkPayment>[0]>, string, string]>([
  ['other bytes', () => ({ payment: withMessage({ text: `${payment.message?.text} ` }) }), 'failed', 'MESSAGE_HASH'],
  [
    'a key that had ended',
    () => ({ senderKeys: SENDER_KEYS.map((key) => ({ ...key, validUntil: '2026-11-29T09:00:00.000Z' })) }),
    'failed',
    'TOKEN_KEY_RETIRED',
  ],
  [
    'a key of somebody else',
    () => ({ senderKeys: SENDER_KEYS.map((key) => ({ ...key, jwk: { kty: hub.kty, n: hub.n, e: hub.e } })) }),
    'failed',
    'TOKEN_SIGNATURE',
  ],
  ['another payment', () => ({ payment: { ...payment, guid: PAYEE } }), 'failed', 'MESSAGE_GUID'],
  ['keys that are not for this viewer', () => ({ senderKeys: null }), 'open', 'not yours to read'],
  ['forgotten bytes', () => ({ payment: withMessage({ text: null }) }), 'open', 'past their retention'],
])('of the message: %s', async (_what, change, result, line) => {
  expect((await check(change())).get('received')).toMatchObject({ result, line: expect.stringContaining(line) });
});

test('of a callback: one of another, one under a key that has left, one that is forgotten; and no message, no check of it', async () => {
  const changed = (change: object): PaymentFacts => ({
    ...payment,
    message: null,
    deliveries: payment.deliveries.map((delivery) => ({ ...delivery, ...change })),
  });
  expect((await check({ payment: changed({ sequence: 2 }) })).get('d-1')).toMatchObject({
    result: 'failed',
    line: expect.stringContaining('CALLBACK_OF_ANOTHER'),
  });
  expect((await check({ payment: changed({}), hubKeys: new Map() })).get('d-1')).toMatchObject({
    result: 'open',
    line: expect.stringContaining('TOKEN_KEY_UNKNOWN'),
  });
  expect((await check({ payment: changed({ request: null }) })).get('d-1')?.result).toBe('open');
  expect((await check({ payment: changed({}) })).has('received')).toBe(false);
});

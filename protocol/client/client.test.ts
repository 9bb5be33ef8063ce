import { describe, expect, test } from 'vitest';

import { valueOf } from '../../kernel/core/result.ts';
import { callbackTestPayload } from '../callback-test.ts';
import { creditPayload, merchantPayInPayload, payInPayload } from '../callbacks.ts';
import { bodySha256 } from '../digest.ts';
import { openFields } from '../field-encryption.ts';
import { checkHeaderToken, HEADER_TOKEN_NAME, HUB_NAME, readHeaderToken } from '../header-token.ts';
import { wirePublicKey } from '../jwk-set.ts';
import { expirationCallback, type OrderJson } from '../order-answers.ts';
import { readPaymentMessage } from '../payment-message.ts';
import { readToken, signToken, verifyTokenSignature } from '../token.ts';
import { aBankPayment, aMerchantPayment, anIdentity, BANK_GUID, MERCHANT_UID } from '../vectors/callback-cases.ts';
import { rawToken } from '../vectors/raw-token.ts';
import { receiverKeys, vectorJwk, vectorSigningKey, vectorVerificationKey, type VectorSigner } from '../vectors/vector-keys.ts';
import { utf8 } from '../web-crypto.ts';
import { buildPaymentMessage } from './build-payment-message.ts';
import {
  type CallbackReceiver,
  type IncomingCallback,
  readBankCallback,
  readCallbackTest,
  readMerchantCallback,
  saysItIsATest,
} from './read-callback.ts';
import { readOrderToken } from './read-order-token.ts';
import { signedRequest, tokenBody } from './signed-request.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
const BANK_URL = 'https://bank.example/hub/pay-in?v=1';

async function fromHub(o: { url?: string; payload?: string; body?: string; signer?: VectorSigner; kid?: string; audience?: string } = {}) {
  const signer = o.signer ?? 'hub';
  const [key, kid, url] = [await vectorSigningKey(signer), o.kid ?? vectorJwk(signer).kid, o.url ?? BANK_URL];
  const payload = o.payload ?? payInPayload(anIdentity(), aBankPayment());
  const body = o.body ?? tokenBody(await signToken({ kid, key, payload }));
  const request = await signedRequest({ key, kid, method: 'POST', url, body, audience: o.audience ?? BANK_GUID, now: NOW });
  const { pathname, search } = new URL(url);
  return { method: 'POST', path: pathname + search, authorization: request.headers[HEADER_TOKEN_NAME], body: utf8(body) };
}

async function aReceiver(change: Partial<CallbackReceiver> = {}): Promise<CallbackReceiver> {
  const key = await vectorVerificationKey('hub');
  return { hubKeys: new Map([[vectorJwk('hub').kid, key]]), audience: BANK_GUID, now: NOW, ...change };
}

const codeOf = (result: { ok: true } | { ok: false; failure: { code: string } }) => (result.ok ? 'OK' : result.failure.code);

describe('a signed request', () => {
  const sign = async () =>
    signedRequest({
      key: await vectorSigningKey('bank'),
      kid: vectorJwk('bank').kid,
      method: 'PUT',
      url: 'https://hub.example/api/v1/p2p/alias?phone=%2B380991234567',
      body: '{"linked":true}',
      now: NOW,
      jti: 'j1',
    });

  test('carries a token that is bound to audience, method, path with query, and body', async () => {
    const request = await sign();
    const token = valueOf(readHeaderToken(request.headers[HEADER_TOKEN_NAME]));
    expect(await verifyTokenSignature(token, await vectorVerificationKey('bank'))).toBe(true);
    const bound = { method: 'PUT', path: '/api/v1/p2p/alias?phone=%2B380991234567', bodySha256: await bodySha256('{"linked":true}') };
    const check = { now: NOW, audience: HUB_NAME, bindingRequired: true };
    expect(checkHeaderToken(token, { ...bound, ...check })).toEqual({
      ok: true,
      value: { jti: 'j1', iat: 1_795_341_600, exp: 1_795_341_900, bound: true },
    });
    expect(codeOf(checkHeaderToken(token, { ...bound, ...check, path: '/api/v1/p2p/alias' }))).toBe('TOKEN_PATH');
    expect(codeOf(checkHeaderToken(token, { ...bound, ...check, audience: ['https://hub.example', HUB_NAME] }))).toBe('OK');
    expect(codeOf(checkHeaderToken(token, { ...bound, ...check, audience: ['https://hub.example'] }))).toBe('TOKEN_AUDIENCE');
  });

  test('goes out with its media type, and without one when there is no body', async () => {
    expect((await sign()).headers['Content-Type']).toBe('application/json');
    const key = await vectorSigningKey('bank');
    const read = await signedRequest({ key, kid: 'k', method: 'GET', url: 'https://hub.example/x' });
    expect(Object.keys(read.headers)).toEqual([HEADER_TOKEN_NAME]);
    expect(read.body).toBeUndefined();
  });

  test('has a new jti each time, unless one is given', async () => {
    const key = await vectorSigningKey('bank');
    const jtis = await Promise.all(
      [1, 2].map(async () => {
        const { headers } = await signedRequest({ key, kid: 'k', method: 'GET', url: 'https://hub.example/x' });
        return valueOf(readHeaderToken(headers[HEADER_TOKEN_NAME])).claims['jti'];
      }),
    );
    expect(new Set(jtis).size).toBe(2);
  });
});

describe('a callback that reaches a bank', () => {
  test('is read with its exact amount', async () => {
    const read = valueOf(await readBankCallback(await fromHub(), await aReceiver()));
    expect(read.callback.callback_type).toBe('pay-in');
    expect(read.callback.payment_message.creditor.creditor_uid).toBe(MERCHANT_UID);
    expect(read.money).toEqual({ minor: 150_075n, currency: 'UAH' });
  });

  type Attack = (request: IncomingCallback, receiver: CallbackReceiver) => Promise<[IncomingCallback, CallbackReceiver]>;
  const edge = 'edge-hub-1';
  test.each<[string, string, Attack]>([
    [
      "a header token in the guide's bare form, which belongs to no request",
      'TOKEN_BINDING',
      async (request, receiver) => [
        { ...request, authorization: await rawToken({ signer: 'hub', payload: { iat: 1_795_341_600, jti: 'j' } }) },
        receiver,
      ],
    ],
    ['no header token', 'TOKEN_MISSING', async (request, receiver) => [{ ...request, authorization: null }, receiver]],
    ['the header token of another address', 'TOKEN_PATH', async (request, receiver) => [{ ...request, path: '/hub/credit' }, receiver]],
    ['the header token of another method', 'TOKEN_METHOD', async (request, receiver) => [{ ...request, method: 'PUT' }, receiver]],
    [
      'a header token for other bytes',
      'TOKEN_BODY',
      async (request, receiver) => [{ ...request, body: utf8(`${new TextDecoder().decode(request.body)} `) }, receiver],
    ],
    ['a callback for another bank', 'TOKEN_AUDIENCE', async (request, receiver) => [request, { ...receiver, audience: 'another' }]],
    [
      'a payload for another bank in a request for this one',
      'TOKEN_CLAIMS',
      async (_, receiver) => [await fromHub({ payload: payInPayload(anIdentity({ audience: 'another' }), aBankPayment()) }), receiver],
    ],
    [
      'a payload of another hub',
      'TOKEN_CLAIMS',
      async (_, receiver) => [await fromHub({ payload: payInPayload(anIdentity({ issuer: 'another' }), aBankPayment()) }), receiver],
    ],
    ['an old callback', 'TOKEN_STALE', async (request, receiver) => [request, { ...receiver, now: new Date('2026-11-22T10:06:00Z') }]],
    ['an unknown key', 'TOKEN_KEY_UNKNOWN', async (_, receiver) => [await fromHub({ signer: 'bank' }), receiver]],
    [
      "the hub's kid on another signature",
      'TOKEN_SIGNATURE',
      async (_, receiver) => [await fromHub({ signer: 'bank', kid: vectorJwk('hub').kid }), receiver],
    ],
    [
      'a key of the edge, which may not sign callbacks',
      'TOKEN_KEY_PURPOSE',
      async (_, receiver) => [
        await fromHub({ kid: edge }),
        { ...receiver, hubKeys: new Map([[edge, await vectorVerificationKey('hub')]]) },
      ],
    ],
    ['a body without a payload token', 'TOKEN_MISSING', async (_, receiver) => [await fromHub({ body: '{"status":"success"}' }), receiver]],
    [
      "a merchant's callback",
      'CALLBACK_SHAPE',
      async (_, receiver) => [await fromHub({ payload: merchantPayInPayload(anIdentity(), aMerchantPayment()) }), receiver],
    ],
    [
      'an amount that is not money',
      'CALLBACK_SHAPE',
      async (_, receiver) => [
        await fromHub({ payload: creditPayload(anIdentity(), aBankPayment()).replace('1500.75', '1500.755') }),
        receiver,
      ],
    ],
  ])('%s is not believed: %s', async (_, code, attack) => {
    const [request, receiver] = await attack(await fromHub(), await aReceiver());
    expect(codeOf(await readBankCallback(request, receiver))).toBe(code);
  });

  test('a payload that somebody else signed is not believed under a header token of the hub', async () => {
    const forged = await signToken({
      kid: vectorJwk('hub').kid,
      key: await vectorSigningKey('bank'),
      payload: payInPayload(anIdentity(), aBankPayment()),
    });
    expect(codeOf(await readBankCallback(await fromHub({ body: tokenBody(forged) }), await aReceiver()))).toBe('TOKEN_SIGNATURE');
  });
});

describe('what reaches a merchant', () => {
  const shop = 'https://shop.example/callback';
  const identity = anIdentity({ audience: MERCHANT_UID });

  test('is a payment', async () => {
    const request = await fromHub({ url: shop, audience: MERCHANT_UID, payload: merchantPayInPayload(identity, aMerchantPayment()) });
    const notice = valueOf(await readMerchantCallback(request, await aReceiver({ audience: MERCHANT_UID })));
    expect(notice).toMatchObject({ kind: 'payment', money: { minor: 150_075n }, callback: { callback_type: 'merchant-pay-in' } });
  });

  test('is the expiration of an order, believed for its bound header token', async () => {
    const { orderId, money, reference, purpose, creditorAccount } = aMerchantPayment();
    const body = expirationCallback({ orderId, money, reference, purpose, receiverAccount: creditorAccount });
    const request = await fromHub({ url: shop, audience: MERCHANT_UID, body });
    const receiver = await aReceiver({ audience: MERCHANT_UID });
    expect(valueOf(await readMerchantCallback(request, receiver))).toMatchObject({ kind: 'order-expired', expiration: { code: 4001 } });
    const altered = { ...request, body: utf8(body.replace('Canceled', 'Success!')) };
    expect(codeOf(await readMerchantCallback(altered, receiver))).toBe('TOKEN_BODY');
  });

  test('is neither when it is other JSON', async () => {
    const receiver = await aReceiver({ audience: MERCHANT_UID });
    expect(codeOf(await readMerchantCallback(await fromHub({ url: shop, audience: MERCHANT_UID, body: '{}' }), receiver))).toBe(
      'CALLBACK_SHAPE',
    );
    expect(codeOf(await readMerchantCallback(await fromHub({ url: shop, audience: MERCHANT_UID, body: '?' }), receiver))).toBe(
      'BODY_NOT_JSON',
    );
  });
});

describe('a test callback', () => {
  const payload = callbackTestPayload(anIdentity(), { testGuid: anIdentity().callbackGuid });

  test('is told from a real one by what it says, and believed as a real one is', async () => {
    const request = await fromHub({ payload });
    expect([saysItIsATest(request.body), saysItIsATest((await fromHub()).body), saysItIsATest(utf8('?'))]).toEqual([true, false, false]);
    expect(valueOf(await readCallbackTest(request, await aReceiver()))).toMatchObject({ callback_type: 'callback-test', test: true });
    expect(codeOf(await readBankCallback(request, await aReceiver()))).toBe('CALLBACK_SHAPE');
    expect(codeOf(await readCallbackTest(await fromHub(), await aReceiver()))).toBe('CALLBACK_SHAPE');
  });

  test('is not believed when it is late or forged', async () => {
    const request = await fromHub({ payload });
    const later = await aReceiver({ now: new Date(NOW.getTime() + 900_000) });
    expect(codeOf(await readCallbackTest(request, later))).toBe('TOKEN_STALE');
    const forged = await fromHub({ payload, signer: 'bank', kid: vectorJwk('hub').kid });
    expect(saysItIsATest(forged.body)).toBe(true);
    expect(codeOf(await readCallbackTest(forged, await aReceiver()))).toBe('TOKEN_SIGNATURE');
  });
});

describe('the order that a bank pays', () => {
  const { kty, n, e, kid } = vectorJwk('receiver');
  const order: OrderJson = {
    id: aMerchantPayment().orderId,
    exp: 1_795_342_500,
    amt: 1500.75,
    cur: 'UAH',
    ref: 'INV-2026-42',
    prp: 'Оплата замовлення № 42',
    uid: MERCHANT_UID,
    recn: 'ТОВ «Книгарня»',
    recc: '12345678',
    acc: 'UA113806340000026001234567890',
    mcc: 5942,
    bic: '380634',
    public_key: wirePublicKey({ kid, jwk: { kty, n, e } }),
    encryption_profiles: ['dcm-1', 'dcm-2'],
  };
  const payer = {
    agentBic: '305299',
    name: 'Шевченко Тарас',
    taxNumber: '2912345678',
    iban: 'UA743052990000026007233566001',
    phone: '+380991234567',
  };

  test.each([
    ['the best profile that the key lists', ['dcm-1', 'dcm-2'] as const, 'dcm-2'],
    ['the form of the guide where the key lists nothing', [] as const, 'dcm-1'],
  ])('passes every check of form, with %s, and opens for the receiver', async (_, profiles, profile) => {
    const payload = await buildPaymentMessage({ order: { ...order, encryption_profiles: [...profiles] }, payer, now: NOW });
    const token = valueOf(readToken(await signToken({ kid: 'k1', key: await vectorSigningKey('bank'), payload })));
    const message = valueOf(readPaymentMessage(token, { endpoint: 'e-commerce', now: NOW }));
    expect(message).toMatchObject({ orderId: order.id, debtorPhone: payer.phone, money: { minor: 150_075n }, createdAt: NOW });
    expect(message.encryption.profile).toBe(profile);
    const { decrypt } = await receiverKeys();
    const { nonce, encryptedKey } = message.encryption;
    const opened = await openFields({
      encryption: { profile: message.encryption.profile, alg: 'RSA-OAEP-256', nonce, encrypted_key: encryptedKey },
      recipientKey: decrypt,
      jti: message.jti,
      fields: {
        debtor_name: message.debtorName,
        debtor_id: message.debtorId,
        creditor_name: message.creditorName,
        creditor_id: message.creditorId,
      },
    });
    expect(valueOf(opened)).toEqual({
      debtor_name: payer.name,
      debtor_id: payer.taxNumber,
      creditor_name: order.recn,
      creditor_id: order.recc,
    });
  });

  test('a payer without a phone is no problem', async () => {
    const { phone: _, ...quiet } = payer;
    const payload = await buildPaymentMessage({ order, payer: quiet, now: NOW });
    const token = valueOf(readToken(await signToken({ kid: 'k1', key: await vectorSigningKey('bank'), payload })));
    expect(valueOf(readPaymentMessage(token, { endpoint: 'e-commerce', now: NOW })).debtorPhone).toBeNull();
  });

  test.each<[string, string, () => Promise<string>]>([
    ['signed by the hub', 'OK', async () => rawToken({ signer: 'hub', payload: order })],
    ['with members that come later', 'OK', async () => rawToken({ signer: 'hub', payload: { ...order, later: 1 } })],
    ['signed by a bank', 'TOKEN_KEY_UNKNOWN', async () => rawToken({ signer: 'bank', payload: order })],
    ['past its exp', 'ORDER_IS_EXPIRED', async () => rawToken({ signer: 'hub', payload: { ...order, exp: NOW.getTime() / 1000 } })],
    ['without a key to encrypt with', 'ORDER_SHAPE', async () => rawToken({ signer: 'hub', payload: { ...order, public_key: undefined } })],
    ['that is no token', 'TOKEN_MALFORMED', async () => 'order'],
  ])('is read from a deep link %s: %s', async (_, code, token) => {
    const { hubKeys } = await aReceiver();
    expect(codeOf(await readOrderToken(await token(), { hubKeys, now: NOW }))).toBe(code);
  });
});

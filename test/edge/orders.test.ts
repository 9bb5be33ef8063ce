import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEd25519Verifier } from '../../kernel/runtime/signing.ts';
import { aGet, anEdge, send, type EdgeUnderTest, type Prepared } from './support/edge-under-test.ts';

let t: EdgeUnderTest;
beforeAll(async () => {
  t = await anEdge();
});
afterAll(() => t.stop());
afterEach(() => {
  t.core.answer = (request) => t.core.answerAsPayments(request);
});

const anonymously = (path: string): Prepared => ({ method: 'GET', path, headers: {}, body: undefined });
const anOrder = () => t.merchant.sign({ sub: t.merchant.id, ref: randomUUID(), amt: 5 });

describe('a merchant’s order', () => {
  it('is forwarded for the merchant whose key signed it, from the address or from the body', async () => {
    const inAddress = `/api/v1/merchants/order?jwt=${await anOrder()}&custom=true`;
    const jwt = await anOrder();
    const requests: Prepared[] = [
      { method: 'POST', path: inAddress, headers: {}, body: undefined },
      { method: 'POST', path: `/${inAddress}`, headers: {}, body: undefined },
      { method: 'POST', path: '/api/v1/merchants/order', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jwt }) },
      { method: 'POST', path: '/api/v1/merchants/order', headers: { 'content-type': 'text/plain' }, body: jwt },
    ];
    for (const request of requests) {
      expect((await send(t.url, request)).status).toBe(200);
      expect(t.core.of('order-create').at(-1)).toMatchObject({
        path: '/ingress/order-create',
        body: request.body ?? '',
        query: request.path.includes('custom') ? { custom: 'true' } : {},
        envelope: {
          mode: 'through',
          method: 'POST',
          target: request.path,
          participant: { kind: 'merchant', id: t.merchant.id, kid: t.merchant.kid },
          paymentGuid: null,
        },
      });
    }
  });

  it('may be old: the core knows whether it has seen it before', async () => {
    const jwt = await t.merchant.sign({ sub: t.merchant.id, iat: 1_700_000_000 });
    expect((await send(t.url, { method: 'POST', path: `/api/v1/merchants/order?jwt=${jwt}`, headers: {}, body: undefined })).status).toBe(
      200,
    );
  });

  it('may be long: the address carries a JWT of 11 KB', async () => {
    const jwt = await t.merchant.sign({ sub: t.merchant.id, prp: 'x'.repeat(8000) });
    const path = `/api/v1/merchants/order?jwt=${jwt}`;
    expect((await send(t.url, { method: 'POST', path, headers: {}, body: undefined })).status).toBe(200);
    const tooLong = `/api/v1/merchants/order?jwt=${'x'.repeat(20_000)}`;
    expect((await send(t.url, { method: 'POST', path: tooLong, headers: {}, body: undefined })).status).toBe(413);
  });

  it('must come under the merchant’s own header token, if under any', async () => {
    const path = `/api/v1/merchants/order?jwt=${await anOrder()}`;
    const post = async (headerToken: string) =>
      send(t.url, { method: 'POST', path, headers: { 'cx-authorization': headerToken }, body: undefined });
    expect(await post(await t.bank.headerToken())).toMatchObject({ status: 401, json: { code: 'FOREIGN_PATH' } });
    const headerToken = await t.merchant.headerToken();
    const before = t.core.of('order-create').length;
    const [first, second] = [await post(headerToken), await post(headerToken)];
    expect([first.status, second.body]).toEqual([200, first.body]);
    expect(t.core.of('order-create').length).toBe(before + 1);
  });
});

describe('reading an order', () => {
  it('as order json is for a bank, found by its key', async () => {
    expect((await send(t.url, await aGet(t.bank, '/api/v1/merchants/order/nbu/json?id=abc'))).status).toBe(200);
    expect(t.core.of('order-json').at(-1)).toMatchObject({
      path: '/ingress/order-json',
      query: { id: 'abc' },
      envelope: { participant: { kind: 'bank', id: t.bank.id }, target: '/api/v1/merchants/order/nbu/json?id=abc' },
    });
    expect(await send(t.url, anonymously('/api/v1/merchants/order/nbu/json?id=abc'))).toMatchObject({
      status: 401,
      json: { code: 'TOKEN_MISSING' },
    });
  });

  it('passes on what the core says of an order that does not exist', async () => {
    t.core.answer = () => ({ status: 404, body: JSON.stringify({ error: 'not there', code: 'ORDER_JSON_NOT_FOUND' }) });
    const read = await aGet(t.bank, '/api/v1/merchants/order/nbu/json?id=abc');
    expect(await send(t.url, read)).toMatchObject({ status: 404, json: { code: 'ORDER_JSON_NOT_FOUND' } });
  });

  it('as status is for anyone, and says who asks when somebody does', async () => {
    t.core.answer = () => ({ status: 400, body: '{}' });
    expect(await send(t.url, anonymously('/api/v1/merchants/order/status?id=abc'))).toMatchObject({ status: 400, body: '{}' });
    expect(t.core.of('order-status').at(-1)).toMatchObject({ query: { id: 'abc' }, envelope: { participant: null } });
    expect(await send(t.url, await aGet(t.merchant, '/api/v1/merchants/order/status?id=abc'))).toMatchObject({ status: 400, body: '{}' });
    expect(t.core.of('order-status').at(-1)?.envelope.participant).toMatchObject({ kind: 'merchant', id: t.merchant.id });
    const forged = { ...anonymously('/api/v1/merchants/order/status?id=abc'), headers: { 'cx-authorization': 'x' } };
    expect((await send(t.url, forged)).status).toBe(401);
  });
});

describe('what anybody may read', () => {
  it('reaches the core without a participant, and its answer comes back with the headers that browsers need', async () => {
    const headers = { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'", 'x-internal': 'secret' };
    t.core.answer = () => ({ status: 200, body: '<html>', headers });
    const pages: readonly (readonly [string, string, Record<string, string>])[] = [
      ['/pay/o1/qr.svg', 'order-qr', { id: 'o1', format: 'svg' }],
      ['/pay/o1/qr.png', 'order-qr', { id: 'o1', format: 'png' }],
      ['/api/v1/merchants/emitters', 'emitters', {}],
      ['/api/v1/.well-known/jwks.json', 'jwks', {}],
    ];
    for (const [path, operation, query] of pages) {
      const answer = await send(t.url, anonymously(path));
      expect(answer).toMatchObject({ status: 200, body: '<html>' });
      expect(answer.headers.get('content-security-policy')).toBe("default-src 'self'");
      expect(answer.headers.get('x-internal')).toBeNull();
      // Pages of any origin may read the hub's public keys.
      expect(answer.headers.get('access-control-allow-origin')).toBe(operation === 'jwks' ? '*' : null);
      expect(t.core.forwarded.at(-1)).toMatchObject({ query, envelope: { operation, participant: null, mode: 'through' } });
    }
  });

  describe('the token of the payment page', () => {
    const orderId = randomUUID();
    const grant = (expiresAt: Date) => ({ status: 200, body: JSON.stringify({ orderId, merchantUid: t.merchant.id, expiresAt }) });
    const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

    it('is signed by the edge for one order, for the gateway, until a quarter of an hour after its expiry', async () => {
      const expiresAt = inMinutes(10);
      t.core.answer = () => grant(expiresAt);
      const answer = await send(t.url, anonymously(`/pay/${orderId}/token`));
      expect(answer.status).toBe(200);
      expect(t.core.of('page-grant').at(-1)).toMatchObject({ query: { id: orderId }, envelope: { participant: null, mode: 'through' } });
      const verified = createEd25519Verifier(t.core.envelopeKey.publicJwk)(String(answer.json?.['token']));
      const exp = Math.floor((expiresAt.getTime() + 15 * 60_000) / 1000);
      expect(verified).toMatchObject({ ok: true, value: { aud: 'gateway', orderId, merchantUid: t.merchant.id, exp } });
      expect(answer.json?.['expiresAt']).toBe(new Date(exp * 1000).toISOString());
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });

    it('is not to be had for an unknown order, or when the page has ended', async () => {
      t.core.answer = () => ({ status: 404, body: '{"code":"NOT_FOUND"}' });
      expect(await send(t.url, anonymously(`/pay/${orderId}/token`))).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
      t.core.answer = () => grant(inMinutes(-16));
      expect(await send(t.url, anonymously(`/pay/${orderId}/token`))).toMatchObject({ status: 410, json: { code: 'PAGE_ENDED' } });
      t.core.answer = () => ({ status: 500, body: 'stack trace' });
      expect(await send(t.url, anonymously(`/pay/${orderId}/token`))).toMatchObject({ status: 503, json: { code: 'CORE_AWAY' } });
    });
  });

  it('gets a redirect as it is, without following it', async () => {
    t.core.answer = () => ({ status: 302, headers: { location: 'https://shop.example/' } });
    const answer = await send(t.url, anonymously('/pay/o1/qr.svg'));
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://shop.example/']);
  });

  it('hears 503 when the core fails, or does not believe the edge', async () => {
    for (const reply of [
      { status: 500, body: 'stack trace' },
      { status: 401, body: '{"code":"ENVELOPE_SIGNATURE"}' },
    ]) {
      t.core.answer = () => reply;
      expect(await send(t.url, anonymously('/pay/o1/qr.svg'))).toMatchObject({ status: 503, json: { code: 'CORE_AWAY' } });
      expect(await send(t.url, await aGet(t.bank, '/api/v1/merchants/order/nbu/json?id=1'))).toMatchObject({ status: 503 });
    }
  });

  it('hears 504 when the core was asked and says nothing, and may ask again', { timeout: 40_000 }, async () => {
    const held = Promise.withResolvers<void>();
    t.core.answer = () => ({ status: 200, body: '{}', after: held.promise });
    const read = await aGet(t.bank, '/api/v1/merchants/order/nbu/json?id=1');
    const answer = await send(t.url, read);
    expect(answer).toMatchObject({ status: 504, json: { code: 'CORE_TOO_SLOW' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    t.core.answer = () => ({ status: 200, body: '{"id":"1"}' });
    expect(await send(t.url, read)).toMatchObject({ status: 200, json: { id: '1' } });
    held.resolve();
  });

  it('hears the core’s 401 about its own token', async () => {
    t.core.answer = () => ({ status: 401, body: '{"code":"ORDER_IAT_STALE"}' });
    const answer = await send(t.url, {
      method: 'POST',
      path: `/api/v1/merchants/order?jwt=${await anOrder()}`,
      headers: {},
      body: undefined,
    });
    expect(answer).toMatchObject({ status: 401, json: { code: 'ORDER_IAT_STALE' } });
  });
});

import { randomUUID } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createEd25519Verifier } from '../../kernel/runtime/signing.ts';
import type { PaymentPageView } from '../../schema/payment-page.ts';
import { anEdge, send, type EdgeUnderTest, type Prepared } from './support/edge-under-test.ts';

const SCRIPT_BYTES_MAX = 60_000;
const GATEWAY = 'https://gateway.example/graphql';

let t: EdgeUnderTest;
beforeAll(async () => {
  t = await anEdge({ vars: { GATEWAY_PUBLIC_URL: GATEWAY, BRAND_NAME: 'Мережа <b>' } });
});
afterAll(() => t.stop());

const anonymously = (path: string, headers: Record<string, string> = {}): Prepared => ({ method: 'GET', path, headers, body: undefined });
const orderId = randomUUID();
const aView = (o: Partial<PaymentPageView> = {}): PaymentPageView => ({
  orderId,
  merchantUid: t.merchant.id,
  merchant: { name: 'Книгарня', logoUrl: 'https://shop.example/logo.svg' },
  amount: '2480.50',
  currency: 'UAH',
  purpose: 'Книги',
  status: 'CREATED',
  version: 1,
  cause: null,
  rejected: false,
  now: new Date().toISOString(),
  createdAt: new Date().toISOString(),
  expiresAt: new Date(Date.now() + 600_000).toISOString(),
  redirectUrl: 'https://shop.example/thanks',
  qr: { size: 45, modules: 'M0 0h1v1h-1z', hole: 9 },
  ...o,
});
const EMITTERS = [
  { name: 'Калина', bic: '980101', logo_url: 'https://kalyna.example/a/logo.png', deeplink: 'kalyna://' },
  { name: 'Обрій', bic: '980303', logo_url: null, deeplink: 'obriy://' },
];

let view: unknown;
let emitters: unknown;
beforeEach(() => {
  view = aView();
  emitters = EMITTERS;
  t.core.answer = ({ envelope }) => ({ status: 200, body: JSON.stringify(envelope.operation === 'emitters' ? emitters : view) });
});

const policyOf = (headers: Headers) =>
  Object.fromEntries(
    (headers.get('content-security-policy') ?? '').split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1)]),
  );

describe('the payment page', () => {
  it('is made of what the core says of the order, at its own address and at the guide’s', async () => {
    for (const path of [`/pay/${orderId}`, `/api/v1/merchants/order?id=${orderId}&mobile=1`]) {
      const answer = await send(t.url, anonymously(path));
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-store',
      ]);
      expect(answer.body).toContain('Книгарня');
      expect(answer.body).toContain(`href="kalyna://order?id=${orderId}"`);
      expect(answer.body).toContain('Мережа &lt;b>');
      expect(t.core.of('payment-page').at(-1)).toMatchObject({ query: { id: orderId }, envelope: { participant: null, mode: 'through' } });
    }
  });

  it('allows its own script and style, the gateway, the pictures that it shows, and no frame around it', async () => {
    const { headers, body } = await send(t.url, anonymously(`/pay/${orderId}`));
    expect(policyOf(headers)).toEqual({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'font-src': ["'self'"],
      'img-src': ["'self'", 'https://shop.example', 'https://kalyna.example'],
      'connect-src': ["'self'", 'https://gateway.example', 'wss://gateway.example'],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    });
    expect([headers.get('x-frame-options'), headers.get('referrer-policy')]).toEqual(['DENY', 'no-referrer']);
    expect(body).not.toMatch(/ style=| on[a-z]+=/);
  });

  it('carries a token that watches this order, and none when the page has ended', async () => {
    const start = async () =>
      JSON.parse(
        /id="state">(?<json>[^]*?)<\/script>/.exec((await send(t.url, anonymously(`/pay/${orderId}`))).body)?.groups?.['json'] ?? '',
      );
    const { token, gatewayUrl } = await start();
    expect(gatewayUrl).toBe(GATEWAY);
    expect(createEd25519Verifier(t.core.envelopeKey.publicJwk)(token)).toMatchObject({ ok: true, value: { aud: 'gateway', orderId } });
    view = aView({ expiresAt: new Date(Date.now() - 16 * 60_000).toISOString() });
    expect((await start()).token).toBeNull();
  });

  it('opens no address that a browser would run, and draws no address that is none', async () => {
    emitters = ['javascript://', 'JavaScript://', 'data://', 'https://', 'kalyna:alert(1)//'].map((deeplink) => ({
      name: 'Evil',
      logo_url: 'no address; script-src *',
      deeplink,
    }));
    const { body, headers } = await send(t.url, anonymously(`/pay/${orderId}`));
    expect(body).not.toContain('Evil');
    expect(policyOf(headers)['img-src']).toEqual(["'self'", 'https://shop.example']);
    view = aView({ status: 'SUCCESS', redirectUrl: 'javascript:alert(1)' });
    expect((await send(t.url, anonymously(`/pay/${orderId}`))).status).toBe(503);
  });

  it('speaks the language of the browser, or the one that is asked for', async () => {
    const langOf = async (path: string, headers = {}) =>
      /<html lang="(..)"/.exec((await send(t.url, anonymously(path, headers))).body)?.[1];
    expect(await langOf(`/pay/${orderId}`)).toBe('uk');
    expect(await langOf(`/pay/${orderId}`, { 'accept-language': 'en-GB,en' })).toBe('en');
    expect(await langOf(`/pay/${orderId}?lang=uk`, { 'accept-language': 'en-GB,en' })).toBe('uk');
  });

  it('asks again by itself without a script while the order is open', async () => {
    const refreshes = async () => (await send(t.url, anonymously(`/pay/${orderId}`))).body.includes('http-equiv="refresh"');
    expect(await refreshes()).toBe(true);
    view = aView({ status: 'SUCCESS' });
    expect(await refreshes()).toBe(false);
  });

  it('does without the list of banks, says that there is no such order, and that the hub is away', async () => {
    emitters = { error: 'no list' };
    expect((await send(t.url, anonymously(`/pay/${orderId}`))).status).toBe(200);
    t.core.answer = () => ({ status: 404, body: '{"code":"NOT_FOUND"}' });
    const missing = await send(t.url, anonymously(`/pay/${orderId}?lang=en`));
    expect([missing.status, missing.body.includes('There is no such order')]).toEqual([404, true]);
    for (const reply of [
      { status: 500, body: 'stack trace' },
      { status: 200, body: '<html>' },
    ]) {
      t.core.answer = () => reply;
      const away = await send(t.url, anonymously(`/pay/${orderId}?lang=en`));
      expect([away.status, away.headers.get('retry-after'), away.body.includes('do not pay again')]).toEqual([503, '5', true]);
      expect(away.body).not.toContain('stack trace');
    }
  });
});

describe('how an order stands', () => {
  it('is what the page shows', async () => {
    const answer = await send(t.url, anonymously(`/pay/${orderId}/state`));
    expect(answer).toMatchObject({ status: 200, json: { orderId, status: 'CREATED' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('is not to be had for an unknown order, or while the core is away', async () => {
    t.core.answer = () => ({ status: 404, body: '{"code":"NOT_FOUND"}' });
    expect(await send(t.url, anonymously(`/pay/${orderId}/state`))).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
    t.core.answer = () => ({ status: 500, body: 'stack trace' });
    expect(await send(t.url, anonymously(`/pay/${orderId}/state`))).toMatchObject({ status: 503, json: { code: 'CORE_AWAY' } });
  });
});

describe('what the page loads', () => {
  const assetsOf = async () => {
    const { body } = await send(t.url, anonymously(`/pay/${orderId}`));
    const style = /href="(\/pay\/assets\/[^"]+\.css)"/.exec(body)?.[1] ?? '';
    const script = /src="(\/pay\/assets\/[^"]+\.js)"/.exec(body)?.[1] ?? '';
    return { style, script };
  };

  it('is kept for ever under a name that changes with it', async () => {
    const { style, script } = await assetsOf();
    const css = await send(t.url, anonymously(style));
    const [font = ''] = /\/pay\/assets\/latin\.[0-9a-f]+\.woff2/.exec(css.body) ?? [];
    for (const [path, type] of [
      [style, 'text/css; charset=utf-8'],
      [script, 'text/javascript; charset=utf-8'],
      [font, 'font/woff2'],
    ] as const) {
      const { status, headers } = await send(t.url, anonymously(path));
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
        200,
        type,
        'public, max-age=31536000, immutable',
      ]);
    }
  });

  it('is a script of less than 60 kB', async () => {
    const { body } = await send(t.url, anonymously((await assetsOf()).script));
    expect(brotliCompressSync(body).length).toBeLessThan(SCRIPT_BYTES_MAX);
  });

  it.each(['toString', '__proto__', 'checkout.000000000000.js'])('is nothing else: %s', async (name) => {
    expect((await send(t.url, anonymously(`/pay/assets/${name}`))).status).toBe(404);
  });
});

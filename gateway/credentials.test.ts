import { createHash, generateKeyPairSync } from 'node:crypto';

import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';

import { createClientSecrets } from '../kernel/runtime/client-secret.ts';
import type { SigningSecret } from '../kernel/runtime/secrets.ts';
import { createEd25519RingVerifier, signEd25519Token } from '../kernel/runtime/signing.ts';
import type { Caller } from '../schema/caller.ts';
import { createAuthenticate, type CredentialOptions, type OperationsIssuer } from './credentials.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const MERCHANT: Caller = { kind: 'merchant', merchantUid: 'm-1', keyId: 'key-1' };
const MERCHANT_KEY = 'sk_test_0123456789abcdefghij';

let operations: OperationsIssuer;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let strangerKeys: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  [keys, strangerKeys] = await Promise.all([generateKeyPair('ES256', { extractable: true }), generateKeyPair('ES256')]);
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'ops-1', alg: 'ES256' };
  operations = { issuer: 'https://staff.example', audience: 'hub', keys: createLocalJWKSet({ keys: [jwk] }) };
});

const MAC = { kid: 'internal-1', key: Buffer.alloc(32, 3) };
const ORDER = '0197a3c2-1111-7000-8000-000000000380';
const PUBLISHABLE_KEY = 'pk_test_0123456789abcdefghij';
const PUBLISHABLE = { merchantUid: 'm-1', keyId: 'key-2', origins: ['https://shop.example'] };
const NOBODY = { caller: null, publishable: null };
const envelopeKey = ed25519Secret('envelope-1');

function ed25519Secret(kid: string): SigningSecret {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { kid, privateJwk: privateKey.export({ format: 'jwk' }), publicJwk: publicKey.export({ format: 'jwk' }) };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const OWNERS = new Map([
  [sha256(MERCHANT_KEY), { caller: MERCHANT, publishable: null }],
  [sha256(PUBLISHABLE_KEY), { caller: null, publishable: PUBLISHABLE }],
]);

type Overrides = Partial<Pick<CredentialOptions, 'operations' | 'resolveApiKey'>> & { readonly now?: () => Date };

function authenticating(o: Overrides = {}) {
  const asked: string[] = [];
  const authenticate = createAuthenticate({
    clock: { now: o.now ?? (() => NOW) },
    operations: o.operations === undefined ? operations : o.operations,
    resolveApiKey:
      o.resolveApiKey ??
      (async (keySha256) => {
        asked.push(keySha256);
        return OWNERS.get(keySha256) ?? NOBODY;
      }),
    clientSecrets: createClientSecrets({ internal: [MAC] }),
    verifyPageToken: createEd25519RingVerifier(() => [envelopeKey]),
    pageOrigin: 'https://pay.example',
  });
  return { authenticate, asked };
}

const GOOD: JWTPayload = {
  iss: 'https://staff.example',
  aud: 'hub',
  sub: 'olena',
  exp: SECONDS + 60,
  scope: 'payments:read deliveries:write',
};
const signed = (claims: JWTPayload, { key = keys.privateKey, kid = 'ops-1' } = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(key);

describe('an Authorization value', () => {
  test.each([undefined, ''])('that is not given makes an anonymous caller (%j)', async (value) => {
    expect(await authenticating().authenticate(value)).toEqual({ ok: true, value: { caller: { kind: 'anonymous' }, expiresAt: null } });
  });

  test.each([
    ['another scheme', 'Basic bWU6bWU='],
    ['no scheme', MERCHANT_KEY],
    ['nothing behind the scheme', 'Bearer '],
    ['two credentials', `Bearer ${MERCHANT_KEY} ${MERCHANT_KEY}`],
    ['an unknown key', 'Bearer sk_test_zzzzzzzzzzzzzzzzzzzz'],
    ['a key with characters that no key has', "Bearer sk_test_0123456789'; drop table"],
    ['words that are no token', 'Bearer hello'],
    ['far too much', `Bearer ${'x'.repeat(9_000)}`],
  ])('with %s is refused, never anonymous', async (_what, value) => {
    expect(await authenticating().authenticate(value)).toMatchObject({ ok: false, failure: { code: 'UNAUTHENTICATED' } });
  });
});

describe('an API key', () => {
  test('is looked up by its hash and remembered for a short time', async () => {
    let now = NOW.getTime();
    const { authenticate, asked } = authenticating({ now: () => new Date(now) });
    const first = await authenticate(`Bearer ${MERCHANT_KEY}`);
    await authenticate(`bearer ${MERCHANT_KEY}`);
    expect(first).toEqual({ ok: true, value: { caller: MERCHANT, expiresAt: null } });
    expect(asked).toEqual([sha256(MERCHANT_KEY)]);
    now += 10_000;
    await authenticate(`Bearer ${MERCHANT_KEY}`);
    expect(asked).toHaveLength(2);
  });

  test('is nobody while participants is away: that is an error, not a refusal', async () => {
    const { authenticate } = authenticating({ resolveApiKey: () => Promise.reject(new Error('participants is away')) });
    await expect(authenticate(`Bearer ${MERCHANT_KEY}`)).rejects.toThrow('participants is away');
  });
});

describe('a publishable key', () => {
  const secret = createClientSecrets({ internal: [MAC] }).of(ORDER);
  const customer = (orderId: string | null) => ({ kind: 'customer', merchantUid: 'm-1', orderId, keyId: 'key-2' });

  test('alone is a customer without an order, and knows where it may be used', async () => {
    const session = await authenticating().authenticate(`Bearer ${PUBLISHABLE_KEY}`);
    expect(session).toEqual({ ok: true, value: { caller: customer(null), expiresAt: null, origins: ['https://shop.example'] } });
  });

  test('with the client secret of an order is a customer who watches it', async () => {
    const session = await authenticating().authenticate(`Bearer ${PUBLISHABLE_KEY}.${secret}`);
    expect(session).toMatchObject({ ok: true, value: { caller: customer(ORDER) } });
  });

  test.each([
    ['a secret of another order id', `${PUBLISHABLE_KEY}.${secret.replace('0380', '0381')}`],
    ['words instead of a secret', `${PUBLISHABLE_KEY}.cs_hello`],
    ['a secret beside a secret key', `${MERCHANT_KEY}.${secret}`],
    ['a secret alone', secret],
  ])('%s is refused', async (_what, token) => {
    expect(await authenticating().authenticate(`Bearer ${token}`)).toMatchObject({ ok: false, failure: { code: 'UNAUTHENTICATED' } });
  });
});

describe('a page token', () => {
  const CLAIMS = { aud: 'gateway', orderId: ORDER, merchantUid: 'm-1', iat: SECONDS, exp: SECONDS + 60 };
  const token = (claims: object, key = envelopeKey) => `Bearer ${signEd25519Token(key, JSON.stringify(claims))}`;

  test('is a customer who watches one order from the payment page, until it ends', async () => {
    const session = await authenticating().authenticate(token(CLAIMS));
    const caller = { kind: 'customer', merchantUid: 'm-1', orderId: ORDER, keyId: `page:${ORDER}` };
    expect(session).toEqual({
      ok: true,
      value: { caller, expiresAt: new Date((SECONDS + 60) * 1000), origins: ['https://pay.example'] },
    });
  });

  test.each([
    ['that has ended', { ...CLAIMS, exp: SECONDS }],
    ['that never ends', { ...CLAIMS, exp: undefined }],
    ['for somebody else', { ...CLAIMS, aud: 'core' }],
    ['that is an envelope', { eventId: ORDER, mode: 'through', operation: 'order-status', method: 'GET', target: '/' }],
  ])('%s is refused', async (_what, claims) => {
    expect(await authenticating().authenticate(token(claims))).toMatchObject({ ok: false, failure: { code: 'UNAUTHENTICATED' } });
  });

  test('that a stranger signed under the same key id is refused', async () => {
    expect(await authenticating().authenticate(token(CLAIMS, ed25519Secret('envelope-1')))).toMatchObject({ ok: false });
  });
});

describe('an operations token', () => {
  test('makes an operations caller with its scopes, until it expires', async () => {
    expect(await authenticating().authenticate(`Bearer ${await signed(GOOD)}`)).toEqual({
      ok: true,
      value: {
        caller: { kind: 'operations', subject: 'olena', scopes: ['payments:read', 'deliveries:write'] },
        expiresAt: new Date((SECONDS + 60) * 1000),
      },
    });
  });

  test.each([
    ['has expired', { ...GOOD, exp: SECONDS - 60 }],
    ['never expires', { ...GOOD, exp: undefined }],
    ['is not valid yet', { ...GOOD, nbf: SECONDS + 60 }],
    ['is for somebody else', { ...GOOD, aud: 'another-hub' }],
    ['comes from somebody else', { ...GOOD, iss: 'https://stranger.example' }],
    ['names nobody', { ...GOOD, sub: undefined }],
  ])('that %s is refused', async (_what, claims) => {
    expect(await authenticating().authenticate(`Bearer ${await signed(claims as JWTPayload)}`)).toMatchObject({ ok: false });
  });

  test('signed by a stranger is refused', async () => {
    const token = await signed(GOOD, { key: strangerKeys.privateKey });
    expect(await authenticating().authenticate(`Bearer ${token}`)).toMatchObject({ ok: false });
  });

  test.each(['none', 'HS256'])('whose header asks for the algorithm %s is refused', async (alg) => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const token = `${encode({ alg, kid: 'ops-1' })}.${encode(GOOD)}.c2lnbmF0dXJl`;
    expect(await authenticating().authenticate(`Bearer ${token}`)).toMatchObject({ ok: false });
  });

  test('is refused where nobody is operations', async () => {
    expect(await authenticating({ operations: null }).authenticate(`Bearer ${await signed(GOOD)}`)).toMatchObject({ ok: false });
  });

  test('is not refused because the key set could not be had: that is an error', async () => {
    const away: OperationsIssuer = { ...operations, keys: () => Promise.reject(new TypeError('fetch failed')) };
    await expect(authenticating({ operations: away }).authenticate(`Bearer ${await signed(GOOD)}`)).rejects.toThrow('fetch failed');
  });
});

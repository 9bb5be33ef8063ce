import { createHash } from 'node:crypto';

import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';

import type { Caller } from '../schema/caller.ts';
import { createAuthenticate, type OperationsIssuer } from './credentials.ts';

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

function authenticating(o: { operations?: OperationsIssuer | null; now?: () => Date } = {}) {
  const asked: string[] = [];
  const authenticate = createAuthenticate({
    clock: { now: o.now ?? (() => NOW) },
    operations: o.operations === undefined ? operations : o.operations,
    resolveApiKey: async (keySha256) => {
      asked.push(keySha256);
      return keySha256 === createHash('sha256').update(MERCHANT_KEY).digest('hex') ? MERCHANT : null;
    },
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
    expect(asked).toEqual([createHash('sha256').update(MERCHANT_KEY).digest('hex')]);
    now += 10_000;
    await authenticate(`Bearer ${MERCHANT_KEY}`);
    expect(asked).toHaveLength(2);
  });

  test('is nobody while participants is away: that is an error, not a refusal', async () => {
    const authenticate = createAuthenticate({
      clock: { now: () => NOW },
      operations: null,
      resolveApiKey: () => Promise.reject(new Error('participants is away')),
    });
    await expect(authenticate(`Bearer ${MERCHANT_KEY}`)).rejects.toThrow('participants is away');
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

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { valueOf } from '../kernel/core/result.ts';
import { requestHash, bodySha256 } from './digest.ts';
import { readHeaderToken } from './header-token.ts';
import { participantKeySchema } from './participant-key.ts';
import {
  generateKeyPair,
  importSigningKey,
  importVerificationKey,
  readBodyToken,
  readRequestToken,
  readToken,
  signToken,
  verifyTokenSignature,
} from './token.ts';
import { rawToken } from './vectors/raw-token.ts';
import { vectorJwk, vectorSigningKey, vectorVerificationKey } from './vectors/vector-keys.ts';
import { utf8 } from './web-crypto.ts';

const codeOf = (result: { ok: true } | { ok: false; failure: { code: string } }) => (result.ok ? 'OK' : result.failure.code);

describe('tokens (every kind of wrong one is in vectors/tokens.json)', () => {
  test('what was signed reads back, with the source text of its numbers', async () => {
    const text = await signToken({ kid: 'k1', key: await vectorSigningKey('bank'), payload: '{"amount":1500.50,"purpose":"Оплата"}' });
    const token = valueOf(readToken(text));
    expect(token.header).toEqual({ alg: 'RS256', kid: 'k1', typ: 'JWT' });
    expect(token.claims).toEqual({ amount: 1500.5, purpose: 'Оплата' });
    expect(token.payload.numberText('amount')).toBe('1500.50');
    expect(token.payloadText).toBe('{"amount":1500.50,"purpose":"Оплата"}');
    expect(`${token.signingInput}.`).toBe(text.slice(0, text.lastIndexOf('.') + 1));
    expect(await verifyTokenSignature(token, await vectorVerificationKey('bank'))).toBe(true);
    expect(await verifyTokenSignature(token, await vectorVerificationKey('hub'))).toBe(false);
  });

  test('no change of one character leaves a token that is still believed', async () => {
    const good = await rawToken({ payload: { iat: 1, jti: 'a' } });
    const key = await vectorVerificationKey('bank');
    const symbol = fc.constantFrom(...'AZaz09-_+/=. \n'.split(''));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), symbol, fc.constantFrom('replace', 'insert', 'drop'), async (at, character, change) => {
        const kept = change === 'insert' ? '' : good.charAt(at);
        if (change === 'replace' && kept === character) return;
        const altered = good.slice(0, at) + (change === 'drop' ? '' : character) + good.slice(at + kept.length);
        const token = readToken(altered);
        expect(token.ok && (await verifyTokenSignature(token.value, key))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('a token longer than 64 KiB is not looked at', () => {
    expect(codeOf(readToken('e'.repeat(65_537)))).toBe('BODY_TOO_LARGE');
    expect(codeOf(readToken('e'.repeat(65_536)))).toBe('TOKEN_MALFORMED');
  });

  test('a header longer than 4 KiB is refused', async () => {
    const header = { alg: 'RS256', kid: 'bank-a-sign-1', padding: 'p'.repeat(4096) };
    expect(codeOf(readToken(await rawToken({ header })))).toBe('BODY_TOO_LARGE');
  });

  test('a kid longer than 128 characters names no key', async () => {
    expect(codeOf(readToken(await rawToken({ header: { alg: 'RS256', kid: 'k'.repeat(129) } })))).toBe('TOKEN_KEY_UNKNOWN');
  });

  test('a generated pair signs, verifies, and may be registered', async () => {
    const pair = await generateKeyPair('sign');
    const text = await signToken({ kid: pair.kid, key: await importSigningKey(pair.privateJwk), payload: { jti: 'a' } });
    expect(await verifyTokenSignature(valueOf(readToken(text)), await importVerificationKey(pair.publicJwk))).toBe(true);
    expect(Object.keys(pair.publicJwk).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const entry = { kid: pair.kid, jwk: pair.publicJwk, purpose: 'SIGN', encryptionProfiles: [], validUntil: null, revokedFrom: null };
    expect(participantKeySchema.safeParse({ ...entry, validFrom: '2026-01-01T00:00:00Z' }).success).toBe(true);
    expect(participantKeySchema.safeParse({ ...entry, jwk: pair.privateJwk, validFrom: '2026-01-01T00:00:00Z' }).success).toBe(false);
  });
});

describe('the token in a body', () => {
  test('is read from {"jwt"} and from plain text alike', async () => {
    const text = await rawToken({ payload: { a: 1 } });
    for (const body of [text, JSON.stringify({ jwt: text }), ` {"more": 1, "jwt": "${text}"}\n`]) {
      expect(valueOf(readBodyToken(body)).text).toBe(text);
      expect(valueOf(readBodyToken(utf8(body))).text).toBe(text);
    }
  });

  test.each([
    ['', 'TOKEN_MISSING'],
    ['{}', 'TOKEN_MISSING'],
    ['{"jwt":1}', 'TOKEN_MISSING'],
    ['[]', 'TOKEN_MISSING'],
    ['{"jwt":""}', 'TOKEN_MALFORMED'],
    ['{"jwt":"a.b"}', 'TOKEN_MALFORMED'],
    ['{"jwt":"a","jwt":"b"}', 'JSON_DUPLICATE_MEMBER'],
    ['{"jwt":"a","constructor":"b"}', 'JSON_FORBIDDEN_MEMBER'],
    ['jwt=a.b.c', 'BODY_NOT_JSON'],
    ['eyJ.eyJ.eyJ\n', 'TOKEN_MALFORMED'],
  ])('is not in %j: %s', (body, code) => {
    expect(codeOf(readBodyToken(body))).toBe(code);
    expect(codeOf(readBodyToken(utf8(body)))).toBe(code);
  });
});

describe('the token in a body or an address', () => {
  test('is that of the body where it holds one, else that of the address', async () => {
    const [one, other] = [await rawToken({ payload: { a: 1 } }), await rawToken({ payload: { a: 2 } })];
    expect(valueOf(readRequestToken(one, other)).text).toBe(one);
    expect(valueOf(readRequestToken(one, null)).text).toBe(one);
    for (const without of ['', '{}']) expect(valueOf(readRequestToken(without, other)).text).toBe(other);
  });

  test.each([
    ['', null, 'TOKEN_MISSING'],
    ['', '', 'TOKEN_MISSING'],
    ['{}', 'a.b', 'TOKEN_MALFORMED'],
    ['<xml/>', 'a.b', 'BODY_NOT_JSON'],
  ])('is neither in %j nor in %j: %s', (body, inAddress, code) => {
    expect(codeOf(readRequestToken(body, inAddress))).toBe(code);
  });

  test('that is wrong in the body is not made up for by the address', async () => {
    expect(codeOf(readRequestToken('{"jwt":"a.b"}', await rawToken({ payload: { a: 1 } })))).toBe('TOKEN_MALFORMED');
  });
});

describe('the token in Cx-Authorization', () => {
  test.each([
    [null, 'TOKEN_MISSING'],
    [undefined, 'TOKEN_MISSING'],
    ['', 'TOKEN_MISSING'],
    ['a.b.c', 'TOKEN_MALFORMED'],
    ['e'.repeat(70_000), 'TOKEN_MALFORMED'],
  ])('%.20s is an authentication failure: %s', (value, code) => {
    expect(codeOf(readHeaderToken(value))).toBe(code);
  });

  test('whatever is wrong with its JSON is an authentication failure too', async () => {
    for (const payload of ['{"iat":1,"iat":2}', '{"__proto__":1}', 'iat']) {
      expect(codeOf(readHeaderToken(await rawToken({ payload })))).toBe('TOKEN_MALFORMED');
    }
  });

  test('keeps a code that is already an authentication failure', async () => {
    expect(codeOf(readHeaderToken(await rawToken({ header: { alg: 'none', kid: vectorJwk('bank').kid } })))).toBe('TOKEN_ALGORITHM');
  });
});

describe('digests', () => {
  test('the hash of a body is SHA-256 in base64url; of no body, that of zero bytes', async () => {
    expect(await bodySha256('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
    expect(await bodySha256('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
    expect(await bodySha256(utf8('abc'))).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });

  test('requests that differ in method, path or one byte of the body have different hashes', async () => {
    const request = { method: 'POST', path: '/a?b=1', body: utf8('x') };
    const hashes = await Promise.all([
      requestHash(request),
      requestHash({ ...request }),
      requestHash({ ...request, method: 'PUT' }),
      requestHash({ ...request, path: '/a?b=2' }),
      requestHash({ ...request, path: '/a?b=', body: utf8('1x') }),
      requestHash({ ...request, body: utf8('x ') }),
    ]);
    expect(hashes[1]).toBe(hashes[0]);
    expect(new Set(hashes).size).toBe(5);
  });
});

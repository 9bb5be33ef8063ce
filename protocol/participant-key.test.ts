import { describe, expect, test } from 'vitest';

import { encodeBase64url } from './base64.ts';
import { jwkSetSchema, importJwkSet, wirePublicKey } from './jwk-set.ts';
import { type ParticipantKey, participantKeySchema, selectEncryptionKey, selectVerificationKey } from './participant-key.ts';
import { jwkThumbprint } from './rsa-key.ts';
import { vectorJwk } from './vectors/vector-keys.ts';

const { kty, n, e } = vectorJwk('bank');
const AT = new Date('2026-11-22T10:00:00Z');

function aKey(change: Partial<ParticipantKey> = {}): ParticipantKey {
  return {
    kid: 'k1',
    jwk: { kty, n, e },
    purpose: 'BOTH',
    encryptionProfiles: ['dcm-1', 'dcm-2'],
    validFrom: '2026-01-01T00:00:00Z',
    validUntil: null,
    revokedFrom: null,
    ...change,
  };
}

function modulus(bits: number): string {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return encodeBase64url(bytes);
}

describe('a participant key that is registered', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['as the guide has keys made', { alg: 'RS256', use: 'sig', kid: 'k1' }, true],
    ['of 2048 bits', { n: modulus(2048) }, true],
    ['of 4096 bits', { n: modulus(4096) }, true],
    ['of 2047 bits', { n: modulus(2047) }, false],
    ['of 4097 bits', { n: modulus(4097) }, false],
    ['with a zero in front of its modulus', { n: `AA${n}` }, false],
    ['with an even modulus', { n: encodeBase64url(new Uint8Array(256).fill(0xfe)) }, false],
    ['with a padded modulus', { n: `${n}==` }, false],
    ['with exponent 3', { e: 'Aw' }, false],
    ['with exponent 65536', { e: 'AQAA' }, false],
    ['with its private half', { d: 'AQAB' }, false],
    ['of an elliptic curve', { kty: 'EC' }, false],
  ])('%s', (_, change, valid) => {
    expect(participantKeySchema.safeParse(aKey({ jwk: { kty, n, e, ...change } })).success).toBe(valid);
  });

  test.each<[string, Partial<ParticipantKey>]>([
    ['an empty kid', { kid: '' }],
    ['a kid that is too long', { kid: 'k'.repeat(129) }],
    ['a date without time', { validFrom: '2026-01-01' }],
  ])('with %s is refused', (_, change) => {
    expect(participantKeySchema.safeParse(aKey(change)).success).toBe(false);
  });
});

describe('the key that a token names', () => {
  test.each<[string, Partial<ParticipantKey>, string]>([
    ['any key in use', {}, 'OK'],
    ['a key for signatures', { purpose: 'SIGN' }, 'OK'],
    ['a key for encryption', { purpose: 'ENCRYPT' }, 'TOKEN_KEY_PURPOSE'],
    ['a key whose JWK says enc', { jwk: { kty, n, e, use: 'enc' } }, 'TOKEN_KEY_PURPOSE'],
    ['another kid', { kid: 'K1' }, 'TOKEN_KEY_UNKNOWN'],
    ['a key that starts now', { validFrom: AT.toISOString() }, 'OK'],
    ['a key that starts later', { validFrom: '2026-11-22T10:00:00.001Z' }, 'TOKEN_KEY_RETIRED'],
    ['a key that ends later', { validUntil: '2026-11-22T10:00:00.001Z' }, 'OK'],
    ['a key that ends now', { validUntil: AT.toISOString() }, 'TOKEN_KEY_RETIRED'],
    ['a key revoked later', { revokedFrom: '2026-11-22T10:00:00.001Z' }, 'OK'],
    ['a key revoked from now', { revokedFrom: AT.toISOString() }, 'TOKEN_KEY_RETIRED'],
  ])('%s', (_, change, code) => {
    const key = selectVerificationKey([aKey({ kid: 'k0' }), aKey(change)], 'k1', AT);
    expect(key.ok ? 'OK' : key.failure.code).toBe(code);
  });
});

describe('the key that fields are encrypted with', () => {
  test('is the newest in use that may encrypt', () => {
    const keys = [
      aKey({ kid: 'old', validFrom: '2025-01-01T00:00:00Z' }),
      aKey({ kid: 'new', purpose: 'ENCRYPT', validFrom: '2026-06-01T00:00:00Z' }),
      aKey({ kid: 'signs', purpose: 'SIGN', validFrom: '2026-07-01T00:00:00Z' }),
      aKey({ kid: 'revoked', validFrom: '2026-08-01T00:00:00Z', revokedFrom: '2026-08-02T00:00:00Z' }),
      aKey({ kid: 'future', validFrom: '2027-01-01T00:00:00Z' }),
    ];
    expect(selectEncryptionKey(keys, AT)?.kid).toBe('new');
    expect(selectEncryptionKey(keys.toReversed(), AT)?.kid).toBe('new');
  });

  test('is none when no key may encrypt', () => {
    expect(selectEncryptionKey([aKey({ purpose: 'SIGN' })], AT)).toBeUndefined();
  });
});

describe('key sets', () => {
  test('a published key has the members that the guide prints, and never a private one', () => {
    expect(wirePublicKey({ kid: 'k1', jwk: { kty, n, e } })).toEqual({ alg: 'RS256', e, n, kid: 'k1', kty: 'RSA', use: 'sig' });
    expect(wirePublicKey({ kid: 'k1', jwk: { ...vectorJwk('receiver'), alg: 'RSA-OAEP-256', use: 'enc' } })).toEqual({
      alg: 'RSA-OAEP-256',
      e: vectorJwk('receiver').e,
      n: vectorJwk('receiver').n,
      kid: 'k1',
      kty: 'RSA',
      use: 'enc',
    });
  });

  test('keys for encryption are not among the keys that verify', async () => {
    const set = jwkSetSchema.parse({ keys: [wirePublicKey(aKey()), { ...wirePublicKey(aKey({ kid: 'k2' })), use: 'enc' }] });
    expect([...(await importJwkSet(set)).keys()]).toEqual(['k1']);
  });

  test('the thumbprint of the example in RFC 7638', async () => {
    const example = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
    } as const;
    expect(await jwkThumbprint(example)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });
});

import { describe, expect, test } from 'vitest';

import { JWK_FAILURE_CODES, readPublicJwk, type KeyPurpose } from './public-jwk.ts';

/** An odd number of exactly `bits` bits, as base64url. */
function modulus(bits: number): string {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xa5);
  const top = (bits - 1) % 8;
  bytes[0] = (1 << top) | (0xa5 & ((1 << top) - 1));
  return Buffer.from(bytes).toString('base64url');
}

const JWK = { kty: 'RSA', n: modulus(2048), e: 'AQAB', kid: 'shop-1' };

describe('a public key', () => {
  test.each([
    ['SIGN', 'RS256', 'sig'],
    ['BOTH', 'RS256', 'sig'],
    ['ENCRYPT', 'RSA-OAEP-256', 'enc'],
  ] as const)('for %s is kept as %s, %s, whatever else was in it', (purpose, alg, use) => {
    const read = readPublicJwk({ ...JWK, alg: 'RS256', use: 'sig', key_ops: ['verify'], x5c: ['...'] }, purpose);
    expect(read).toEqual({ ok: true, value: { ...JWK, alg, use } });
  });

  test('for encryption may say so', () => {
    expect(readPublicJwk({ ...JWK, alg: 'RSA-OAEP-256', use: 'enc' }, 'ENCRYPT').ok).toBe(true);
  });

  test.each([2048, 3072, 4096])('of %d bits is accepted', (bits) => {
    expect(readPublicJwk({ ...JWK, n: modulus(bits) }, 'SIGN').ok).toBe(true);
  });
});

const REFUSED: readonly (readonly [(typeof JWK_FAILURE_CODES)[number], string, unknown, KeyPurpose])[] = [
  ['KEY_MALFORMED', 'text', 'a PEM', 'SIGN'],
  ['KEY_MALFORMED', 'nothing', null, 'SIGN'],
  ['KEY_MALFORMED', 'a list', [JWK], 'SIGN'],
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map(
    (member) => ['KEY_PRIVATE', `the private member ${member}`, { ...JWK, [member]: 'secret' }, 'SIGN'] as const,
  ),
  ['KEY_TYPE', 'an elliptic curve', { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k' }, 'SIGN'],
  ['KEY_ALGORITHM', 'another algorithm', { ...JWK, alg: 'PS256' }, 'SIGN'],
  ['KEY_ALGORITHM', 'an algorithm of the other purpose', { ...JWK, alg: 'RSA-OAEP-256' }, 'BOTH'],
  ['KEY_USE', 'use enc for signatures', { ...JWK, use: 'enc' }, 'SIGN'],
  ['KEY_USE', 'use enc for both', { ...JWK, use: 'enc' }, 'BOTH'],
  ['KEY_USE', 'an unknown use', { ...JWK, use: 'tls' }, 'ENCRYPT'],
  ['KEY_KID_INVALID', 'no kid', { ...JWK, kid: undefined }, 'SIGN'],
  ['KEY_KID_INVALID', 'a kid with blanks', { ...JWK, kid: 'shop 1' }, 'SIGN'],
  ['KEY_KID_INVALID', 'a very long kid', { ...JWK, kid: 'k'.repeat(129) }, 'SIGN'],
  ['KEY_MODULUS_INVALID', 'no modulus', { ...JWK, n: undefined }, 'SIGN'],
  ['KEY_MODULUS_INVALID', 'padding', { ...JWK, n: `${JWK.n}==` }, 'SIGN'],
  ['KEY_MODULUS_INVALID', 'the other base64', { ...JWK, n: `${JWK.n.slice(0, -2)}+/` }, 'SIGN'],
  ['KEY_MODULUS_INVALID', 'spare bits at the end', { ...JWK, n: `${JWK.n.slice(0, -1)}V` }, 'SIGN'],
  ['KEY_MODULUS_INVALID', 'an even modulus', { ...JWK, n: Buffer.alloc(256, 0xa4).toString('base64url') }, 'SIGN'],
  [
    'KEY_MODULUS_INVALID',
    'a leading zero',
    { ...JWK, n: Buffer.concat([Buffer.from([0]), Buffer.alloc(256, 0xa5)]).toString('base64url') },
    'SIGN',
  ],
  ['KEY_TOO_SHORT', '2047 bits', { ...JWK, n: modulus(2047) }, 'SIGN'],
  ['KEY_TOO_LONG', '4097 bits', { ...JWK, n: modulus(4097) }, 'SIGN'],
  ['KEY_EXPONENT', 'the exponent 3', { ...JWK, e: 'Aw' }, 'SIGN'],
  ['KEY_EXPONENT', 'no exponent', { ...JWK, e: undefined }, 'SIGN'],
];

describe('a key is refused', () => {
  test.each(REFUSED)('%s: %s', (code, _, value, purpose) => {
    expect(readPublicJwk(value, purpose)).toEqual({ ok: false, failure: { code } });
  });

  test('every code happens above', () => {
    expect(new Set(REFUSED.map(([code]) => code))).toEqual(new Set(JWK_FAILURE_CODES));
  });
});

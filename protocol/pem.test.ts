import { createPublicKey, generateKeyPairSync } from 'node:crypto';

import { assert, integer, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PEM_LENGTH_MAX, readPublicPem, writePublicPem } from './pem.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { n = '', e = '' } = rsa.publicKey.export({ format: 'jwk' });
const NUMBERS = { kty: 'RSA', n, e } as const;
const SPKI = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const PKCS1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const derOf = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64');
const pemOf = (der: Uint8Array, label = 'PUBLIC KEY'): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;

describe('a public PEM', () => {
  test.each([
    ['SubjectPublicKeyInfo', SPKI],
    ['PKCS #1', PKCS1],
    ['on one line', pemOf(derOf(SPKI))],
    ['with the line ends of Windows, and blanks around it', `\r\n ${SPKI.replaceAll('\n', '\r\n')}\r\n`],
  ])('%s gives the numbers of the key', (_, pem) => {
    expect(readPublicPem(pem)).toEqual({ ok: true, value: NUMBERS });
  });

  test.each([1024, 2048, 3072, 4096])('of %d bits is written as others read it, and read as others write it', (modulusLength) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
    const written = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const read = readPublicPem(written);
    expect(read.ok && writePublicPem(read.value)).toBe(written);
  });
});

describe('what is refused', () => {
  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
  const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
  const zeroInFront = derOf(PKCS1);
  zeroInFront[4 + 3 + 1 + 1] = 0; // The modulus then begins with two zeros.
  test.each([
    ['PEM_PRIVATE', 'PKCS #8', rsa.privateKey.export(pkcs8)],
    ['PEM_PRIVATE', 'PKCS #1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })],
    ['PEM_PRIVATE', 'a locked one', rsa.privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' })],
    ['PEM_PRIVATE', 'one behind a public one', SPKI + rsa.privateKey.export(pkcs8)],
    ['PEM_TYPE', 'another kind of key', ed25519],
    ['PEM_TYPE', 'a certificate', pemOf(derOf(SPKI), 'CERTIFICATE')],
    ['PEM_MALFORMED', 'text', 'key'],
    ['PEM_MALFORMED', 'two keys', SPKI + SPKI],
    ['PEM_MALFORMED', 'words around the key', `my key\n${SPKI}`],
    ['PEM_MALFORMED', 'another end than beginning', SPKI.replace('END PUBLIC', 'END RSA PUBLIC')],
    ['PEM_MALFORMED', 'a very long one', SPKI + ' '.repeat(PEM_LENGTH_MAX)],
    ['PEM_MALFORMED', 'an empty one', pemOf(new Uint8Array())],
    ['PEM_MALFORMED', 'a cut one', pemOf(derOf(SPKI).subarray(0, -1))],
    ['PEM_MALFORMED', 'a byte behind', pemOf(Buffer.concat([derOf(SPKI), Buffer.from([0])]))],
    ['PEM_MALFORMED', 'the inner structure under the outer label', pemOf(derOf(PKCS1))],
    ['PEM_MALFORMED', 'the outer structure under the inner label', pemOf(derOf(SPKI), 'RSA PUBLIC KEY')],
    ['PEM_MALFORMED', 'a modulus in a longer spelling', pemOf(zeroInFront, 'RSA PUBLIC KEY')],
  ])('%s: %s', (code, _, pem) => {
    expect(readPublicPem(pem.toString())).toEqual({ ok: false, failure: { code } });
  });

  test('whatever is read was the one spelling of its key, as OpenSSL reads it too', () => {
    const der = derOf(SPKI);
    assert(
      property(nat(der.length - 1), integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(der);
        changed[at] = (changed[at] ?? 0) ^ change;
        const read = readPublicPem(pemOf(changed));
        if (!read.ok) return;
        const { n: modulus, e: exponent } = createPublicKey(pemOf(changed)).export({ format: 'jwk' });
        expect(read.value).toEqual({ kty: 'RSA', n: modulus, e: exponent });
        expect(derOf(writePublicPem(read.value))).toEqual(changed);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

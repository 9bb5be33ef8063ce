import { generateKeyPairSync, sign } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { importVerificationKey, readToken, verifyTokenSignature } from '../../protocol/token.ts';
import { createSignatureVerifier } from '../runtime/signing.ts';
import { SIGNATURE_ALGORITHMS, signatureAlgorithmNamed, signatureAlgorithmOf, type SignatureAlgorithmName } from './signature-algorithm.ts';

const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A key pair for each algorithm: whoever adds an algorithm adds a pair here, and edge and core are tested with it. */
const PAIRS: Readonly<Record<SignatureAlgorithmName, () => ReturnType<typeof generateKeyPairSync>>> = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

describe.each(Object.keys(PAIRS) as SignatureAlgorithmName[])('%s', (alg) => {
  const pair = PAIRS[alg]();
  const { digest, dsaEncoding } = SIGNATURE_ALGORITHMS[alg].node;
  const signingInput = `${segment({ alg, kid: 'k' })}.${segment({ jti: '1' })}`;
  const signature = sign(digest, Buffer.from(signingInput), { key: pair.privateKey, ...(dsaEncoding === null ? {} : { dsaEncoding }) });
  const publicJwk = pair.publicKey.export({ format: 'jwk' }) as { kty: string };

  test('is believed by the edge and by the core', async () => {
    const token = readToken(`${signingInput}.${signature.toString('base64url')}`);
    if (!token.ok) throw new Error(token.failure.code);
    expect(await verifyTokenSignature(token.value, await importVerificationKey({ ...publicJwk }))).toBe(true);
    expect(createSignatureVerifier(publicJwk)(signingInput, signature)).toBe(true);
  });

  test('is not believed over other bytes', async () => {
    const token = readToken(`${segment({ alg, kid: 'k' })}.${segment({ jti: '2' })}.${signature.toString('base64url')}`);
    if (!token.ok) throw new Error(token.failure.code);
    expect(await verifyTokenSignature(token.value, await importVerificationKey({ ...publicJwk }))).toBe(false);
    expect(createSignatureVerifier(publicJwk)(`${signingInput}x`, signature)).toBe(false);
  });

  test('is the algorithm of its keys, and of its name', () => {
    expect(signatureAlgorithmOf(publicJwk)).toBe(alg);
    expect(signatureAlgorithmNamed(alg)).toBe(alg);
  });
});

test.each(['none', 'HS256', 'RS384', 'PS256', 'rs256', 'toString', undefined, 1])('%s is no algorithm of the hub', (alg) => {
  expect(signatureAlgorithmNamed(alg)).toBeUndefined();
});

test.each([{ kty: 'oct' }, { kty: 'EC', crv: 'secp256k1' }, { kty: 'RSA', crv: 'P-256' }, {}])('%j is a key of no algorithm', (jwk) => {
  expect(signatureAlgorithmOf(jwk)).toBeUndefined();
  expect(() => createSignatureVerifier(jwk)).toThrow(/no signature algorithm/);
});

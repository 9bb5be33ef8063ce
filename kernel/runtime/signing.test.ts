import { createPublicKey, createVerify, generateKeyPairSync, type JsonWebKey } from 'node:crypto';

import { expect, test } from 'vitest';

import {
  createEd25519RingVerifier,
  createEd25519Verifier,
  createSignatureVerifier,
  createTokenSigner,
  signEd25519Token,
} from './signing.ts';

const PAYLOAD = '{"callback_guid":"7","назва":"Ґ"}';
const rsa = pair('hub-1', generateKeyPairSync('rsa', { modulusLength: 2048 }));
const ed = pair('envelope-1', generateKeyPairSync('ed25519'));
const otherEd = pair('envelope-2', generateKeyPairSync('ed25519'));

test('a token is RS256 over exactly the given text and names its key', async () => {
  const [header = '', payload = '', signature = '', ...more] = (await createTokenSigner(rsa).sign(PAYLOAD)).split('.');

  expect(more).toEqual([]);
  expect(JSON.parse(textOf(header))).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'hub-1' });
  expect(textOf(payload)).toBe(PAYLOAD);
  const publicKey = createPublicKey({ key: rsa.publicJwk, format: 'jwk' });
  expect(createVerify('RSA-SHA256').update(`${header}.${payload}`).verify(publicKey, signature, 'base64url')).toBe(true);
});

test('an RS256 verifier accepts its key and nothing changed', async () => {
  const token = await createTokenSigner(rsa).sign(PAYLOAD);
  const signingInput = token.slice(0, token.lastIndexOf('.'));
  const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
  const verify = createSignatureVerifier(rsa.publicJwk);

  expect(verify(signingInput, signature)).toBe(true);
  expect(verify(Buffer.from(signingInput), signature)).toBe(true);
  expect(verify(`${signingInput}x`, signature)).toBe(false);
  expect(
    verify(
      signingInput,
      signature.map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
    ),
  ).toBe(false);
  expect(verify(signingInput, new Uint8Array(0))).toBe(false);
});

test('an Ed25519 token gives its payload back', () => {
  expect(createEd25519Verifier(ed.publicJwk)(signEd25519Token(ed, PAYLOAD))).toEqual({ ok: true, value: JSON.parse(PAYLOAD) });
});

test('a ring verifies old and new keys by kid', () => {
  const verify = createEd25519RingVerifier(() => [otherEd, ed]);
  expect(verify(signEd25519Token(ed, PAYLOAD)).ok).toBe(true);
  expect(verify(signEd25519Token(otherEd, PAYLOAD)).ok).toBe(true);
  expect(verify(signEd25519Token({ ...ed, kid: 'envelope-0' }, PAYLOAD))).toEqual({ ok: false, failure: { code: 'TOKEN_KEY_UNKNOWN' } });
  expect(verify(signEd25519Token({ ...ed, kid: otherEd.kid }, PAYLOAD))).toEqual({ ok: false, failure: { code: 'TOKEN_SIGNATURE' } });
});

const good = signEd25519Token(ed, PAYLOAD);
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.');
const spareBits = (segment: string) =>
  segment.slice(0, -1) + (segment.endsWith('A') ? 'B' : String.fromCodePoint((segment.codePointAt(segment.length - 1) ?? 0) + 1));

test.each([
  ['another key signed', signEd25519Token(otherEd, PAYLOAD), 'TOKEN_SIGNATURE'],
  ['the payload was replaced', `${goodHeader}.${segmentOf('{"callback_guid":"8"}')}.${goodSignature}`, 'TOKEN_SIGNATURE'],
  ['the header was replaced', `${segmentOf('{"alg":"EdDSA","kid":"x"}')}.${goodPayload}.${goodSignature}`, 'TOKEN_SIGNATURE'],
  ['the algorithm is none', `${segmentOf('{"alg":"none","kid":"x"}')}.${goodPayload}.${goodSignature}`, 'TOKEN_FORM'],
  [
    'the header has critical extensions',
    `${segmentOf('{"alg":"EdDSA","kid":"x","crit":["b64"]}')}.${goodPayload}.${goodSignature}`,
    'TOKEN_FORM',
  ],
  ['the signature is spelt in another way', `${goodHeader}.${goodPayload}.${spareBits(goodSignature)}`, 'TOKEN_FORM'],
  ['the signature is missing', `${goodHeader}.${goodPayload}.`, 'TOKEN_FORM'],
  ['there is a fourth segment', `${good}.${goodSignature}`, 'TOKEN_FORM'],
  ['the header is not JSON', `abc.${goodPayload}.${goodSignature}`, 'TOKEN_FORM'],
  ['it is empty', '', 'TOKEN_FORM'],
])('an Ed25519 token is refused when %s', (_why, token, code) => {
  expect(createEd25519Verifier(ed.publicJwk)(token)).toEqual({ ok: false, failure: { code } });
});

test('a signed payload that is not JSON is refused', () => {
  expect(createEd25519Verifier(ed.publicJwk)(signEd25519Token(ed, 'not json'))).toEqual({ ok: false, failure: { code: 'TOKEN_FORM' } });
});

function pair(kid: string, keys: ReturnType<typeof generateKeyPairSync>): { kid: string; privateJwk: JsonWebKey; publicJwk: JsonWebKey } {
  return { kid, privateJwk: keys.privateKey.export({ format: 'jwk' }), publicJwk: keys.publicKey.export({ format: 'jwk' }) };
}

function segmentOf(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function textOf(segment: string): string {
  return Buffer.from(segment, 'base64url').toString('utf8');
}

import { decodeBase64url, encodeBase64url } from '../base64.ts';
import { decodeUtf8 } from '../strict-json.ts';
import { utf8 } from '../web-crypto.ts';
import { forgedToken, hmac, signatureBesideItsModulus, signatureWithZeroInFront } from './raw-signature.ts';
import { rawBytes, type RawPart, rawSegments, rawToken, segment, signedSegments, withStrayBits } from './raw-token.ts';
import { jsonCases } from './token-json-cases.ts';
import type { TokenCase, TokenVector } from './token-vector.ts';
import { vectorJwk } from './vector-keys.ts';

export const CLAIMS = { iat: 1_795_340_000, jti: '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e' };
const HEADER = { alg: 'RS256', kid: 'bank-a-sign-1', typ: 'JWT' };

/** Compact tokens of every kind of wrong, and the few kinds of right. */
export async function tokenVectors(): Promise<TokenVector[]> {
  const cases = [...(await segmentCases()), ...(await spellingCases()), ...headerCases(), ...jsonCases(), ...(await signatureCases())];
  return Promise.all(
    cases.map(async ([name, making, expect]) => {
      const token = await making;
      return { name, token, expect, ...(expect === 'OK' ? { payload: payloadText(token) } : {}) };
    }),
  );
}

function payloadText(token: string): string {
  return decodeUtf8(Uint8Array.from(bytesIn(token.split('.')[1] ?? ''))) ?? '';
}

const withHeader = (header: RawPart) => rawToken({ header, payload: CLAIMS });

/** Three segments, neither more nor less, and nothing around them. */
async function segmentCases(): Promise<TokenCase[]> {
  const good = await rawToken({ payload: CLAIMS });
  const [header = '', payload = '', signature = ''] = good.split('.');
  return [
    ['a token in its canonical form', good, 'OK'],
    ['a payload without members', rawToken({ payload: {} }), 'OK'],
    ['two segments', `${header}.${payload}`, 'TOKEN_MALFORMED'],
    ['four segments', `${good}.${signature}`, 'TOKEN_MALFORMED'],
    ['five segments, as an encrypted token has', `${good}.${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['a dot at the end', `${good}.`, 'TOKEN_MALFORMED'],
    ['an empty header', `.${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['an empty payload segment', `${header}..${signature}`, 'TOKEN_MALFORMED'],
    ['an empty signature', `${header}.${payload}.`, 'TOKEN_MALFORMED'],
    ['nothing but dots', '..', 'TOKEN_MALFORMED'],
    ['an empty text', '', 'TOKEN_MALFORMED'],
    ['a Bearer prefix', `Bearer ${good}`, 'TOKEN_MALFORMED'],
    ['quotation marks around it', `"${good}"`, 'TOKEN_MALFORMED'],
    ['two tokens with a comma, as of two headers', `${good}, ${good}`, 'TOKEN_MALFORMED'],
    ['the JSON serialization of a JWS', JSON.stringify({ protected: header, payload, signature }), 'TOKEN_MALFORMED'],
    ['a space in front', ` ${good}`, 'TOKEN_MALFORMED'],
    ['a space at the end', `${good} `, 'TOKEN_MALFORMED'],
    ['a line feed at the end', `${good}\n`, 'TOKEN_MALFORMED'],
    ['a line feed inside', `${header}.\n${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['a tab inside a segment', `${header}.${payload.slice(0, 8)}\t${payload.slice(8)}.${signature}`, 'TOKEN_MALFORMED'],
    ['a zero-width space inside a segment', `${header}.${payload.slice(0, 8)}\u200b${payload.slice(8)}.${signature}`, 'TOKEN_MALFORMED'],
    ['a percent-encoded dot', `${header}%2E${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['a token of 65,537 characters', `${header}.${'A'.repeat(65_535 - header.length - signature.length)}.${signature}`, 'BODY_TOO_LARGE'],
  ];
}

/** One spelling per byte string. The signatures of the padded, strayed and spaced segments are right over the wrong spelling. */
async function spellingCases(): Promise<TokenCase[]> {
  const [header = '', payload = ''] = rawSegments({ payload: CLAIMS }).split('.');
  const signature = (await signedSegments('bank', `${header}.${payload}`)).split('.')[2] ?? '';
  const [oddHeader, oddPayload] = [withBitsToSpare({ alg: 'RS256', kid: HEADER.kid }), withBitsToSpare(CLAIMS)];
  const signed = (segments: string) => signedSegments('bank', segments);
  return [
    ['a padded signature', `${header}.${payload}.${signature}==`, 'TOKEN_MALFORMED'],
    ['a padded header, signed as it is', signed(`${padded(oddHeader)}.${payload}`), 'TOKEN_MALFORMED'],
    ['a padded payload, signed as it is', signed(`${header}.${padded(oddPayload)}`), 'TOKEN_MALFORMED'],
    ['stray bits after the last byte of the header, signed as it is', signed(`${strayed(oddHeader)}.${payload}`), 'TOKEN_MALFORMED'],
    ['stray bits after the last byte of the payload, signed as it is', signed(`${header}.${strayed(oddPayload)}`), 'TOKEN_MALFORMED'],
    ['stray bits after the last byte of the signature', `${header}.${payload}.${strayed(signature)}`, 'TOKEN_MALFORMED'],
    ['a line feed in the payload, signed as it is', signed(`${header}.${payload.slice(0, 64)}\n${payload.slice(64)}`), 'TOKEN_MALFORMED'],
    ['a segment with one symbol too many, signed as it is', signed(`${header}.${segment({ a: 123 })}A`), 'TOKEN_MALFORMED'],
    [
      'the standard base64 alphabet, signed as it is',
      signed(`${header}.${segment('{"a":"~~~???"}').replaceAll('-', '+').replaceAll('_', '/')}`),
      'TOKEN_MALFORMED',
    ],
    ['the url alphabet where it differs', signed(`${header}.${segment('{"a":"~~~???"}')}`), 'OK'],
  ];
}

/** A segment of these members and one more whose length leaves bits in the last symbol. */
function withBitsToSpare(members: object): string {
  const lengths = [1, 2].map((length) => segment({ ...members, more: 'm'.repeat(length) }));
  return lengths.find((text) => text.length % 4 !== 0) ?? '';
}

function padded(text: string): string {
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

function strayed(text: string): string {
  const other = withStrayBits(text);
  if (other === undefined) throw new Error('this segment of a vector has no bits to spare');
  return other;
}

/** The header: one algorithm, a key that is named and never brought along, no extension. */
function headerCases(): TokenCase[] {
  const { kty, n, e } = vectorJwk('bank');
  const none = `${segment({ ...HEADER, alg: 'none' })}.${segment(CLAIMS)}`;
  return [
    ['a header without typ', withHeader({ alg: 'RS256', kid: HEADER.kid }), 'OK'],
    ['typ in lower case', withHeader({ ...HEADER, typ: 'jwt' }), 'OK'],
    ['unknown members in header and payload', rawToken({ header: { ...HEADER, type: 'JWT' }, payload: { ...CLAIMS, more: [1] } }), 'OK'],
    ['white space in the JSON of the header', withHeader(`{ "alg" : "RS256",\n "kid" : "${HEADER.kid}" }`), 'OK'],
    ['escaped characters in the header', withHeader(`{"\\u0061lg":"RS\\u003256","kid":"${HEADER.kid}"}`), 'OK'],
    ['a header that is an array', withHeader('["RS256"]'), 'TOKEN_MALFORMED'],
    ['a header that is null', withHeader('null'), 'TOKEN_MALFORMED'],
    ['another typ', withHeader({ ...HEADER, typ: 'at+jwt' }), 'TOKEN_HEADER_FORBIDDEN'],
    ['a typ that is a list', withHeader({ ...HEADER, typ: ['JWT'] }), 'TOKEN_HEADER_FORBIDDEN'],

    ['algorithm none without signature', `${none}.`, 'TOKEN_MALFORMED'],
    ['algorithm none under a signature', withHeader({ ...HEADER, alg: 'none' }), 'TOKEN_ALGORITHM'],
    ['algorithm None', withHeader({ ...HEADER, alg: 'None' }), 'TOKEN_ALGORITHM'],
    ['algorithm HS256, keyed with the public key of the bank', hs256(), 'TOKEN_ALGORITHM'],
    ['algorithm RS512', withHeader({ ...HEADER, alg: 'RS512' }), 'TOKEN_ALGORITHM'],
    ['algorithm PS256', withHeader({ ...HEADER, alg: 'PS256' }), 'TOKEN_ALGORITHM'],
    ['algorithm in lower case', withHeader({ ...HEADER, alg: 'rs256' }), 'TOKEN_ALGORITHM'],
    ['algorithm with a space', withHeader({ ...HEADER, alg: 'RS256 ' }), 'TOKEN_ALGORITHM'],
    ['a list of algorithms', withHeader({ ...HEADER, alg: ['RS256'] }), 'TOKEN_ALGORITHM'],
    ['no algorithm', withHeader({ kid: HEADER.kid }), 'TOKEN_ALGORITHM'],
    ['ALG in capitals beside no alg', withHeader({ ALG: 'RS256', kid: HEADER.kid }), 'TOKEN_ALGORITHM'],

    ['no kid', withHeader({ alg: 'RS256' }), 'TOKEN_KEY_UNKNOWN'],
    ['an empty kid', withHeader({ alg: 'RS256', kid: '' }), 'TOKEN_KEY_UNKNOWN'],
    ['a kid that is a number', withHeader({ alg: 'RS256', kid: 1 }), 'TOKEN_KEY_UNKNOWN'],
    ['a kid of 129 characters', withHeader({ alg: 'RS256', kid: 'k'.repeat(129) }), 'TOKEN_KEY_UNKNOWN'],
    ['a kid in another case', withHeader({ ...HEADER, kid: 'BANK-A-SIGN-1' }), 'TOKEN_KEY_UNKNOWN'],
    ['a kid of nobody', withHeader({ ...HEADER, kid: 'bank-a-sign-2' }), 'TOKEN_KEY_UNKNOWN'],
    ['the kid of the key for encryption', withHeader({ ...HEADER, kid: 'bank-b-encrypt-1' }), 'TOKEN_KEY_PURPOSE'],

    ['the header jku', withHeader({ ...HEADER, jku: 'https://a.example/jwks' }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header x5u', withHeader({ ...HEADER, x5u: 'https://a.example/cert' }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header x5c', withHeader({ ...HEADER, x5c: [] }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header jwk', withHeader({ ...HEADER, jwk: { kty, n, e } }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header jwk, escaped', withHeader(`{"alg":"RS256","kid":"${HEADER.kid}","\\u006awk":{}}`), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header b64 true', withHeader({ ...HEADER, b64: true }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header b64 false, named as critical', withHeader({ ...HEADER, b64: false, crit: ['b64'] }), 'TOKEN_HEADER_FORBIDDEN'],
    ['a critical extension', withHeader({ ...HEADER, crit: ['exp'], exp: 1 }), 'TOKEN_CRITICAL'],
    ['an empty list of critical extensions', withHeader({ ...HEADER, crit: [] }), 'TOKEN_CRITICAL'],
    ['crit null', withHeader({ ...HEADER, crit: null }), 'TOKEN_CRITICAL'],
    ['a header longer than 4096 bytes', withHeader({ ...HEADER, more: 'p'.repeat(4096) }), 'BODY_TOO_LARGE'],
    ['a header that is not UTF-8', withHeader(rawBytes('{"alg":"RS256","kid":"', 0xff, '"}')), 'TOKEN_MALFORMED'],
  ];
}

async function hs256(): Promise<string> {
  const segments = rawSegments({ header: { ...HEADER, alg: 'HS256' }, payload: CLAIMS });
  return `${segments}.${encodeBase64url(await hmac(utf8(segments)))}`;
}

/** One signature per token: exactly RSASSA-PKCS1-v1_5 with SHA-256, over these bytes, by this key. */
async function signatureCases(): Promise<TokenCase[]> {
  const good = await rawToken({ payload: CLAIMS });
  const [header = '', payload = '', signature = ''] = good.split('.');
  const besideModulus = await signatureBesideItsModulus();
  const zeroInFront = await signatureWithZeroInFront();
  return [
    ['an altered payload', `${header}.${segment({ ...CLAIMS, iat: CLAIMS.iat + 1 })}.${signature}`, 'TOKEN_SIGNATURE'],
    ['the same payload in other bytes', `${header}.${segment(`${JSON.stringify(CLAIMS)} `)}.${signature}`, 'TOKEN_SIGNATURE'],
    ['an altered header', `${segment({ ...HEADER, more: 1 })}.${payload}.${signature}`, 'TOKEN_SIGNATURE'],
    ['header and payload exchanged', `${payload}.${header}.${signature}`, 'TOKEN_ALGORITHM'],
    ['a cut signature', `${header}.${payload}.${signature.slice(0, 340)}`, 'TOKEN_SIGNATURE'],
    ['a signature of one byte', `${header}.${payload}.AA`, 'TOKEN_SIGNATURE'],
    ['a signature with a zero byte behind', `${header}.${payload}.${segment(rawBytes(...bytesIn(signature), 0))}`, 'TOKEN_SIGNATURE'],
    ['a signature with a zero byte in front', `${header}.${payload}.${segment(rawBytes(0, ...bytesIn(signature)))}`, 'TOKEN_SIGNATURE'],
    ["the bank's kid under the merchant's signature", rawToken({ signer: 'merchant', header: HEADER, payload: CLAIMS }), 'TOKEN_SIGNATURE'],
    ['a signature that is its own modulus away from the next', besideModulus.right, 'OK'],
    ['the same plus the modulus: an equal number to a careless verifier', besideModulus.shifted, 'TOKEN_SIGNATURE'],
    ['a signature that begins with a zero byte', zeroInFront.right, 'OK'],
    ['the same without its zero byte', zeroInFront.short, 'TOKEN_SIGNATURE'],
    ['PSS padding', forgedToken(CLAIMS, 'PSS padding'), 'TOKEN_SIGNATURE'],
    ['SHA-512 under RS256', forgedToken(CLAIMS, 'SHA-512'), 'TOKEN_SIGNATURE'],
    ['an HMAC with the public key under RS256', forgedToken(CLAIMS, 'HMAC with the public key'), 'TOKEN_SIGNATURE'],
    ['a hash without NULL parameters', forgedToken(CLAIMS, 'no NULL parameters'), 'TOKEN_SIGNATURE'],
    ['bytes after the hash', forgedToken(CLAIMS, 'bytes after the hash'), 'TOKEN_SIGNATURE'],
    ['a padding of zeros', forgedToken(CLAIMS, 'padding of zeros'), 'TOKEN_SIGNATURE'],
  ];
}

function bytesIn(text: string): number[] {
  return [...(decodeBase64url(text) ?? [])];
}

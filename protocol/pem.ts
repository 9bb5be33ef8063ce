import { fail, ok, type Result } from '../kernel/core/result.ts';
import { decodeBase64, decodeBase64url, encodeBase64, encodeBase64url } from './base64.ts';
import type { Bytes, RsaPublicJwk } from './web-crypto.ts';

/** Length of the longest PEM that is read, in characters. A public key of 4096 bits takes 800. */
export const PEM_LENGTH_MAX = 8_192;

/** PEM_PRIVATE: it holds a private half, which whoever sends it has just given away. PEM_TYPE: a public key, but not an RSA one. */
export type PemFailure = { readonly code: 'PEM_MALFORMED' | 'PEM_PRIVATE' | 'PEM_TYPE' };

const BLOCK = /^\s*-----BEGIN ([A-Z ]+)-----\s([A-Za-z0-9+/=\s]*)-----END \1-----\s*$/;
const LINE_LENGTH = 64;

/** DER (X.690): the tags of what a public key is made of. */
const TAG = { integer: 0x02, bitString: 0x03, null: 0x05, objectId: 0x06, sequence: 0x30 } as const;
/** rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017). */
const RSA_ENCRYPTION = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/**
 * Reads the numbers of a public RSA key from a PEM (RFC 7468) of one block: SubjectPublicKeyInfo (`PUBLIC KEY`) or PKCS #1
 * (`RSA PUBLIC KEY`). Nothing but that one key may be in it: a certificate says more than the hub would check.
 */
export function readPublicPem(text: string): Result<RsaPublicJwk, PemFailure> {
  if (text.includes('PRIVATE KEY-----')) return fail({ code: 'PEM_PRIVATE' });
  if (text.length > PEM_LENGTH_MAX) return fail({ code: 'PEM_MALFORMED' });
  const [, label, base64 = ''] = BLOCK.exec(text) ?? [];
  const der = decodeBase64(base64.replaceAll(/\s/g, ''));
  if (label === undefined || !der) return fail({ code: 'PEM_MALFORMED' });
  if (label === 'RSA PUBLIC KEY') return readNumbers(der);
  return label === 'PUBLIC KEY' ? readKeyInfo(der) : fail({ code: 'PEM_TYPE' });
}

/** The PEM of a public RSA key, as `openssl pkey -pubin` reads it. Throws for a JWK that is not base64url. */
export function writePublicPem({ n, e }: RsaPublicJwk): string {
  const integers = [n, e].map((number) => element(TAG.integer, unsigned(bytesOf(number))));
  const algorithm = element(TAG.sequence, [...element(TAG.objectId, RSA_ENCRYPTION), ...element(TAG.null, [])]);
  const key = element(TAG.bitString, [0, ...element(TAG.sequence, integers.flat())]);
  const base64 = encodeBase64(Uint8Array.from(element(TAG.sequence, [...algorithm, ...key])));
  const lines = base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
}

function readKeyInfo(der: Bytes): Result<RsaPublicJwk, PemFailure> {
  const [algorithm, key] = inside(der, [TAG.sequence, TAG.bitString]) ?? [];
  if (!algorithm || !key) return fail({ code: 'PEM_MALFORMED' });
  const [objectId, parameters, ...more] = elements(algorithm) ?? [];
  if (objectId?.tag !== TAG.objectId) return fail({ code: 'PEM_MALFORMED' });
  if (!isSame(objectId.content, RSA_ENCRYPTION)) return fail({ code: 'PEM_TYPE' });
  // RFC 3279: the parameters are there, and NULL.
  const isPlain = parameters?.tag === TAG.null && parameters.content.length === 0 && more.length === 0;
  if (!isPlain) return fail({ code: 'PEM_MALFORMED' });
  // The first byte of a bit string counts the bits that are over, which a key has none of.
  return key[0] === 0 ? readNumbers(key.subarray(1)) : fail({ code: 'PEM_MALFORMED' });
}

function readNumbers(der: Bytes): Result<RsaPublicJwk, PemFailure> {
  const [n, e] = inside(der, [TAG.integer, TAG.integer]) ?? [];
  const [modulus, exponent] = [n && positive(n), e && positive(e)];
  if (!modulus || !exponent) return fail({ code: 'PEM_MALFORMED' });
  return ok({ kty: 'RSA', n: encodeBase64url(modulus), e: encodeBase64url(exponent) });
}

interface Element {
  readonly tag: number;
  readonly content: Bytes;
}

/** What is inside the one sequence that `der` is, if it has exactly these tags. */
function inside(der: Bytes, tags: readonly number[]): readonly Bytes[] | undefined {
  const [outer, ...more] = elements(der) ?? [];
  if (outer?.tag !== TAG.sequence || more.length > 0) return undefined;
  const found = elements(outer.content);
  const fits = found?.length === tags.length && found.every(({ tag }, at) => tag === tags[at]);
  return fits ? found.map(({ content }) => content) : undefined;
}

/** The elements that follow one another to the last byte; undefined where a length is wrong or not in its one spelling. */
function elements(der: Bytes): readonly Element[] | undefined {
  const found: Element[] = [];
  for (let at = 0; at < der.length;) {
    const [tag = 0, first = 0] = [der[at], der[at + 1]];
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (first === 0x80 || lengthBytes > 2) return undefined;
    const start = at + 2 + lengthBytes;
    const length = lengthBytes === 0 ? first : der.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    const isShortest = lengthBytes === 0 || length >= (lengthBytes === 1 ? 0x80 : 0x100);
    if (!isShortest || start + length > der.length) return undefined;
    found.push({ tag, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

/** The bytes of a positive integer without the zero that keeps it positive; undefined for another number or a longer spelling. */
function positive(content: Bytes): Bytes | undefined {
  const [first, second = 0] = content;
  if (first === undefined || first >= 0x80) return undefined;
  if (first > 0) return content;
  return second >= 0x80 ? content.subarray(1) : undefined;
}

function unsigned(bytes: Bytes): readonly number[] {
  return (bytes[0] ?? 0) >= 0x80 ? [0, ...bytes] : [...bytes];
}

function element(tag: number, content: readonly number[]): number[] {
  const { length } = content;
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return [tag, ...lengthBytes, ...content];
}

function bytesOf(base64url: string): Bytes {
  const bytes = decodeBase64url(base64url);
  if (!bytes) throw new Error('a number of a JWK is not base64url');
  return bytes;
}

function isSame(a: Uint8Array, b: readonly number[]): boolean {
  return a.length === b.length && b.every((byte, at) => byte === a[at]);
}

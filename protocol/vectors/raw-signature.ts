import { decodeBase64url, encodeBase64url } from '../base64.ts';
import { sha256 } from '../digest.ts';
import { importSigningKey } from '../rsa-key.ts';
import { type Bytes, utf8 } from '../web-crypto.ts';
import { rawSegments } from './raw-token.ts';
import { vectorJwk } from './vector-keys.ts';

// Signatures that a careless verifier takes for RS256, made by hand from the published key of the bank (RFC 8017, section 8.2).

const SIGNATURE_BYTES = 256;
/** What stands before the SHA-256 in the padded message: the DER of its DigestInfo, with the NULL parameters that RFC 8017 asks for. */
const DIGEST_INFO = [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
const DIGEST_INFO_WITHOUT_NULL = [0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20];

/** Why a signature is not an RS256 signature of its segments. */
export type Forgery =
  'no NULL parameters' | 'bytes after the hash' | 'padding of zeros' | 'PSS padding' | 'SHA-512' | 'HMAC with the public key';

/** A token of the bank with a signature of another making, in its place. */
export async function forgedToken(claims: object, forgery: Forgery): Promise<string> {
  const segments = rawSegments({ payload: claims });
  return `${segments}.${encodeBase64url(await forgedSignature(utf8(segments), forgery))}`;
}

async function forgedSignature(input: Bytes, forgery: Forgery): Promise<Bytes> {
  const hash = [...(await sha256(input))];
  switch (forgery) {
    case 'no NULL parameters':
      return rsa(padded(0xff, [...DIGEST_INFO_WITHOUT_NULL, ...hash]));
    case 'bytes after the hash':
      return rsa(padded(0xff, [...DIGEST_INFO, ...hash, ...Array<number>(SIGNATURE_BYTES - 62).fill(0x5a)]));
    case 'padding of zeros':
      return rsa(padded(0x00, [...DIGEST_INFO, ...hash]));
    case 'PSS padding':
      return signedWith({ name: 'RSA-PSS', saltLength: 0 }, { name: 'RSA-PSS', hash: 'SHA-256' }, input);
    case 'SHA-512':
      return signedWith({ name: 'RSASSA-PKCS1-v1_5' }, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, input);
    case 'HMAC with the public key':
      return hmac(input);
    default:
      return forgery satisfies never;
  }
}

/** HS256 with what a verifier may hold as "the key" of a participant: the text of its public JWK. */
export async function hmac(input: Bytes): Promise<Bytes> {
  const { kty, n, e, kid } = vectorJwk('bank');
  const secret = utf8(JSON.stringify({ kty, n, e, kid, alg: 'RS256', use: 'sig' }));
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, input));
}

/**
 * A true token whose signature, read as a number, leaves room for one more modulus: signature + modulus has 256 bytes too, and gives the
 * same number modulo n. RFC 8017 refuses it, because a signature must be smaller than the modulus.
 */
export async function signatureBesideItsModulus(): Promise<{ readonly right: string; readonly shifted: string }> {
  const modulus = numberOf(decodeBase64url(vectorJwk('bank').n) ?? new Uint8Array());
  return firstToken(async (segments, signature) => {
    const shifted = numberOf(signature) + modulus;
    if (shifted >= 1n << BigInt(SIGNATURE_BYTES * 8)) return undefined;
    return { right: `${segments}.${encodeBase64url(signature)}`, shifted: `${segments}.${encodeBase64url(bytesOfNumber(shifted))}` };
  });
}

/** A true token whose signature begins with a zero byte, and the same without that byte: equal numbers, and only one signature. */
export async function signatureWithZeroInFront(): Promise<{ readonly right: string; readonly short: string }> {
  return firstToken(async (segments, signature) =>
    signature[0] === 0
      ? { right: `${segments}.${encodeBase64url(signature)}`, short: `${segments}.${encodeBase64url(signature.slice(1))}` }
      : undefined,
  );
}

const TRIES_MAX = 10_000;

/** The first of the tokens with jti `token-1`, `token-2` … from which something can be made. */
async function firstToken<T>(make: (segments: string, signature: Bytes) => Promise<T | undefined>): Promise<T> {
  const key = await importSigningKey(vectorJwk('bank'));
  for (let number = 1; number <= TRIES_MAX; number++) {
    const segments = rawSegments({ payload: { iat: 1_795_340_000, jti: `token-${number}` } });
    const made = await make(segments, new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, utf8(segments))));
    if (made !== undefined) return made;
  }
  throw new Error(`no token among ${TRIES_MAX} has the signature that was asked for`);
}

async function signedWith(
  algorithm: { name: string; saltLength?: number },
  imported: { name: string; hash: string },
  input: Bytes,
): Promise<Bytes> {
  const { kty, n, e, d, p, q, dp, dq, qi } = vectorJwk('bank');
  const key = await crypto.subtle.importKey('jwk', { kty, n, e, d, p, q, dp, dq, qi }, imported, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign(algorithm, key, input));
}

/** `00 01 filler… 00 info`, as long as the modulus. */
function padded(filler: number, info: readonly number[]): number[] {
  return [0, 1, ...Array<number>(SIGNATURE_BYTES - 3 - info.length).fill(filler), 0, ...info];
}

/** The private operation of RSA on a message that may be padded in any way. */
function rsa(message: readonly number[]): Bytes {
  const { n, d } = vectorJwk('bank');
  const [modulus, exponent] = [n, d].map((text) => numberOf(decodeBase64url(text) ?? new Uint8Array()));
  if (modulus === undefined || exponent === undefined) throw new Error('the key of the vectors cannot be read');
  let result = 1n;
  let base = numberOf(Uint8Array.from(message)) % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return bytesOfNumber(result);
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
}

function bytesOfNumber(number: bigint): Bytes {
  const hex = number.toString(16).padStart(SIGNATURE_BYTES * 2, '0');
  return Uint8Array.from({ length: SIGNATURE_BYTES }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));
}

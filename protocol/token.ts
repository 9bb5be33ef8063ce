import { fail, ok, type Result } from '../kernel/core/result.ts';
import { SIGNATURE_ALGORITHMS, signatureAlgorithmNamed, type SignatureAlgorithmName } from '../kernel/core/signature-algorithm.ts';
import { decodeBase64url, encodeBase64url } from './base64.ts';
import type { TokenFailure } from './errors.ts';
import { decodeUtf8, isJsonObject, JSON_LIMITS, type JsonLimits, type JsonObject, readStrictJson, type StrictJson } from './strict-json.ts';
import { type Bytes, utf8, type WebCryptoKey } from './web-crypto.ts';

/** Length of the longest compact token that is read, in characters. */
export const TOKEN_LENGTH_MAX = 65_536;
export const KID_LENGTH_MAX = 128;
/** Size of the largest token header, decoded. Bytes. */
export const TOKEN_HEADER_BYTES_MAX = 4096;

const HEADER_LIMITS: JsonLimits = { sizeMax: TOKEN_HEADER_BYTES_MAX, depthMax: JSON_LIMITS.depthMax };

/** Header members that let a token bring its own key, or change what its bytes mean. */
const FORBIDDEN_HEADER_MEMBERS = ['jku', 'x5u', 'jwk', 'x5c', 'b64'] as const;

export interface TokenHeader {
  readonly alg: SignatureAlgorithmName;
  readonly kid: string;
  readonly typ?: string;
}

/** A compact JWS (RFC 7515) whose form is right. Nothing in it is to be believed before its signature was verified. */
export interface ReadToken {
  readonly text: string;
  readonly header: TokenHeader;
  readonly payload: StrictJson;
  /** `payload.value`, which is always an object. */
  readonly claims: JsonObject;
  readonly payloadText: string;
  readonly signingInput: string;
  readonly signature: Bytes;
}

/**
 * Reads a compact JWS strictly: exactly three canonical base64url segments, strict JSON in header and payload, an algorithm of
 * SIGNATURE_ALGORITHMS, no critical extension, no member that brings a key. Unknown header members and claims are allowed and kept.
 */
export function readToken(text: string): Result<ReadToken, TokenFailure> {
  if (text.length > TOKEN_LENGTH_MAX) return fail({ code: 'BODY_TOO_LARGE' });
  const headerEnd = text.indexOf('.');
  const payloadEnd = text.indexOf('.', headerEnd + 1);
  // A third dot is outside the alphabet of the signature's base64url and fails there.
  if (headerEnd < 1 || payloadEnd <= headerEnd + 1 || payloadEnd === text.length - 1) return fail({ code: 'TOKEN_MALFORMED' });
  const headerBytes = decodeBase64url(text.slice(0, headerEnd));
  const payloadBytes = decodeBase64url(text.slice(headerEnd + 1, payloadEnd));
  const signature = decodeBase64url(text.slice(payloadEnd + 1));
  if (!headerBytes || !payloadBytes || !signature) return fail({ code: 'TOKEN_MALFORMED' });

  const header = readHeader(headerBytes);
  if (!header.ok) return header;
  const payloadText = decodeUtf8(payloadBytes);
  if (payloadText === undefined) return fail({ code: 'BODY_NOT_JSON' });
  const payload = readStrictJson(payloadText);
  if (!payload.ok) return payload;
  const claims = payload.value.value;
  if (!isJsonObject(claims)) return fail({ code: 'TOKEN_MALFORMED' });
  return ok({
    text,
    header: header.value,
    payload: payload.value,
    claims,
    payloadText,
    signingInput: text.slice(0, payloadEnd),
    signature,
  });
}

/**
 * Finds the token of a request that may carry it in its body or in its address. The body counts where it holds one, because addresses
 * are kept in logs on the way; a client that uses the address may still send a body without a token, such as `{}`.
 */
export function readRequestToken(body: Uint8Array | string, inAddress: string | null): Result<ReadToken, TokenFailure> {
  const inBody = readBodyToken(body);
  return !inBody.ok && inBody.failure.code === 'TOKEN_MISSING' && inAddress ? readToken(inAddress) : inBody;
}

/**
 * Finds the token in the raw body of a request or callback: `{"jwt": "..."}`, or the token alone as plain text without any white
 * space. Other members beside `jwt` are allowed.
 */
export function readBodyToken(body: Uint8Array | string): Result<ReadToken, TokenFailure> {
  if (body.length === 0) return fail({ code: 'TOKEN_MISSING' });
  const first = typeof body === 'string' ? body.charCodeAt(0) : body[0];
  if (first === COMPACT_TOKEN_START) return readToken(typeof body === 'string' ? body : new TextDecoder().decode(body));
  const json = readStrictJson(body);
  if (!json.ok) return json;
  const jwt = isJsonObject(json.value.value) ? json.value.value['jwt'] : undefined;
  return typeof jwt === 'string' ? readToken(jwt) : fail({ code: 'TOKEN_MISSING' });
}

/** `e`: base64url of an object's `{"`. */
const COMPACT_TOKEN_START = 0x65;

function readHeader(bytes: Uint8Array): Result<TokenHeader, TokenFailure> {
  const json = readStrictJson(bytes, HEADER_LIMITS);
  if (!json.ok) return json.failure.code === 'BODY_NOT_JSON' ? fail({ code: 'TOKEN_MALFORMED' }) : json;
  const header = json.value.value;
  if (!isJsonObject(header)) return fail({ code: 'TOKEN_MALFORMED' });
  if (FORBIDDEN_HEADER_MEMBERS.some((name) => Object.hasOwn(header, name))) return fail({ code: 'TOKEN_HEADER_FORBIDDEN' });
  if (Object.hasOwn(header, 'crit')) return fail({ code: 'TOKEN_CRITICAL' });
  const alg = signatureAlgorithmNamed(header['alg']);
  if (alg === undefined) return fail({ code: 'TOKEN_ALGORITHM' });
  const kid = header['kid'];
  if (typeof kid !== 'string' || kid === '' || kid.length > KID_LENGTH_MAX) return fail({ code: 'TOKEN_KEY_UNKNOWN' });
  const typ = header['typ'];
  if (typ === undefined) return ok({ alg, kid });
  if (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT') return fail({ code: 'TOKEN_HEADER_FORBIDDEN' });
  return ok({ alg, kid, typ });
}

/** True when the token was signed with the private half of this key, in the algorithm that is the key's own. */
export async function verifyTokenSignature(token: ReadToken, key: WebCryptoKey): Promise<boolean> {
  const { webCrypto } = SIGNATURE_ALGORITHMS[token.header.alg];
  if (key.algorithm.name !== webCrypto.name) return false;
  return crypto.subtle.verify(webCrypto, key, token.signature, utf8(token.signingInput));
}

/** Signs a compact JWS in RS256. A string payload is signed as it is, so that a payload made once stays byte-equal. */
export async function signToken(o: {
  readonly kid: string;
  readonly key: WebCryptoKey;
  readonly payload: object | string;
}): Promise<string> {
  const header = encodeBase64url(utf8(JSON.stringify({ alg: 'RS256', kid: o.kid, typ: 'JWT' })));
  const payload = encodeBase64url(utf8(typeof o.payload === 'string' ? o.payload : JSON.stringify(o.payload)));
  const signature = await crypto.subtle.sign(SIGNATURE_ALGORITHMS.RS256.webCrypto, o.key, utf8(`${header}.${payload}`));
  return `${header}.${payload}.${encodeBase64url(new Uint8Array(signature))}`;
}

export { generateKeyPair, importSigningKey, importVerificationKey } from './rsa-key.ts';

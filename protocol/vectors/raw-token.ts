import { encodeBase64url } from '../base64.ts';
import { type Bytes, utf8 } from '../web-crypto.ts';
import { vectorJwk, vectorSigningKey, type VectorSigner } from './vector-keys.ts';

/** The parts of a token that need not be right: a text, an object or bytes each. */
export interface RawToken {
  readonly signer?: VectorSigner;
  readonly header?: RawPart;
  readonly payload?: RawPart;
}
export type RawPart = string | Uint8Array | Readonly<Record<string, unknown>> | object;

/** Signs whatever is asked for, however wrong: for vectors and tests. RS256 is deterministic, so equal input gives equal tokens. */
export function rawToken(raw: RawToken): Promise<string> {
  return signedSegments(raw.signer ?? 'bank', rawSegments(raw));
}

/** The first two segments of a token, as they are signed. */
export function rawSegments(raw: RawToken): string {
  const header = segment(raw.header ?? { alg: 'RS256', kid: vectorJwk(raw.signer ?? 'bank').kid, typ: 'JWT' });
  return `${header}.${segment(raw.payload ?? {})}`;
}

/** Signs two segments as they stand, canonical or not: a signature that is right over a spelling that is wrong. */
export async function signedSegments(signer: VectorSigner, segments: string): Promise<string> {
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', await vectorSigningKey(signer), utf8(segments));
  return `${segments}.${encodeBase64url(new Uint8Array(signature))}`;
}

export function segment(content: RawPart): string {
  return encodeBase64url(bytesOf(content));
}

export function bytesOf(content: RawPart): Bytes {
  if (content instanceof Uint8Array) return Uint8Array.from(content);
  return utf8(typeof content === 'string' ? content : JSON.stringify(content));
}

/** Bytes from texts and single bytes in a row: what no text can hold. */
export function rawBytes(...parts: readonly (string | number)[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...utf8(part)])));
}

/** The same bytes in another spelling: the last symbol of a segment with bits to spare, moved by one. Undefined where there are none. */
export function withStrayBits(text: string): string | undefined {
  if (text.length % 4 === 0) return undefined;
  const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + symbols.charAt(symbols.indexOf(text.slice(-1)) + 1);
}

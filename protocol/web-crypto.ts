/** A WebCrypto key. Derived from the platform's own `crypto`, so that the same code type-checks in Node, workerd and browsers. */
export type WebCryptoKey = Parameters<typeof crypto.subtle.verify>[1];

/** Bytes that WebCrypto takes without a copy. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The public half of an RSA key, as every JWK of the protocol is published (RFC 7517). Unknown members are allowed. */
export interface RsaPublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

/** The private half, with the primes that fast signing needs. It never leaves its owner. */
export interface RsaPrivateJwk extends RsaPublicJwk {
  readonly d: string;
  readonly p: string;
  readonly q: string;
  readonly dp: string;
  readonly dq: string;
  readonly qi: string;
}

/** It keeps nothing between two texts. One for all, because in workerd making one costs more than using it. */
const UTF8_ENCODER = new TextEncoder();

/** UTF-8, for hashing and signing. The text must have no unpaired surrogates, which every text read by this protocol guarantees. */
export function utf8(text: string): Bytes {
  return UTF8_ENCODER.encode(text) as Bytes; // TextEncoder always allocates a plain ArrayBuffer.
}

import { SIGNATURE_ALGORITHMS, signatureAlgorithmOf } from '../kernel/core/signature-algorithm.ts';
import { encodeBase64url } from './base64.ts';
import { sha256 } from './digest.ts';
import { type RsaPrivateJwk, type RsaPublicJwk, utf8, type WebCryptoKey } from './web-crypto.ts';

const SIGNATURE = SIGNATURE_ALGORITHMS.RS256.webCrypto;

/** Length of a new key, in bits, when nobody says otherwise: what the guide's samples use and RFC 7518 asks at least. */
const MODULUS_BITS = 2048;

// Participants use one RSA key pair for signatures and for encryption (guide 2.3), and print `alg` and `use` of the first. So only the
// numbers of a JWK are imported; what a key may be used for is said by its entry in the directory.

/** Imports a key for the one algorithm that it is for. Throws for a key of no algorithm that the hub believes. */
export function importVerificationKey(jwk: { readonly kty: string }): Promise<WebCryptoKey> {
  const name = signatureAlgorithmOf(jwk);
  if (name === undefined) throw new Error(`no signature algorithm takes keys of type ${jwk.kty}`);
  const { publicMembers, webCrypto } = SIGNATURE_ALGORITHMS[name];
  const taken = new Set<string>(['kty', 'crv', ...publicMembers]);
  const numbers = { ...Object.fromEntries(Object.entries(jwk).filter(([member]) => taken.has(member))), kty: jwk.kty };
  return crypto.subtle.importKey('jwk', numbers, webCrypto, true, ['verify']);
}

export function importSigningKey(jwk: RsaPrivateJwk): Promise<WebCryptoKey> {
  return crypto.subtle.importKey('jwk', privateNumbers(jwk), SIGNATURE, false, ['sign']);
}

export interface GeneratedKeyPair {
  readonly kid: string;
  readonly publicJwk: RsaPublicJwk & { readonly kid: string; readonly alg: string; readonly use: 'sig' | 'enc' };
  readonly privateJwk: RsaPrivateJwk & { readonly kid: string; readonly alg: string; readonly use: 'sig' | 'enc' };
}

/** Makes an RSA pair for a participant. The `kid` is the JWK thumbprint (RFC 7638), unless one is given. */
export async function generateKeyPair(
  use: 'sign' | 'encrypt',
  o: { readonly kid?: string; readonly bits?: number } = {},
): Promise<GeneratedKeyPair> {
  const modulusLength = o.bits ?? MODULUS_BITS;
  const publicExponent = new Uint8Array([1, 0, 1]);
  const pair = await crypto.subtle.generateKey({ ...SIGNATURE, modulusLength, publicExponent }, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('WebCrypto made a single key where an RSA pair was asked for'); // The types of workerd allow it.
  const numbers = privateNumbers((await crypto.subtle.exportKey('jwk', pair.privateKey)) as RsaPrivateJwk); // An RSA key was asked for.
  const id = o.kid ?? (await jwkThumbprint(numbers));
  const labels =
    use === 'sign' ? ({ kid: id, alg: 'RS256', use: 'sig' } as const) : ({ kid: id, alg: 'RSA-OAEP-256', use: 'enc' } as const);
  return { kid: id, publicJwk: { ...publicNumbers(numbers), ...labels }, privateJwk: { ...numbers, ...labels } };
}

/** RFC 7638: SHA-256 over the required members in alphabetical order, base64url. */
export async function jwkThumbprint(jwk: RsaPublicJwk): Promise<string> {
  return encodeBase64url(await sha256(utf8(JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n }))));
}

/** The numbers of a public key alone, without what its JWK says of its use. */
export function publicNumbers({ kty, n, e }: RsaPublicJwk): { kty: 'RSA'; n: string; e: string } {
  return { kty, n, e };
}

/** The numbers of a private key alone. */
export function privateNumbers({ kty, n, e, d, p, q, dp, dq, qi }: RsaPrivateJwk): RsaPrivateJwk {
  return { kty, n, e, d, p, q, dp, dq, qi };
}

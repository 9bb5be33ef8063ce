import { importDecryptionKey, importEncryptionKey } from '../field-encryption.ts';
import { importSigningKey, importVerificationKey } from '../rsa-key.ts';
import type { RsaPrivateJwk, WebCryptoKey } from '../web-crypto.ts';
import keys from './keys.json' with { type: 'json' };

/** The participants of the vectors and how each uses its key. */
export type VectorSigner = 'bank' | 'merchant' | 'hub' | 'edge';

/** The published private key of one participant of the vectors. */
export function vectorJwk(owner: VectorSigner | 'receiver'): RsaPrivateJwk & { readonly kid: string } {
  return { ...keys[owner], kty: 'RSA' };
}

export function vectorSigningKey(owner: VectorSigner): Promise<WebCryptoKey> {
  return importSigningKey(vectorJwk(owner));
}

export function vectorVerificationKey(owner: VectorSigner): Promise<WebCryptoKey> {
  return importVerificationKey(vectorJwk(owner));
}

export async function receiverKeys(): Promise<{ readonly encrypt: WebCryptoKey; readonly decrypt: WebCryptoKey }> {
  const jwk = vectorJwk('receiver');
  return { encrypt: await importEncryptionKey(jwk), decrypt: await importDecryptionKey(jwk) };
}

import { z } from 'zod';

import { publicRsaJwkSchema, type ParticipantKey } from './participant-key.ts';
import { importVerificationKey } from './rsa-key.ts';
import type { WebCryptoKey } from './web-crypto.ts';

/** Where anyone reads the hub's public keys. */
export const JWK_SET_PATH = '/api/v1/.well-known/jwks.json';

/** Kids of the edge begin with this: its keys sign receipts and 202 answers, and never a callback. */
export const EDGE_KID_PREFIX = 'edge-';

/** A public key as the guide prints it in order JSON, callbacks and key sets. */
export const wirePublicKeySchema = z.looseObject({
  alg: z.string(),
  e: z.string(),
  n: z.string(),
  kid: z.string().min(1),
  kty: z.literal('RSA'),
  use: z.string(),
});
export type WirePublicKey = {
  readonly alg: string;
  readonly e: string;
  readonly n: string;
  readonly kid: string;
  readonly kty: 'RSA';
  readonly use: string;
};

/** `GET /api/v1/.well-known/jwks.json`: the keys that verify what the hub sends (RFC 7517). */
export const jwkSetSchema = z.looseObject({ keys: z.array(publicRsaJwkSchema.and(z.object({ kid: z.string().min(1) }))) });
export type JwkSet = z.infer<typeof jwkSetSchema>;

/** The public part of a key in the guide's form. A key that says nothing else is `RS256` for `sig`, as the guide has keys made. */
export function wirePublicKey(key: Pick<ParticipantKey, 'kid' | 'jwk'>): WirePublicKey {
  const { alg, e, n, kty, use } = key.jwk;
  return { alg: typeof alg === 'string' ? alg : 'RS256', e, n, kid: key.kid, kty, use: typeof use === 'string' ? use : 'sig' };
}

/** The verification keys of a key set by kid, imported once. Keys for encryption are left out. */
export async function importJwkSet(set: JwkSet): Promise<ReadonlyMap<string, WebCryptoKey>> {
  const signing = set.keys.filter((jwk) => jwk['use'] !== 'enc');
  return new Map(await Promise.all(signing.map(async (jwk) => [jwk.kid, await importVerificationKey(jwk)] as const)));
}

import { readFile } from 'node:fs/promises';

import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

const JWKS_MS_MAX = 3_000;
/** How soon an unknown `kid` may cause another look at the issuer's key set. Milliseconds. */
const JWKS_COOLDOWN_MS = 30_000;

/** The keys of the issuer of operations tokens: fetched when first needed and when a new `kid` appears, or read once from a file. */
export async function operationsKeys(url: URL): Promise<JWTVerifyGetKey> {
  if (url.protocol !== 'file:') return createRemoteJWKSet(url, { timeoutDuration: JWKS_MS_MAX, cooldownDuration: JWKS_COOLDOWN_MS });
  return createLocalJWKSet(JSON.parse(await readFile(url, 'utf8')) as JSONWebKeySet); // createLocalJWKSet checks the shape.
}

import { type ParticipantKey, publicRsaJwkSchema, selectVerificationKey } from '../participant-key.ts';
import { importVerificationKey } from '../rsa-key.ts';
import { readToken, verifyTokenSignature } from '../token.ts';

const FOR_EVER = { validFrom: '2020-01-01T00:00:00Z', validUntil: null, revokedFrom: null };
const AT = new Date('2026-11-22T10:00:00Z');

/** What becomes of a compact token, as far as it can be said without a request: its code, and its payload where it is believed. */
export async function readVectorToken(
  jwks: readonly { readonly kid: string; readonly use: string }[],
  text: string,
): Promise<{ readonly code: string; readonly payload?: string }> {
  const token = readToken(text);
  if (!token.ok) return token.failure;
  const key = selectVerificationKey(jwks.map(directoryKey), token.value.header.kid, AT);
  if (!key.ok) return key.failure;
  if (!(await verifyTokenSignature(token.value, await importVerificationKey(key.value.jwk)))) return { code: 'TOKEN_SIGNATURE' };
  return { code: 'OK', payload: token.value.payloadText };
}

function directoryKey(jwk: { readonly kid: string; readonly use: string }): ParticipantKey {
  const purpose = jwk.use === 'enc' ? 'ENCRYPT' : 'SIGN';
  return { kid: jwk.kid, jwk: publicRsaJwkSchema.parse(jwk), purpose, encryptionProfiles: [], ...FOR_EVER };
}

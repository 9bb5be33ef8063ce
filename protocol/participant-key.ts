import { z } from 'zod';

import { fail, ok, type Result } from '../kernel/core/result.ts';
import { decodeBase64url } from './base64.ts';
import type { TokenFailure } from './errors.ts';
import { KID_LENGTH_MAX } from './token.ts';

export const ENCRYPTION_PROFILES = ['dcm-1', 'dcm-2'] as const;
export type EncryptionProfile = (typeof ENCRYPTION_PROFILES)[number];

/** Size of the RSA modulus of a participant's key, in bits. */
const MODULUS_BITS_MIN = 2048;
const MODULUS_BITS_MAX = 4096;

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** A public RSA key of 2048 to 4096 bits, fit for RS256 (and, where its purpose says so, for wrapping keys). Never a private one. */
export const publicRsaJwkSchema = z
  .looseObject({ kty: z.literal('RSA'), n: z.string(), e: z.string() })
  .refine((jwk) => !PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name)), { error: 'the JWK holds private members' })
  .refine((jwk) => isModulus(jwk.n), { error: `n must be ${MODULUS_BITS_MIN} to ${MODULUS_BITS_MAX} bits, base64url`, path: ['n'] })
  .refine((jwk) => isExponent(jwk.e), { error: 'e must be an odd number from 65537 to 2^32, base64url', path: ['e'] });

/** A key of a participant, as the directory publishes it. Instants are ISO 8601. */
export const participantKeySchema = z.object({
  kid: z.string().min(1).max(KID_LENGTH_MAX),
  jwk: publicRsaJwkSchema,
  purpose: z.enum(['SIGN', 'ENCRYPT', 'BOTH']),
  encryptionProfiles: z.array(z.enum(ENCRYPTION_PROFILES)),
  validFrom: z.iso.datetime(),
  validUntil: z.iso.datetime().nullable(),
  /** Messages received at or after this instant are refused, also those already waiting. */
  revokedFrom: z.iso.datetime().nullable(),
});
export type ParticipantKey = z.infer<typeof participantKeySchema>;

/**
 * The key that a token's `kid` names among one participant's own keys, if it may verify at this instant.
 * Fails with TOKEN_KEY_UNKNOWN, TOKEN_KEY_PURPOSE (the key is for encryption) or TOKEN_KEY_RETIRED (not yet valid, past, or revoked).
 */
export function selectVerificationKey(keys: readonly ParticipantKey[], kid: string, at: Date): Result<ParticipantKey, TokenFailure> {
  const key = keys.find((candidate) => candidate.kid === kid);
  if (key === undefined) return fail({ code: 'TOKEN_KEY_UNKNOWN' });
  if (key.purpose === 'ENCRYPT' || key.jwk['use'] === 'enc') return fail({ code: 'TOKEN_KEY_PURPOSE' });
  return isInUse(key, at) ? ok(key) : fail({ code: 'TOKEN_KEY_RETIRED' });
}

/** The key that senders encrypt fields with at this instant: the newest in use that was registered for it. Undefined when none is. */
export function selectEncryptionKey(keys: readonly ParticipantKey[], at: Date): ParticipantKey | undefined {
  return keys
    .filter((key) => key.purpose !== 'SIGN' && isInUse(key, at))
    .reduce<ParticipantKey | undefined>((best, key) => (best && instant(best.validFrom) >= instant(key.validFrom) ? best : key), undefined);
}

function isInUse(key: ParticipantKey, at: Date): boolean {
  const now = at.getTime();
  if (now < instant(key.validFrom)) return false;
  if (key.validUntil !== null && now >= instant(key.validUntil)) return false;
  return key.revokedFrom === null || now < instant(key.revokedFrom);
}

function instant(iso: string): number {
  return new Date(iso).getTime();
}

function isModulus(text: string): boolean {
  const bytes = decodeBase64url(text);
  const first = bytes?.[0];
  const last = bytes?.at(-1);
  if (!bytes || !first || last === undefined) return false;
  const bits = bytes.length * 8 - (Math.clz32(first) - 24);
  return bits >= MODULUS_BITS_MIN && bits <= MODULUS_BITS_MAX && last % 2 === 1;
}

function isExponent(text: string): boolean {
  const bytes = decodeBase64url(text);
  if (!bytes || bytes.length > 4) return false;
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return value >= 65_537 && value % 2 === 1;
}

import type { Instant } from '../../../kernel/core/time.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import { ENCRYPTION_PROFILES, type EncryptionProfile, type KeyFailureCode, type ParticipantKey } from '../domain/participant-key.ts';
import { readPublicJwk, type JwkFailureCode, type KeyPurpose } from '../domain/public-jwk.ts';

/** A public key as a participant hands it over. */
export interface KeyInput {
  /** A JWK (RFC 7517), not looked at yet. */
  readonly jwk: unknown;
  readonly purpose: KeyPurpose;
  /** Null means `dcm-1`, the guide's own form. Without meaning for a key that only signs. */
  readonly encryptionProfiles: readonly string[] | null;
  /** Null: from now on. */
  readonly validFrom: Instant | null;
  /** Null: until it is retired. */
  readonly validUntil: Instant | null;
}

export type KeyInputFailure = FieldFailure<JwkFailureCode | KeyFailureCode>;

/** Reads one key. `path` is where the key is in the input. */
export function readKey(
  input: KeyInput,
  participantId: string,
  now: Instant,
  path: readonly string[],
): { readonly key: ParticipantKey } | { readonly failure: KeyInputFailure } {
  const jwk = readPublicJwk(input.jwk, input.purpose);
  if (!jwk.ok) return { failure: failureAt(jwk.failure.code, ...path, 'jwk') };
  const profiles = readProfiles(input);
  if (!profiles) return { failure: failureAt('KEY_PROFILE_UNKNOWN', ...path, 'encryptionProfiles') };
  const key: ParticipantKey = {
    kid: jwk.value.kid,
    participantId,
    jwk: jwk.value,
    purpose: input.purpose,
    encryptionProfiles: profiles,
    validFrom: input.validFrom ?? now,
    validUntil: input.validUntil,
    revokedFrom: null,
  };
  return { key };
}

function readProfiles(input: KeyInput): readonly EncryptionProfile[] | null {
  if (input.purpose === 'SIGN') return [];
  const given = new Set(input.encryptionProfiles ?? ['dcm-1']);
  const known = ENCRYPTION_PROFILES.filter((profile) => given.has(profile));
  return known.length === given.size && known.length > 0 ? known : null;
}

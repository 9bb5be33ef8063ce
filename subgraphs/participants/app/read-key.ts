import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import { readPublicPem } from '../../../protocol/pem.ts';
import { jwkThumbprint } from '../../../protocol/rsa-key.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import {
  ENCRYPTION_PROFILES,
  type EncryptionProfile,
  type KeyFailureCode,
  type KeyOrigin,
  type ParticipantKey,
} from '../domain/participant-key.ts';
import { readPublicJwk, type JwkFailureCode, type KeyFormFailureCode, type KeyPurpose } from '../domain/public-jwk.ts';

/**
 * A public key as a participant hands it over: as a JWK or as a PEM, one of them. What is not given is absent, so that a request is the
 * same as the one that an earlier version of the hub remembers.
 */
export interface KeyInput {
  /** A JWK (RFC 7517), not looked at yet. */
  readonly jwk?: unknown;
  readonly pem?: string;
  /** For a key that names no kid itself. A PEM without one has its thumbprint (RFC 7638). */
  readonly kid?: string;
  readonly purpose: KeyPurpose;
  /** Null means `dcm-1`, the guide's own form. Without meaning for a key that only signs. */
  readonly encryptionProfiles: readonly string[] | null;
  /** Null: from now on. */
  readonly validFrom: Instant | null;
  /** Null: until it is retired. */
  readonly validUntil: Instant | null;
}

export type KeyInputFailure = FieldFailure<JwkFailureCode | KeyFailureCode | KeyFormFailureCode>;

export interface KeyPlace {
  readonly participantId: string;
  readonly origin: KeyOrigin;
  readonly now: Instant;
  /** Where the key is in the input. */
  readonly path: readonly string[];
}

/** Reads one key. */
export async function readKey(
  input: KeyInput,
  { participantId, origin, now, path }: KeyPlace,
): Promise<Result<ParticipantKey, KeyInputFailure>> {
  const given = await givenJwk(input);
  if (!given.ok) return fail(failureAt(given.failure.code, ...path, ...given.failure.path));
  const jwk = readPublicJwk(given.value, input.purpose);
  if (!jwk.ok) return fail(failureAt(jwk.failure.code, ...path, input.pem === undefined ? 'jwk' : 'pem'));
  const profiles = readProfiles(input);
  if (!profiles) return fail(failureAt('KEY_PROFILE_UNKNOWN', ...path, 'encryptionProfiles'));
  return ok({
    kid: jwk.value.kid,
    participantId,
    jwk: jwk.value,
    purpose: input.purpose,
    encryptionProfiles: profiles,
    validFrom: input.validFrom ?? now,
    validUntil: input.validUntil,
    revokedFrom: null,
    origin,
    vanishedAt: null,
  });
}

/** The key as a JWK with the kid that it is to have. What is in it is not looked at. */
async function givenJwk({ jwk, pem, kid }: KeyInput): Promise<Result<unknown, KeyInputFailure>> {
  if ((jwk === undefined) === (pem === undefined)) return fail(failureAt('KEY_FORM'));
  if (pem !== undefined) {
    const numbers = readPublicPem(pem);
    if (!numbers.ok) return fail(failureAt(PEM_CODES[numbers.failure.code], 'pem'));
    return ok({ ...numbers.value, kid: kid ?? (await jwkThumbprint(numbers.value)) });
  }
  if (kid === undefined || typeof jwk !== 'object' || jwk === null) return ok(jwk);
  const ownKid = 'kid' in jwk ? jwk.kid : undefined;
  return ownKid === undefined || ownKid === kid ? ok({ ...jwk, kid }) : fail(failureAt('KEY_KID_INVALID', 'kid'));
}

const PEM_CODES = { PEM_MALFORMED: 'KEY_PEM_INVALID', PEM_PRIVATE: 'KEY_PRIVATE', PEM_TYPE: 'KEY_TYPE' } as const;

function readProfiles(input: KeyInput): readonly EncryptionProfile[] | null {
  if (input.purpose === 'SIGN') return [];
  const given = new Set(input.encryptionProfiles ?? ['dcm-1']);
  const known = ENCRYPTION_PROFILES.filter((profile) => given.has(profile));
  return known.length === given.size && known.length > 0 ? known : null;
}

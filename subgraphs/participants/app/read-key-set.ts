import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { isJsonObject, readStrictJson, type JsonObject, type JsonValue } from '../../../protocol/strict-json.ts';
import { KEYS_IN_SET_MAX, type KeySourceFailureCode } from '../domain/key-source.ts';
import { isKid, KID_LENGTH_MAX, type KeyPurpose } from '../domain/public-jwk.ts';
import type { KeyUse } from '../domain/terms.ts';
import type { KeySetAnswer } from './ports.ts';
import type { KeyInput } from './read-key.ts';

/** A member of a key set: what it asks to be registered as. */
export interface KeySetMember {
  /** As the set spells it, shortened where it is no kid; null where there is none. */
  readonly kid: string | null;
  readonly input: KeyInput;
}

/** The members of a JWK set (RFC 7517 section 5), each still to be read. A set with a member twice, or nested too deep, is none. */
export function readKeySet(answer: KeySetAnswer, keyUse: KeyUse): Result<readonly KeySetMember[], KeySourceFailureCode> {
  if (answer.kind === 'failed') return fail(CALL_CODES[answer.reason]);
  if (answer.status !== 200) return fail('KEY_SET_STATUS');
  const json = readStrictJson(answer.body);
  const keys = json.ok && isJsonObject(json.value.value) ? json.value.value['keys'] : undefined;
  if (!Array.isArray(keys)) return fail('KEY_SET_MALFORMED');
  if (keys.length > KEYS_IN_SET_MAX) return fail('KEY_SET_TOO_MANY_KEYS');
  const members = keys.filter(isJsonObject);
  if (members.length !== keys.length) return fail('KEY_SET_MALFORMED');
  const hasEncryptionKey = members.some((jwk) => jwk['use'] === 'enc');
  return ok(members.map((jwk) => memberOf(jwk, keyUse, hasEncryptionKey)));
}

const CALL_CODES = {
  ADDRESS_REFUSED: 'KEY_SET_ADDRESS_REFUSED',
  TIMEOUT: 'KEY_SET_TIMEOUT',
  CONNECTION: 'KEY_SET_CONNECTION',
  TOO_LARGE: 'KEY_SET_TOO_LARGE',
} as const satisfies Record<Extract<KeySetAnswer, { kind: 'failed' }>['reason'], KeySourceFailureCode>;

function memberOf(jwk: JsonObject, keyUse: KeyUse, hasEncryptionKey: boolean): KeySetMember {
  const { kid, encryption_profiles: profiles } = jwk;
  const spelled = typeof kid === 'string' ? kid : null;
  return {
    kid: spelled === null || isKid(spelled) ? spelled : spelled.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, KID_LENGTH_MAX),
    input: {
      jwk,
      purpose: purposeOf(jwk, keyUse, hasEncryptionKey),
      encryptionProfiles: profilesIn(profiles),
      validFrom: null,
      validUntil: null,
    },
  };
}

/** Null where the set says nothing. What is no list of texts is a list that names nothing known. */
function profilesIn(value: JsonValue | undefined): readonly string[] | null {
  if (value === undefined) return null;
  return Array.isArray(value) && value.every((profile) => typeof profile === 'string') ? value : [];
}

/** What a key is for is what it says; who is in the compatibility mode and marks no key for encryption has one key for both ends. */
function purposeOf(jwk: JsonObject, keyUse: KeyUse, hasEncryptionKey: boolean): KeyPurpose {
  if (jwk['use'] === 'enc') return 'ENCRYPT';
  return keyUse === 'SHARED' && !hasEncryptionKey ? 'BOTH' : 'SIGN';
}

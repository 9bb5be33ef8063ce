import type { Decider } from '../../../kernel/core/decider.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import type { KeyPurpose, PublicJwk } from './public-jwk.ts';
import type { KeyUse } from './terms.ts';

export const KEY_STATES = ['ANNOUNCED', 'ACTIVE', 'RETIRED', 'REVOKED'] as const;
export type KeyState = (typeof KEY_STATES)[number];

export const ENCRYPTION_PROFILES = ['dcm-1', 'dcm-2'] as const;
export type EncryptionProfile = (typeof ENCRYPTION_PROFILES)[number];

/** Keys of one participant that are not over yet: enough for a signing and an encryption key, each being rotated, and some room. */
export const LIVE_KEYS_MAX = 8;

/** REGISTERED: operations handed it in and end it. KEY_SET: the participant's own key set names it, or did. */
export const KEY_ORIGINS = ['REGISTERED', 'KEY_SET'] as const;
export type KeyOrigin = (typeof KEY_ORIGINS)[number];

/**
 * How long a key is used after it left its participant's key set: longer than a signed message is under way, and long enough to put
 * back what left by mistake. A key that is in wrong hands is not left out but revoked. Milliseconds.
 */
export const VANISHED_OVERLAP_MS = 3_600_000;

/** A registered public key. */
export interface ParticipantKey {
  readonly kid: string;
  readonly participantId: string;
  readonly jwk: PublicJwk;
  readonly purpose: KeyPurpose;
  readonly encryptionProfiles: readonly EncryptionProfile[];
  readonly validFrom: Instant;
  /** First instant at which the key is no longer used. Null: until it is retired. */
  readonly validUntil: Instant | null;
  /** Messages received at or after this instant are refused, also those that were already waiting. */
  readonly revokedFrom: Instant | null;
  readonly origin: KeyOrigin;
  /** Since when its participant's key set leaves it out, if that is why it ends. */
  readonly vanishedAt: Instant | null;
}

/** Nothing moves a key back. ANNOUNCED to ACTIVE to RETIRED is the passing of time; REVOKED is a decision, possible at any time. */
export const TRANSITIONS = {
  ANNOUNCED: ['ACTIVE', 'REVOKED'],
  ACTIVE: ['RETIRED', 'REVOKED'],
  RETIRED: ['REVOKED'],
  REVOKED: [],
} as const satisfies Record<KeyState, readonly KeyState[]>;

/** What a key is at an instant. A revocation hides everything else from its instant on. */
export function keyStateAt(key: ParticipantKey, now: Instant): KeyState {
  if (key.revokedFrom !== null && now >= key.revokedFrom) return 'REVOKED';
  if (now < key.validFrom) return 'ANNOUNCED';
  if (key.validUntil !== null && now >= key.validUntil) return 'RETIRED';
  return 'ACTIVE';
}

/** True while a key may be used or will be: it counts for limits, and it binds its participant's terms. */
export function isLiveAt(key: ParticipantKey, now: Instant): boolean {
  return LIVE_STATES.has(keyStateAt(key, now));
}

const LIVE_STATES: ReadonlySet<KeyState> = new Set(['ANNOUNCED', 'ACTIVE']);

export type KeyCommand =
  | { readonly type: 'ADD'; readonly key: ParticipantKey; readonly circumstances: KeyCircumstances; readonly now: Instant }
  | { readonly type: 'RETIRE'; readonly validUntil: Instant; readonly now: Instant }
  | { readonly type: 'REVOKE'; readonly revokedFrom: Instant; readonly now: Instant }
  /** The participant's key set names the key, for the first time or as before. */
  | { readonly type: 'FIND'; readonly encryptionProfiles: readonly EncryptionProfile[]; readonly now: Instant }
  /** The participant's key set leaves the key out. */
  | { readonly type: 'MISS'; readonly now: Instant };

/** What a new key meets: who has its `kid`, who has its numbers, and how many keys of its participant are announced or active. */
export interface KeyCircumstances {
  readonly kidOwner: string | null;
  /** The hub's own kids and everything that could be taken for one. */
  readonly kidReserved: boolean;
  readonly liveKeys: number;
  readonly keyUse: KeyUse;
  /** A live key of the same participant, for the other end, has the same numbers under another kid. */
  readonly usedForOtherEnd: boolean;
  /** A key with the same numbers was revoked, whoever had it and under whatever kid. */
  readonly revokedBefore: boolean;
}

export type KeyEvent =
  | { readonly type: 'KeyAdded'; readonly key: ParticipantKey }
  | { readonly type: 'KeyRetired'; readonly validUntil: Instant }
  | { readonly type: 'KeyRevoked'; readonly revokedFrom: Instant }
  | { readonly type: 'KeyFollowed'; readonly encryptionProfiles: readonly EncryptionProfile[] }
  | { readonly type: 'KeyVanished'; readonly vanishedAt: Instant; readonly validUntil: Instant }
  | { readonly type: 'KeyReappeared' };

export const KEY_FAILURE_CODES = [
  'KEY_NOT_FOUND',
  'KEY_KID_TAKEN',
  'KEY_KID_RESERVED',
  'KEY_VALIDITY_INVALID',
  'KEY_LIMIT',
  'KEY_SHARED',
  'KEY_COMPROMISED',
  'KEY_PROFILE_UNKNOWN',
  'KEY_ALREADY_RETIRED',
  'KEY_ALREADY_REVOKED',
  'RETIREMENT_IN_PAST',
  'RETIREMENT_BEFORE_START',
  'REVOCATION_IN_FUTURE',
] as const;
export type KeyFailureCode = (typeof KEY_FAILURE_CODES)[number];
export interface KeyFailure {
  readonly code: KeyFailureCode;
}

/** The life of one key; null is a key that was never registered. */
export const participantKey: Decider<ParticipantKey | null, KeyCommand, KeyEvent, KeyFailure> = {
  initial: null,
  decide(key, command) {
    if (command.type === 'ADD') return decideAdd(key, command);
    if (key === null) return fail({ code: 'KEY_NOT_FOUND' });
    switch (command.type) {
      case 'RETIRE':
        return decideRetire(key, command.validUntil, command.now);
      case 'REVOKE':
        return decideRevoke(key, command.revokedFrom, command.now);
      case 'FIND':
        return decideFind(key, command.encryptionProfiles, command.now);
      case 'MISS':
        return ok(decideMiss(key, command.now));
      default:
        return command satisfies never;
    }
  },
  evolve(key, event) {
    switch (event.type) {
      case 'KeyAdded':
        return event.key;
      case 'KeyRetired':
        return key && { ...key, validUntil: event.validUntil, vanishedAt: null };
      case 'KeyRevoked':
        return key && { ...key, revokedFrom: event.revokedFrom };
      case 'KeyFollowed':
        return key && { ...key, origin: 'KEY_SET', encryptionProfiles: event.encryptionProfiles };
      case 'KeyVanished':
        return key && { ...key, validUntil: event.validUntil, vanishedAt: event.vanishedAt };
      case 'KeyReappeared':
        return key && { ...key, validUntil: null, vanishedAt: null };
      default:
        return event satisfies never;
    }
  },
};

function decideAdd(present: ParticipantKey | null, command: KeyCommand & { type: 'ADD' }): Result<readonly KeyEvent[], KeyFailure> {
  const { key, circumstances, now } = command;
  if (circumstances.kidReserved) return fail({ code: 'KEY_KID_RESERVED' });
  if (present !== null || circumstances.kidOwner !== null) return fail({ code: 'KEY_KID_TAKEN' });
  if (key.validUntil !== null && (key.validUntil <= key.validFrom || key.validUntil <= now)) {
    return fail({ code: 'KEY_VALIDITY_INVALID' });
  }
  if (circumstances.revokedBefore) return fail({ code: 'KEY_COMPROMISED' });
  if (circumstances.keyUse === 'SEPARATE' && (key.purpose === 'BOTH' || circumstances.usedForOtherEnd)) return fail({ code: 'KEY_SHARED' });
  if (circumstances.liveKeys >= LIVE_KEYS_MAX) return fail({ code: 'KEY_LIMIT' });
  return ok([{ type: 'KeyAdded', key }]);
}

/** The end may be moved in both directions while it has not come: that is how two keys overlap. A past end is history. */
function decideRetire(key: ParticipantKey, validUntil: Instant, now: Instant): Result<readonly KeyEvent[], KeyFailure> {
  if (key.revokedFrom !== null) return fail({ code: 'KEY_ALREADY_REVOKED' });
  if (key.validUntil?.getTime() === validUntil.getTime()) return ok([]);
  if (keyStateAt(key, now) === 'RETIRED') return fail({ code: 'KEY_ALREADY_RETIRED' });
  if (validUntil < now) return fail({ code: 'RETIREMENT_IN_PAST' });
  if (validUntil <= key.validFrom) return fail({ code: 'RETIREMENT_BEFORE_START' });
  return ok([{ type: 'KeyRetired', validUntil }]);
}

/** A revocation may reach back (the key was stolen yesterday) and later reach back further, but never forward or away. */
function decideRevoke(key: ParticipantKey, revokedFrom: Instant, now: Instant): Result<readonly KeyEvent[], KeyFailure> {
  if (key.revokedFrom?.getTime() === revokedFrom.getTime()) return ok([]);
  if (revokedFrom > now) return fail({ code: 'REVOCATION_IN_FUTURE' });
  if (key.revokedFrom !== null && revokedFrom > key.revokedFrom) return fail({ code: 'KEY_ALREADY_REVOKED' });
  return ok([{ type: 'KeyRevoked', revokedFrom }]);
}

/** A key that is over does not come back by being published again, and an end that operations set stays theirs. */
function decideFind(key: ParticipantKey, profiles: readonly EncryptionProfile[], now: Instant): Result<readonly KeyEvent[], KeyFailure> {
  if (key.revokedFrom !== null) return fail({ code: 'KEY_ALREADY_REVOKED' });
  if (!isLiveAt(key, now)) return fail({ code: 'KEY_ALREADY_RETIRED' });
  const events: KeyEvent[] = [];
  const isFollowed = key.origin === 'KEY_SET' && profiles.join() === key.encryptionProfiles.join();
  if (!isFollowed) events.push({ type: 'KeyFollowed', encryptionProfiles: profiles });
  if (key.vanishedAt !== null) events.push({ type: 'KeyReappeared' });
  return ok(events);
}

/** Only what the key set once named ends with it, and what ends already keeps its end. */
function decideMiss(key: ParticipantKey, now: Instant): readonly KeyEvent[] {
  if (key.origin !== 'KEY_SET' || key.validUntil !== null || !isLiveAt(key, now)) return [];
  return [{ type: 'KeyVanished', vanishedAt: now, validUntil: addMilliseconds(now, VANISHED_OVERLAP_MS) }];
}

import { failureAt, type FieldFailure } from './field-failure.ts';
import type { KeyPurpose } from './public-jwk.ts';

/** A token bucket for what a participant sends. Requests. */
export interface Limits {
  readonly perSecond: number;
  readonly burst: number;
  /** Over how many objects the edge spreads its requests. */
  readonly shards: number;
}

/** `required`: a header token that does not name its request is refused; else what a token names is enforced, and it need not. */
export const BOUND_TOKENS = ['when-present', 'required'] as const;
export type BoundTokens = (typeof BOUND_TOKENS)[number];

/** `bare`: the compatibility mode for participants who, as in the guide, sign no plain body and bind no token to it. */
export const PLAIN_BODIES = ['bound', 'bare'] as const;
export type PlainBodies = (typeof PLAIN_BODIES)[number];

/**
 * SEPARATE: a key signs or encrypts. SHARED is the compatibility mode for participants who, as in the guide's samples, use one RSA key
 * for both.
 */
export const KEY_USES = ['SEPARATE', 'SHARED'] as const;
export type KeyUse = (typeof KEY_USES)[number];

/** What operations agreed with a participant, beyond who it is. */
export interface Terms {
  readonly limits: Limits;
  readonly boundTokens: BoundTokens;
  readonly plainBodies: PlainBodies;
  readonly keyUse: KeyUse;
}

/** Those terms that somebody names; the others are as they were. */
export type TermsChange = {
  readonly limits: (Omit<Limits, 'shards'> & { readonly shards: number | null }) | null;
  readonly boundTokens: BoundTokens | null;
  /** Absent where it is not named, so that a request is the same as the one that an earlier version remembers. */
  readonly plainBodies?: PlainBodies;
  readonly keyUse: KeyUse | null;
};

export const NO_TERMS_CHANGE: TermsChange = { limits: null, boundTokens: null, keyUse: null };

/** Requests a second. More than one edge object can take. */
export const LIMIT_PER_SECOND_MAX = 100_000;
export const LIMIT_BURST_MAX = 1_000_000;
/** As many as the directory allows. */
export const LIMIT_SHARDS_MAX = 16;

export const TERMS_FAILURE_CODES = ['LIMIT_INVALID', 'KEYS_STILL_SHARED'] as const;
export type TermsFailure = FieldFailure<(typeof TERMS_FAILURE_CODES)[number]>;

/** The terms after a change. */
export function changedTerms(terms: Terms, change: TermsChange): Terms {
  return {
    limits: change.limits ? { ...change.limits, shards: change.limits.shards ?? terms.limits.shards } : terms.limits,
    boundTokens: change.boundTokens ?? terms.boundTokens,
    plainBodies: change.plainBodies ?? terms.plainBodies,
    keyUse: change.keyUse ?? terms.keyUse,
  };
}

/** What speaks against terms. `livePurposes` are those of the participant's keys that are announced or active. */
export function termsFailures(terms: Terms, livePurposes: readonly KeyPurpose[]): readonly TermsFailure[] {
  const failures: TermsFailure[] = [];
  const { perSecond, burst, shards } = terms.limits;
  if (!isWithin(perSecond, LIMIT_PER_SECOND_MAX)) failures.push(failureAt('LIMIT_INVALID', 'terms', 'limits', 'perSecond'));
  if (!isWithin(burst, LIMIT_BURST_MAX)) failures.push(failureAt('LIMIT_INVALID', 'terms', 'limits', 'burst'));
  if (!isWithin(shards, LIMIT_SHARDS_MAX)) failures.push(failureAt('LIMIT_INVALID', 'terms', 'limits', 'shards'));
  if (terms.keyUse === 'SEPARATE' && livePurposes.includes('BOTH')) failures.push(failureAt('KEYS_STILL_SHARED', 'terms', 'keyUse'));
  return failures;
}

/** Whoever registers with a key for both ends asks for the compatibility mode by that, unless it says otherwise. */
export function initialKeyUse(asked: KeyUse | null, purposes: readonly KeyPurpose[]): KeyUse {
  return asked ?? (purposes.includes('BOTH') ? 'SHARED' : 'SEPARATE');
}

export function sameTerms(a: Terms, b: Terms): boolean {
  return (
    a.limits.perSecond === b.limits.perSecond &&
    a.limits.burst === b.limits.burst &&
    a.limits.shards === b.limits.shards &&
    a.boundTokens === b.boundTokens &&
    a.plainBodies === b.plainBodies &&
    a.keyUse === b.keyUse
  );
}

function isWithin(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}

import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import type { KeyFailureCode } from './participant-key.ts';
import type { JwkFailureCode, KeyFormFailureCode } from './public-jwk.ts';

/** A key set that is there is read so often. Milliseconds. */
export const POLL_EVERY_MS = 5 * 60_000;
/** After a failure sooner, and then twice as long each time up to POLL_RETRY_MAX_MS. Milliseconds. */
export const POLL_RETRY_MS = 60_000;
export const POLL_RETRY_MAX_MS = 60 * 60_000;
/** After so many failures in a row nobody is asked any more, until operations give the address again. About a day. */
export const POLL_FAILURES_MAX = 30;
/** Of a set with more keys none is looked at. */
export const KEYS_IN_SET_MAX = 20;

/** Why a key set could not be read. Its keys stay as they are then: a web server that is away ends nobody's key. */
export const KEY_SOURCE_FAILURE_CODES = [
  'KEY_SET_ADDRESS_REFUSED',
  'KEY_SET_TIMEOUT',
  'KEY_SET_CONNECTION',
  'KEY_SET_TOO_LARGE',
  'KEY_SET_STATUS',
  'KEY_SET_MALFORMED',
  'KEY_SET_TOO_MANY_KEYS',
  'KEY_SET_WITHOUT_SIGNING_KEY',
] as const;
export type KeySourceFailureCode = (typeof KEY_SOURCE_FAILURE_CODES)[number];

/** KEY_CHANGED: a kid of the participant's own, with other numbers or for another end than before. */
export type UnusedKeyCode = JwkFailureCode | KeyFormFailureCode | KeyFailureCode | 'KEY_CHANGED';

/** A key of a set that was not taken, with the reason. */
export interface UnusedKey {
  /** As the set spells it, shortened where it is no kid; null where there is none. */
  readonly kid: string | null;
  readonly code: UnusedKeyCode;
}

/** Where a participant publishes its keys itself (`jwks_url`), and what came of asking there. */
export interface KeySource {
  readonly participantId: string;
  readonly url: string;
  /** How often it was asked. An answer counts for the asking that it belongs to, and for no later one. */
  readonly polls: number;
  /** When it is asked next; null when it is not asked any more. */
  readonly dueAt: Instant | null;
  readonly lastPolledAt: Instant | null;
  readonly lastReadAt: Instant | null;
  /** Of the last asking; null when it was read. */
  readonly lastFailure: KeySourceFailureCode | null;
  /** In a row. */
  readonly failures: number;
  /** Of the last set that was read. */
  readonly unusedKeys: readonly UnusedKey[];
}

/** NEW: not asked yet. FOLLOWED: read at the last asking. FAILING: not read, asked again. SUSPENDED: not asked any more. */
export const KEY_SOURCE_STATES = ['NEW', 'FOLLOWED', 'FAILING', 'SUSPENDED'] as const;
export type KeySourceState = (typeof KEY_SOURCE_STATES)[number];

export function keySourceState(source: KeySource): KeySourceState {
  if (source.dueAt === null) return 'SUSPENDED';
  if (source.lastFailure !== null) return 'FAILING';
  return source.lastReadAt === null ? 'NEW' : 'FOLLOWED';
}

/** A source that is asked at once, whatever came of it before. */
export function newKeySource(o: {
  readonly participantId: string;
  readonly url: string;
  readonly polls: number;
  readonly now: Instant;
}): KeySource {
  const { now, ...facts } = o;
  return { ...facts, dueAt: now, lastPolledAt: null, lastReadAt: null, lastFailure: null, failures: 0, unusedKeys: [] };
}

/** A source whose set was read at `now`. */
export function afterReading(source: KeySource, unusedKeys: readonly UnusedKey[], now: Instant): KeySource {
  const dueAt = addMilliseconds(now, POLL_EVERY_MS);
  return { ...source, dueAt, lastPolledAt: now, lastReadAt: now, lastFailure: null, failures: 0, unusedKeys };
}

/** A source whose set could not be read at `now`. */
export function afterFailure(source: KeySource, lastFailure: KeySourceFailureCode, now: Instant): KeySource {
  const failures = source.failures + 1;
  const waitMs = Math.min(POLL_RETRY_MS * 2 ** (failures - 1), POLL_RETRY_MAX_MS);
  const dueAt = failures >= POLL_FAILURES_MAX ? null : addMilliseconds(now, waitMs);
  return { ...source, dueAt, lastPolledAt: now, lastFailure, failures };
}

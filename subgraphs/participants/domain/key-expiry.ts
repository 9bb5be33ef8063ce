import type { Instant } from '../../../kernel/core/time.ts';
import { keyStateAt, type ParticipantKey } from './participant-key.ts';

/** Operations are warned so long before a key ends that nothing replaces. Milliseconds. */
export const EXPIRY_WARNING_MS = 30 * 24 * 3_600_000;

/** A key in use whose end is near. */
export interface ExpiringKey {
  readonly key: ParticipantKey;
  /** When it ends. */
  readonly validUntil: Instant;
  /** Another key of its participant is in use when it ends, for everything that it is for. */
  readonly isReplaced: boolean;
}

/** Those of one participant's keys that are in use at `now` and end before `until`, the first to end first. */
export function expiringKeys(keys: readonly ParticipantKey[], now: Instant, until: Instant): readonly ExpiringKey[] {
  return keys
    .flatMap((key) => {
      const { validUntil } = key;
      if (validUntil === null || validUntil >= until || keyStateAt(key, now) !== 'ACTIVE') return [];
      return [{ key, validUntil, isReplaced: ENDS[key.purpose].every((end) => isCovered(end, keys, validUntil)) }];
    })
    .toSorted((a, b) => a.validUntil.getTime() - b.validUntil.getTime());
}

const ENDS = { SIGN: ['SIGN'], ENCRYPT: ['ENCRYPT'], BOTH: ['SIGN', 'ENCRYPT'] } as const;

/** The key that ends then is no longer in use at that instant, so it never covers itself. */
function isCovered(end: 'SIGN' | 'ENCRYPT', keys: readonly ParticipantKey[], at: Instant): boolean {
  return keys.some(
    (key) => (key.purpose === end || key.purpose === 'BOTH') && key.revokedFrom === null && keyStateAt(key, at) === 'ACTIVE',
  );
}

import type { Instant } from '../../../kernel/core/time.ts';

/** Searches for one number within a day, whoever asks, so that nobody is asked for consent again and again. */
export const SEARCHES_PER_PHONE_AND_DAY = 3;
export const DAY_MS = 86_400_000;

/** What one payer's account may set off: so many searches at once, and one more after each wait. Milliseconds. */
export const SEARCH_BURST = 5;
export const SEARCH_REFILL_MS = 600_000;

export interface SearchBucket {
  readonly tokens: number;
  readonly filledAt: Instant;
}

/** The bucket after one search, or null when it is empty. A bucket that nobody has used is full. */
export function takeSearch(bucket: SearchBucket | null, now: Instant): SearchBucket | null {
  if (!bucket) return { tokens: SEARCH_BURST - 1, filledAt: now };
  const waits = Math.max(0, Math.trunc((now.getTime() - bucket.filledAt.getTime()) / SEARCH_REFILL_MS));
  const tokens = Math.min(SEARCH_BURST, bucket.tokens + waits);
  if (tokens < 1) return null;
  // What has begun of the next wait counts on, unless the bucket was full.
  const filledAt = tokens === SEARCH_BURST ? now : new Date(bucket.filledAt.getTime() + waits * SEARCH_REFILL_MS);
  return { tokens: tokens - 1, filledAt };
}

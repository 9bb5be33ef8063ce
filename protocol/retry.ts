/** Waits before the retries of a callback: the first send is followed by ten retries (guide, retry policy). Milliseconds. */
export const RETRY_WAITS_MS: readonly number[] = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000];

/** The first send and its ten retries. */
export const ATTEMPTS_MAX = RETRY_WAITS_MS.length + 1;

/** How long one try waits for the receiver's answer. Milliseconds. */
export const TRY_TIMEOUT_MS = 10_000;

/** The longest `Retry-After` that is obeyed. Milliseconds. */
export const RETRY_AFTER_MAX_MS = 60_000;

const UNCLEAR_CLIENT_ERRORS: readonly number[] = [408, 425, 429];

/**
 * What a receiver's HTTP status says about a callback; null stands for no answer at all.
 * 2xx accepts. 4xx refuses, except 408, 425 and 429, which say nothing about the message. The rest (3xx, 5xx, none) is unclear: the
 * receiver may or may not have acted.
 */
export function classifyAnswer(status: number | null): 'accepted' | 'refused' | 'unclear' {
  if (status === null) return 'unclear';
  if (status >= 200 && status <= 299) return 'accepted';
  if (status >= 400 && status <= 499 && !UNCLEAR_CLIENT_ERRORS.includes(status)) return 'refused';
  return 'unclear';
}

/**
 * Milliseconds to wait before attempt number `attempt` (1 is the first send, which waits for nothing; 2 is the first retry).
 * A `Retry-After` in seconds lengthens the wait, up to RETRY_AFTER_MAX_MS; it never shortens it. Undefined past ATTEMPTS_MAX.
 */
export function waitBefore(attempt: number, retryAfterSeconds?: number): number | undefined {
  if (attempt === 1) return 0;
  const wait = RETRY_WAITS_MS[attempt - 2];
  if (wait === undefined || retryAfterSeconds === undefined) return wait;
  return Math.max(wait, Math.min(retryAfterSeconds * 1000, RETRY_AFTER_MAX_MS));
}

import { classifyAnswer, waitBefore } from '../../protocol/retry.ts';
import { addMilliseconds, type Instant } from '../core/time.ts';
import type { CallbackState, LeasedCallback } from './callback.ts';

/** Where a try leaves its callback. `dueAt` is set for WAITING alone. */
export interface CallbackNext {
  readonly state: Exclude<CallbackState, 'RESOLVED'>;
  readonly dueAt: Instant | null;
  readonly refusalsInRow: number;
}

export interface TryAnswer {
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly retryAfterSeconds: number | undefined;
  readonly now: Instant;
}

const REFUSALS_BEFORE_REVIEW = 2;

/**
 * What follows from a try, after the guide's retry policy (first send and ten retries). 2xx delivers. A second refusal in a row ends it where a
 * person is to look; elsewhere a refusal is tried again like silence, unless it answers a question. A try that operations asked for is the only one.
 */
export function nextOfCallback(
  callback: Pick<LeasedCallback, 'attempt' | 'refusalsInRow' | 'whenUnheard' | 'lastTry'>,
  answer: TryAnswer,
): CallbackNext {
  const answered = classifyAnswer(answer.status);
  if (answered === 'accepted' || (answered === 'refused' && callback.whenUnheard === 'answer')) {
    return { state: 'DELIVERED', dueAt: null, refusalsInRow: 0 };
  }
  const refusalsInRow = answered === 'refused' ? callback.refusalsInRow + 1 : 0;
  const unheard = callback.whenUnheard === 'review' ? 'MANUAL_REVIEW' : 'FAILED';
  const refused = callback.whenUnheard === 'review' && refusalsInRow >= REFUSALS_BEFORE_REVIEW;
  const waitMs = callback.lastTry || refused ? undefined : waitBefore(callback.attempt + 1, answer.retryAfterSeconds);
  if (waitMs === undefined) return { state: unheard, dueAt: null, refusalsInRow };
  return { state: 'WAITING', dueAt: addMilliseconds(answer.now, waitMs), refusalsInRow };
}

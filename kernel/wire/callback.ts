import type { Instant } from '../core/time.ts';

/**
 * A signed message of the hub that a participant must hear and that no payment waits for: an expired order, a changed alias, a register, a request for
 * a return. It is written in the transaction of the change that it tells of and sent at least once, always with the same bytes.
 */
export interface NewCallback {
  /** `callback_guid` of the payload: the receiver's key for telling a repetition. */
  readonly id: string;
  /** The guide's name of it, `alias-updated` for one. */
  readonly type: string;
  readonly receiver: CallbackReceiver;
  /** What it is about, for whoever looks for it: the order, the alias, the register. */
  readonly subject: string;
  /** The whole HTTP body. */
  readonly body: string;
  /** What becomes of it when the receiver will not have it. */
  readonly whenUnheard: WhenUnheard;
  readonly createdAt: Instant;
}

export interface CallbackReceiver {
  readonly kind: 'bank' | 'merchant';
  /** Guid of the bank or uid of the merchant. */
  readonly id: string;
}

/**
 * `review`: a second refusal in a row, or silence to the last try, needs a person (MANUAL_REVIEW). `close`: a refusal is tried again like silence, and
 * after the last try it is FAILED and shown. `answer`: it is a question, and a refusal answers it; silence to the last try is FAILED and shown.
 */
export type WhenUnheard = 'review' | 'close' | 'answer';

/** WAITING for its next try; the others are ends, of which MANUAL_REVIEW and FAILED can be tried once more by operations. */
export type CallbackState = 'WAITING' | 'DELIVERED' | 'MANUAL_REVIEW' | 'FAILED' | 'RESOLVED';

/** A callback that this process may send until its lease runs out. */
export interface LeasedCallback {
  readonly id: string;
  readonly type: string;
  readonly receiver: CallbackReceiver;
  readonly subject: string;
  readonly body: string;
  readonly whenUnheard: WhenUnheard;
  /** The number of this try; 1 is the first send. */
  readonly attempt: number;
  /** How many tries before this one were refused without another answer in between. */
  readonly refusalsInRow: number;
  /** Operations asked for this one try. */
  readonly lastTry: boolean;
  readonly lease: string;
  /** The trace of the change that it tells of. */
  readonly traceparent?: string | null;
}

import type { AuditActor } from '../../schema/audit-entry.ts';
import type { Result } from '../core/result.ts';
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

/** What a person may say about a callback that its receiver would not hear. */
export const CALLBACK_OUTCOMES = ['DELIVERED_OTHERWISE', 'ABANDONED'] as const;
export type CallbackOutcome = (typeof CALLBACK_OUTCOMES)[number];

/** One more try, or how it ended. */
export type CallbackOperation =
  { readonly kind: 'retry' } | { readonly kind: 'resolve'; readonly outcome: CallbackOutcome; readonly reason: string };

export type CallbackOperationFailure = {
  readonly code: 'DELIVERY_NOT_FOUND' | 'DELIVERY_NOT_IN_REVIEW' | 'DELIVERY_ALREADY_RESOLVED' | 'DELIVERY_ALREADY_ANSWERED';
};

/** Who decides, and under which key: the same again is the same decision. */
export interface CallbackDecision {
  readonly callbackId: string;
  readonly operation: CallbackOperation;
  /** Whose key it is: of the person. */
  readonly subject: string;
  readonly by: AuditActor;
  readonly idempotencyKey: string;
}

/** Does what a person decided about a callback, once for a key, and enters it in the audit log. */
export type OperateCallback = (
  decision: CallbackDecision,
) => Promise<
  Result<{ readonly replayed: boolean }, CallbackOperationFailure | { readonly code: 'IDEMPOTENCY_MISMATCH' | 'IDEMPOTENCY_IN_PROGRESS' }>
>;

/** A callback as operations see it. */
export interface CallbackView {
  readonly id: string;
  readonly type: string;
  readonly receiver: CallbackReceiver;
  readonly subject: string;
  readonly state: CallbackState;
  readonly attempts: number;
  /** When the next try is due, or must have ended. */
  readonly dueAt: Instant | null;
  readonly outcome: CallbackOutcome | null;
  readonly outcomeReason: string | null;
  readonly createdAt: Instant;
  /** When it ended; while it waits, when it was written. */
  readonly updatedAt: Instant;
}

export interface CallbackAttemptView {
  readonly callbackId: string;
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly durationMs: number;
  readonly status: number | null;
  readonly answer: 'accepted' | 'refused' | 'unclear';
  readonly error: string | null;
  readonly answerSha256: string | null;
  readonly stray: boolean;
}

export interface CallbackReads {
  one(id: string): Promise<CallbackView | null>;
  /** Last changed first. */
  list(o: {
    readonly state: CallbackState;
    readonly after: { readonly at: Instant; readonly id: string } | null;
    readonly limit: number;
  }): Promise<readonly CallbackView[]>;
  attemptsOf(ids: readonly string[]): Promise<readonly CallbackAttemptView[]>;
}

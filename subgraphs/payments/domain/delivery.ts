import type { Brand } from '../../../kernel/core/ids.ts';

/** Id of a delivery, and `callback_guid` on the wire: one per delivery, stable over all its tries. */
export type DeliveryId = Brand<'DeliveryId'>;

export const CALLBACK_TYPES = ['pay-in', 'merchant-pay-in', 'pay-out', 'merchant-pay-out', 'credit', 'reject-notice'] as const;
export type CallbackType = (typeof CALLBACK_TYPES)[number];

export type Receiver = { readonly kind: 'bank' | 'merchant'; readonly id: string };

/** What one try said: 2xx, 4xx, or nothing that decides (408, 425, 429, 3xx, 5xx, no answer at all). */
export type Answer = 'accepted' | 'refused' | 'unclear';

/** What a person may say about a delivery in manual review. */
export const PAY_IN_OUTCOMES = ['ACCEPTED', 'REFUSED'] as const;
export const OTHER_OUTCOMES = ['DELIVERED_OTHERWISE', 'ABANDONED'] as const;
export type ReviewOutcome = (typeof PAY_IN_OUTCOMES)[number] | (typeof OTHER_OUTCOMES)[number];

/** What the tries of a delivery have said so far. */
export interface Tries {
  readonly attempts: number;
  readonly lastAnswer: Answer | null;
  /** 4xx answers without another answer between them, up to the last try. */
  readonly refusedInRow: number;
  /** Tries after which nobody can say whether the receiver acted on the callback. */
  readonly unclearTries: number;
  /** Tries that got an HTTP answer of any kind. */
  readonly httpAnswers: number;
}

export const NO_TRIES: Tries = { attempts: 0, lastAnswer: null, refusedInRow: 0, unclearTries: 0, httpAnswers: 0 };

interface DeliveryFacts {
  readonly id: DeliveryId;
  readonly callbackType: CallbackType;
  /** 1, 2, … within the payment, in the order of creation. */
  readonly sequence: number;
  readonly receiver: Receiver;
  readonly tries: Tries;
}

export type Delivery =
  /** Due for a try at `dueAtMs`. `oneMore`: a person asked for exactly this try. */
  | (DeliveryFacts & { readonly state: 'WAITING'; readonly dueAtMs: number; readonly oneMore: boolean })
  | (DeliveryFacts & { readonly state: 'DONE' })
  /** A pay-in whose 4xx decided the payment. */
  | (DeliveryFacts & { readonly state: 'REFUSED' })
  /** A pay-in whose last try brought no clear answer, which decided the payment. */
  | (DeliveryFacts & { readonly state: 'EXHAUSTED' })
  /** In manual review. */
  | (DeliveryFacts & { readonly state: 'PARKED' })
  /** A notice that could not be delivered: closed and shown. */
  | (DeliveryFacts & { readonly state: 'FAILED' })
  | (DeliveryFacts & { readonly state: 'RESOLVED'; readonly outcome: ReviewOutcome; readonly reason: string });
export type DeliveryState = Delivery['state'];

export type WaitingDelivery = Extract<Delivery, { state: 'WAITING' }>;

/** The tries after one more of them. */
export function withTry(tries: Tries, answer: Answer, { httpAnswered }: { httpAnswered: boolean }): Tries {
  return {
    attempts: tries.attempts + 1,
    lastAnswer: answer,
    refusedInRow: answer === 'refused' ? tries.refusedInRow + 1 : 0,
    unclearTries: tries.unclearTries + (answer === 'unclear' ? 1 : 0),
    httpAnswers: tries.httpAnswers + (httpAnswered ? 1 : 0),
  };
}

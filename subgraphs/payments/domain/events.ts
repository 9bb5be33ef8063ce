import type { Answer, CallbackType, DeliveryId, Receiver, ReviewOutcome } from './delivery.ts';
import type { PaymentFacts } from './payment.ts';

/** What one try did, as it is kept with the delivery. */
export interface RecordedTry {
  readonly attempt: number;
  readonly answer: Answer;
  /** The HTTP status, or null where there was no HTTP answer. */
  readonly status: number | null;
}

/** A delivery may start at once with the lease of whoever makes it, or wait for its moment. */
export type Start = 'at-once' | 'when-due';

export type PaymentEvent =
  | { readonly type: 'PaymentAccepted'; readonly facts: PaymentFacts; readonly atMs: number }
  | {
      readonly type: 'PromisedMessageRefused';
      readonly facts: PaymentFacts;
      readonly reasonCode: string;
      readonly atMs: number;
    }
  | { readonly type: 'ClaimAbandoned'; readonly atMs: number }
  | { readonly type: 'PaymentSucceeded'; readonly atMs: number }
  | { readonly type: 'PaymentRejected'; readonly reasonCode: string; readonly atMs: number }
  | {
      readonly type: 'DeliveryCreated';
      readonly deliveryId: DeliveryId;
      readonly callbackType: CallbackType;
      readonly sequence: number;
      readonly receiver: Receiver;
      readonly start: Start;
      readonly dueAtMs: number;
    }
  | (DeliveryTried & { readonly type: 'DeliveryDone' })
  | (DeliveryTried & { readonly type: 'DeliveryRefused' })
  | (DeliveryTried & { readonly type: 'DeliveryExhausted' })
  | (DeliveryTried & { readonly type: 'DeliveryParked' })
  | (DeliveryTried & { readonly type: 'DeliveryFailed' })
  | (DeliveryTried & { readonly type: 'DeliveryPostponed'; readonly dueAtMs: number })
  | { readonly type: 'DeliveryBroughtForward'; readonly deliveryId: DeliveryId; readonly atMs: number }
  | { readonly type: 'DeliveryRetriedByOperations'; readonly deliveryId: DeliveryId; readonly atMs: number }
  | {
      readonly type: 'DeliveryResolvedByOperations';
      readonly deliveryId: DeliveryId;
      readonly outcome: ReviewOutcome;
      readonly reason: string;
      readonly atMs: number;
    };

interface DeliveryTried {
  readonly deliveryId: DeliveryId;
  readonly tried: RecordedTry;
}
export type PaymentEventType = PaymentEvent['type'];

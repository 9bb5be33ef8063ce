import type { DeliveryId, ReviewOutcome } from './delivery.ts';
import type { RecordedTry } from './events.ts';
import type { PaymentFacts } from './payment.ts';

/** Ids for the deliveries that a command may create: at most a Pay-out and two notices, or one to the bank and one to the merchant. */
export type FreshIds = readonly [DeliveryId, DeliveryId, DeliveryId];

export type PaymentCommand =
  /** The message passed every check and holds its order. */
  | { readonly type: 'accept'; readonly facts: PaymentFacts; readonly freshIds: FreshIds; readonly atMs: number }
  /** The sender has its 202 and the message fails a check: it becomes a payment that is rejected from the start. */
  | {
      readonly type: 'refuse-promised';
      readonly facts: PaymentFacts;
      readonly reasonCode: string;
      readonly freshIds: FreshIds;
      readonly atMs: number;
    }
  /** orders asks what became of a claim; afterwards no payment of this guid can hold it, unless one does already. */
  | { readonly type: 'abandon-claim'; readonly atMs: number }
  /** One try of a delivery has ended. `lastTry`: the schedule has no other; else `retryAtMs` is when the next is due. */
  | {
      readonly type: 'record-answer';
      readonly deliveryId: DeliveryId;
      readonly tried: RecordedTry;
      readonly lastTry: boolean;
      readonly retryAtMs: number;
      readonly freshIds: FreshIds;
      readonly atMs: number;
    }
  /** Operations: one more try of a delivery in manual review. */
  | { readonly type: 'retry-delivery'; readonly deliveryId: DeliveryId; readonly atMs: number }
  /** Operations: a person says how a delivery in manual review ended. */
  | {
      readonly type: 'resolve-delivery';
      readonly deliveryId: DeliveryId;
      readonly outcome: ReviewOutcome;
      readonly reason: string;
      readonly freshIds: FreshIds;
      readonly atMs: number;
    };

export const PAYMENT_FAILURE_CODES = [
  /** A payment with this payload jti exists. */
  'DUPLICATE_JTI',
  /** The claim was given up before the message came. */
  'CLAIM_ABANDONED',
  'DELIVERY_NOT_FOUND',
  /** Another try of the same delivery was recorded already, or its result is decided: this answer changes nothing. */
  'ATTEMPT_STRAY',
  /** Nobody is asked about this delivery, or not any more. */
  'DELIVERY_NOT_IN_REVIEW',
  /** Somebody resolved it in another way. */
  'DELIVERY_ALREADY_RESOLVED',
  /** A real answer of the receiver came first. */
  'DELIVERY_ALREADY_ANSWERED',
  /** ACCEPTED and REFUSED are for a Pay-in, DELIVERED_OTHERWISE and ABANDONED for everything else. */
  'OUTCOME_NOT_APPLICABLE',
] as const;
export type PaymentFailureCode = (typeof PAYMENT_FAILURE_CODES)[number];
export type PaymentFailure = { readonly code: PaymentFailureCode };

import type { Brand } from '../../../kernel/core/ids.ts';
import type { Money } from '../../../kernel/core/money.ts';
import type { Delivery } from './delivery.ts';

/** The guid of a payment message: UUIDv8 over the initiator's guid and the payload jti, so it stands for both for ever. */
export type PaymentGuid = Brand<'PaymentGuid'>;

/** Which flow a payment follows. The cascade of each is in cascade.ts. */
export const PM_TYPES = ['trade', 'p2p', 'return'] as const;
export type PmType = (typeof PM_TYPES)[number];

/** What stays the same about a payment from its acceptance on. Names and tax ids are not here: the hub cannot read them. */
export type PaymentFacts = CommonFacts & PaymentKind;

/**
 * What a payment is for, by its kind. `trade` pays a merchant's order; `p2p` pays an order between people, as a pay request completed it; `return`
 * gives money of an earlier payment back.
 */
export type PaymentKind =
  /** `merchantUid` is null where the merchant may not hear of the payment: a promised message that was refused holds no order. */
  | { readonly pmType: 'trade'; readonly orderId: string; readonly merchantUid: string | null }
  /** `payRequestGuid` is null for a refused message, which belongs to none. */
  | { readonly pmType: 'p2p'; readonly orderId: string; readonly merchantUid: null; readonly payRequestGuid: string | null }
  /** `orderId` and `merchantUid` are those of the original; a refused message concerns neither merchant nor request. */
  | {
      readonly pmType: 'return';
      readonly orderId: string | null;
      readonly merchantUid: string | null;
      readonly originalGuid: PaymentGuid;
      readonly returnRequestGuid: string | null;
    };

interface CommonFacts {
  readonly guid: PaymentGuid;
  readonly initiatorBankGuid: string;
  /** Null only for a refused message whose creditor agent nobody knows. */
  readonly receiverBankGuid: string | null;
  readonly externalId: string;
  readonly amount: Money;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly purpose: string;
}

/** Every moment in this folder is milliseconds since 1970 on the wall clock, given by the caller. */
export type Payment =
  | { readonly state: 'UNKNOWN' }
  /** The hub promised the order that no payment of this guid will come. */
  | { readonly state: 'TOMBSTONE'; readonly abandonedAtMs: number }
  | { readonly state: 'PENDING'; readonly facts: PaymentFacts; readonly acceptedAtMs: number; readonly deliveries: readonly Delivery[] }
  | {
      readonly state: 'SUCCESS';
      readonly facts: PaymentFacts;
      readonly acceptedAtMs: number;
      readonly succeededAtMs: number;
      readonly deliveries: readonly Delivery[];
    }
  | {
      readonly state: 'REJECT';
      readonly facts: PaymentFacts;
      readonly acceptedAtMs: number;
      readonly rejectedAtMs: number;
      readonly reasonCode: string;
      readonly deliveries: readonly Delivery[];
    };
export type PaymentState = Payment['state'];

/** A payment that has facts: what callbacks, lists and events can speak of. */
export type KnownPayment = Extract<Payment, { facts: PaymentFacts }>;

export const UNKNOWN_PAYMENT: Payment = { state: 'UNKNOWN' };

/** Why a payment is rejected whose message came after the claim on its order was given up. */
export const CLAIM_ABANDONED = 'CLAIM_ABANDONED';

export function isKnown(payment: Payment): payment is KnownPayment {
  return payment.state !== 'UNKNOWN' && payment.state !== 'TOMBSTONE';
}

/** The order that a payment holds while it is pending or successful. A return names its original's order and holds none. */
export function heldOrderOf(facts: PaymentFacts): string | null {
  return facts.pmType === 'return' ? null : facts.orderId;
}

import type { Brand } from '../../../kernel/core/ids.ts';
import type { Money } from '../../../kernel/core/money.ts';
import type { Instant } from '../../../kernel/core/time.ts';

export type OrderId = Brand<'OrderId'>;
export type PaymentGuid = Brand<'PaymentGuid'>;
export type MerchantUid = Brand<'MerchantUid'>;
export type BankGuid = Brand<'BankGuid'>;

/** After so many rejected payments an order takes no further claim; it stays CREATED until it expires or is canceled. */
export const ORDER_ATTEMPTS_MAX = 5;

/** How far ahead `expiresAt` may lie when the order is made: one minute to thirty days, both included. */
export const ORDER_VALIDITY_MIN_MS = 60_000;
export const ORDER_VALIDITY_MAX_MS = 30 * 24 * 3_600_000;

/** The one the merchant collects for: `fri` in the guide's order, `ultimate_creditor` in its callbacks. */
export interface UltimateBeneficiary {
  readonly name: string;
  readonly taxNumber: string;
  readonly iban: string;
  readonly bic: string;
  readonly mcc: number;
}

/** What the merchant asked for. Two requests with equal terms are the same order; `issuedAt` is the `iat` of a signed order, else null. */
export interface OrderTerms {
  readonly reference: string;
  readonly amount: Money;
  readonly purpose: string;
  readonly redirectUrl: string;
  readonly issuedAt: Instant | null;
  readonly expiresAt: Instant;
  readonly beneficiary: UltimateBeneficiary | null;
}

/** The merchant as the directory had it when the order was made. A later change of the directory never alters a live order. */
export interface MerchantFacts {
  readonly uid: MerchantUid;
  readonly name: string;
  readonly taxNumber: string;
  readonly iban: string;
  readonly mcc: number;
  readonly logoUrl: string | null;
  readonly callbackUrl: string;
}

/** The merchant's bank as the directory had it when the order was made. `bic` is its six-digit code. */
export interface ReceiverBankFacts {
  readonly guid: BankGuid;
  readonly bic: string;
}

/** Everything about an order that never changes. */
export interface OrderFacts {
  readonly id: OrderId;
  readonly createdAt: Instant;
  readonly terms: OrderTerms;
  readonly merchant: MerchantFacts;
  readonly receiverBank: ReceiverBankFacts;
}

/** The payment that holds an order, with what a status answer says about it. `claimedAt` is wall-clock time. */
export interface Hold {
  readonly paymentGuid: PaymentGuid;
  readonly initiatorBankGuid: BankGuid;
  readonly externalId: string;
  readonly debtorAccount: string;
  readonly claimedAt: Instant;
}

/** A payment that held the order once and was rejected. It can never hold it again. */
export interface Reject {
  readonly paymentGuid: PaymentGuid;
  readonly reason: string;
}

/** What of a paid order is asked to be given back and is not yet, and what was given back, as payments counts it. */
export interface OrderReturns {
  readonly requestedMinor: bigint;
  readonly returnedMinor: bigint;
}
export const NO_RETURNS: OrderReturns = { requestedMinor: 0n, returnedMinor: 0n };

export type CancelCause = 'EXPIRED' | 'MERCHANT';

interface OrderBase {
  readonly facts: OrderFacts;
  /** Counts the events of the order: 1 after OrderCreated. */
  readonly version: number;
  /** Rejected payments, oldest first. Its length is the number of attempts used. */
  readonly rejects: readonly Reject[];
}
export type CreatedOrder = OrderBase & { readonly status: 'CREATED' };
export type HeldOrder = OrderBase & { readonly status: 'IN_PROGRESS'; readonly hold: Hold };
export type PaidOrder = OrderBase & {
  readonly status: 'SUCCESS';
  readonly hold: Hold;
  readonly succeededAt: Instant;
  readonly returns: OrderReturns;
};
export type CanceledOrder = OrderBase & { readonly status: 'CANCELED'; readonly cause: CancelCause; readonly canceledAt: Instant };
export type Order = CreatedOrder | HeldOrder | PaidOrder | CanceledOrder;

/** An order, or the place where one may be made. */
export type OrderState = { readonly status: 'ABSENT' } | Order;
export const ABSENT: OrderState = { status: 'ABSENT' };

/** Events of the domain; `at` is business time. What sister subgraphs read is made from them in app/order-events.ts. */
export type OrderEvent =
  | { readonly type: 'OrderCreated'; readonly facts: OrderFacts; readonly at: Instant }
  | { readonly type: 'OrderClaimed'; readonly hold: Hold; readonly at: Instant }
  | { readonly type: 'OrderReleased'; readonly reject: Reject; readonly at: Instant }
  | { readonly type: 'OrderSucceeded'; readonly paymentGuid: PaymentGuid; readonly at: Instant }
  | { readonly type: 'OrderReturnsChanged'; readonly paymentGuid: PaymentGuid; readonly returns: OrderReturns; readonly at: Instant }
  /** `reject` is set when the order ended because its last payment was rejected after the expiry. */
  | { readonly type: 'OrderCanceled'; readonly cause: CancelCause; readonly reject: Reject | null; readonly at: Instant };

/** Which event leads where. README.md draws it; a test compares the two. */
export const TRANSITIONS = {
  ABSENT: { OrderCreated: 'CREATED' },
  CREATED: { OrderClaimed: 'IN_PROGRESS', OrderCanceled: 'CANCELED' },
  IN_PROGRESS: { OrderSucceeded: 'SUCCESS', OrderReleased: 'CREATED', OrderCanceled: 'CANCELED' },
  SUCCESS: { OrderReturnsChanged: 'SUCCESS' },
  CANCELED: {},
} as const satisfies Record<OrderState['status'], Partial<Record<OrderEvent['type'], Order['status']>>>;

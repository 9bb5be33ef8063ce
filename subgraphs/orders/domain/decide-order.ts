import type { Decider } from '../../../kernel/core/decider.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import {
  ABSENT,
  NO_RETURNS,
  ORDER_ATTEMPTS_MAX,
  ORDER_VALIDITY_MAX_MS,
  ORDER_VALIDITY_MIN_MS,
  type BankGuid,
  type CreatedOrder,
  type Hold,
  type Order,
  type OrderEvent,
  type OrderFacts,
  type OrderReturns,
  type OrderState,
  type OrderTerms,
  type PaymentGuid,
  type Reject,
} from './order.ts';

/** What a payment says about itself when it asks to hold an order. `claimedAt` is wall-clock time, for the sweep of abandoned claims. */
export interface Claim {
  readonly paymentGuid: PaymentGuid;
  readonly initiatorBankGuid: BankGuid;
  readonly externalId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly creditorAccount: string;
  readonly creditorAgentBic: string;
  readonly debtorAccount: string;
  readonly claimedAt: Instant;
}

/** `now` is business time everywhere. An abandoned claim comes as RECORD_REJECT: payments has rejected the payment by a tombstone. */
export type OrderCommand =
  | { readonly type: 'CREATE'; readonly facts: OrderFacts; readonly now: Instant }
  | { readonly type: 'CLAIM'; readonly claim: Claim; readonly now: Instant }
  | { readonly type: 'RECORD_SUCCESS'; readonly paymentGuid: PaymentGuid; readonly now: Instant }
  | { readonly type: 'RECORD_REJECT'; readonly paymentGuid: PaymentGuid; readonly reason: string; readonly now: Instant }
  | { readonly type: 'RECORD_RETURNS'; readonly paymentGuid: PaymentGuid; readonly returns: OrderReturns; readonly now: Instant }
  | { readonly type: 'CANCEL'; readonly now: Instant }
  | { readonly type: 'EXPIRE'; readonly now: Instant };

export type CreateFailure = { readonly code: 'REF_NOT_UNIQUE' | 'INVALID_EXPIRY' };

/** `holderGuid` is the payment whose guid the refused sender is told; set for ORDER_ALREADY_HELD only. */
export type ClaimFailure =
  | { readonly code: 'ORDER_ALREADY_HELD'; readonly holderGuid: PaymentGuid }
  | {
      readonly code:
        | 'ORDER_NOT_FOUND'
        | 'ORDER_IS_EXPIRED'
        | 'ORDER_CANCELED'
        | 'ORDER_ATTEMPTS_EXHAUSTED'
        | 'AMOUNT_MISMATCH'
        | 'CURRENCY_MISMATCH'
        | 'CREDITOR_ACCOUNT_MISMATCH'
        | 'CREDITOR_AGENT_MISMATCH';
    };
export type CancelFailure = { readonly code: 'ORDER_NOT_FOUND' | 'ORDER_IN_PROGRESS' | 'ORDER_ALREADY_PAID' | 'ORDER_IS_EXPIRED' };

/** These say that orders and payments disagree. They are never expected; whoever gets one must stop and call a person. */
export type RecordFailure = {
  readonly code: 'ORDER_NOT_FOUND' | 'PAYMENT_NOT_HOLDER' | 'PAYMENT_ALREADY_REJECTED' | 'PAYMENT_ALREADY_SUCCEEDED';
};
export type ExpireFailure = { readonly code: 'ORDER_NOT_FOUND' | 'ORDER_NOT_DUE' };
export type OrderFailure = CreateFailure | ClaimFailure | CancelFailure | RecordFailure | ExpireFailure;

export type OrderDecision<Failure> = Result<readonly OrderEvent[], Failure>;

const ALREADY_SO = ok([]);

/** True from the instant `expiresAt` on: at that instant a claim comes too late and the expiry is due. */
export function isExpired(order: Order, now: Instant): boolean {
  return order.facts.terms.expiresAt <= now;
}

/** Equal terms mean the same order: the merchant repeats itself and gets the order that it has. */
export function sameTerms(a: OrderTerms, b: OrderTerms): boolean {
  return (
    a.reference === b.reference &&
    a.amount.minor === b.amount.minor &&
    a.amount.currency === b.amount.currency &&
    a.purpose === b.purpose &&
    a.redirectUrl === b.redirectUrl &&
    a.issuedAt?.getTime() === b.issuedAt?.getTime() &&
    a.expiresAt.getTime() === b.expiresAt.getTime() &&
    a.beneficiary?.name === b.beneficiary?.name &&
    a.beneficiary?.taxNumber === b.beneficiary?.taxNumber &&
    a.beneficiary?.iban === b.beneficiary?.iban &&
    a.beneficiary?.bic === b.beneficiary?.bic &&
    a.beneficiary?.mcc === b.beneficiary?.mcc
  );
}

/** The state is the order that already has this merchant and reference, or ABSENT. */
export function decideCreate(state: OrderState, facts: OrderFacts, now: Instant): OrderDecision<CreateFailure> {
  if (state.status !== 'ABSENT') return sameTerms(state.facts.terms, facts.terms) ? ALREADY_SO : fail({ code: 'REF_NOT_UNIQUE' });
  if (facts.terms.expiresAt < addMilliseconds(now, ORDER_VALIDITY_MIN_MS)) return fail({ code: 'INVALID_EXPIRY' });
  if (facts.terms.expiresAt > addMilliseconds(now, ORDER_VALIDITY_MAX_MS)) return fail({ code: 'INVALID_EXPIRY' });
  return ok([{ type: 'OrderCreated', facts, at: now }]);
}

/**
 * Refusals have a fixed precedence: first what the order is, then the attempts, then amount, currency, account, agent.
 * A payment that holds the order is granted again without an event, as long as it says the same about itself.
 */
export function decideClaim(state: OrderState, claim: Claim, now: Instant): OrderDecision<ClaimFailure> {
  switch (state.status) {
    case 'ABSENT':
      return fail({ code: 'ORDER_NOT_FOUND' });
    case 'CANCELED':
      return fail({ code: state.cause === 'EXPIRED' ? 'ORDER_IS_EXPIRED' : 'ORDER_CANCELED' });
    case 'IN_PROGRESS':
    case 'SUCCESS':
      return isSameClaim(state.hold, claim) && !mismatch(state, claim) ? ALREADY_SO : alreadyHeld(state.hold.paymentGuid);
    case 'CREATED':
      return claimFree(state, claim, now);
    default:
      return state satisfies never;
  }
}

function claimFree(order: CreatedOrder, claim: Claim, now: Instant): OrderDecision<ClaimFailure> {
  if (isExpired(order, now)) return fail({ code: 'ORDER_IS_EXPIRED' });
  // A late copy of a payment that was rejected meanwhile: it is told its own guid, under which it can ask what became of it.
  if (order.rejects.some((reject) => reject.paymentGuid === claim.paymentGuid)) return alreadyHeld(claim.paymentGuid);
  if (order.rejects.length >= ORDER_ATTEMPTS_MAX) return fail({ code: 'ORDER_ATTEMPTS_EXHAUSTED' });
  const refusal = mismatch(order, claim);
  if (refusal) return fail(refusal);
  const { paymentGuid, initiatorBankGuid, externalId, debtorAccount, claimedAt } = claim;
  return ok([{ type: 'OrderClaimed', hold: { paymentGuid, initiatorBankGuid, externalId, debtorAccount, claimedAt }, at: now }]);
}

function mismatch(order: Order, claim: Claim): ClaimFailure | null {
  const { terms, merchant, receiverBank } = order.facts;
  if (claim.amountMinor !== terms.amount.minor) return { code: 'AMOUNT_MISMATCH' };
  if (claim.currency !== terms.amount.currency) return { code: 'CURRENCY_MISMATCH' };
  if (claim.creditorAccount !== merchant.iban) return { code: 'CREDITOR_ACCOUNT_MISMATCH' };
  if (claim.creditorAgentBic !== receiverBank.bic) return { code: 'CREDITOR_AGENT_MISMATCH' };
  return null;
}

/** A guid is made from initiator and jti, so a second message with the same jti but other content has the same guid. */
function isSameClaim(hold: Hold, claim: Claim): boolean {
  return (
    hold.paymentGuid === claim.paymentGuid &&
    hold.initiatorBankGuid === claim.initiatorBankGuid &&
    hold.externalId === claim.externalId &&
    hold.debtorAccount === claim.debtorAccount
  );
}

function alreadyHeld(holderGuid: PaymentGuid) {
  return fail({ code: 'ORDER_ALREADY_HELD', holderGuid } as const);
}

/** The payment passed its point of no return: the order is paid, also when it expired meanwhile. */
export function decideSuccess(state: OrderState, paymentGuid: PaymentGuid, now: Instant): OrderDecision<RecordFailure> {
  if (state.status === 'ABSENT') return fail({ code: 'ORDER_NOT_FOUND' });
  if (holderOf(state) === paymentGuid)
    return state.status === 'SUCCESS' ? ALREADY_SO : ok([{ type: 'OrderSucceeded', paymentGuid, at: now }]);
  const rejected = state.rejects.some((reject) => reject.paymentGuid === paymentGuid);
  return fail({ code: rejected ? 'PAYMENT_ALREADY_REJECTED' : 'PAYMENT_NOT_HOLDER' });
}

/** A rejected payment that does not hold the order changes nothing: it was refused before it could, or was recorded before. */
export function decideReject(state: OrderState, reject: Reject, now: Instant): OrderDecision<RecordFailure> {
  if (state.status === 'ABSENT' || holderOf(state) !== reject.paymentGuid) return ALREADY_SO;
  if (state.status === 'SUCCESS') return fail({ code: 'PAYMENT_ALREADY_SUCCEEDED' });
  if (isExpired(state, now)) return ok([{ type: 'OrderCanceled', cause: 'EXPIRED', reject, at: now }]);
  return ok([{ type: 'OrderReleased', reject, at: now }]);
}

/** The payment that holds a paid order is given back, or asked to be. The totals are those of payments, so that twice is once. */
export function decideReturns(
  state: OrderState,
  { paymentGuid, returns }: { readonly paymentGuid: PaymentGuid; readonly returns: OrderReturns },
  now: Instant,
): OrderDecision<RecordFailure> {
  if (state.status === 'ABSENT') return fail({ code: 'ORDER_NOT_FOUND' });
  if (state.status !== 'SUCCESS' || state.hold.paymentGuid !== paymentGuid) return fail({ code: 'PAYMENT_NOT_HOLDER' });
  const { requestedMinor, returnedMinor } = state.returns;
  if (requestedMinor === returns.requestedMinor && returnedMinor === returns.returnedMinor) return ALREADY_SO;
  return ok([{ type: 'OrderReturnsChanged', paymentGuid, returns, at: now }]);
}

function holderOf(order: Order): PaymentGuid | null {
  return order.status === 'IN_PROGRESS' || order.status === 'SUCCESS' ? order.hold.paymentGuid : null;
}

/** By the merchant, and only while nobody pays. */
export function decideCancel(state: OrderState, now: Instant): OrderDecision<CancelFailure> {
  switch (state.status) {
    case 'ABSENT':
      return fail({ code: 'ORDER_NOT_FOUND' });
    case 'IN_PROGRESS':
      return fail({ code: 'ORDER_IN_PROGRESS' });
    case 'SUCCESS':
      return fail({ code: 'ORDER_ALREADY_PAID' });
    case 'CANCELED':
      return state.cause === 'MERCHANT' ? ALREADY_SO : fail({ code: 'ORDER_IS_EXPIRED' });
    case 'CREATED':
      if (isExpired(state, now)) return fail({ code: 'ORDER_IS_EXPIRED' });
      return ok([{ type: 'OrderCanceled', cause: 'MERCHANT', reject: null, at: now }]);
    default:
      return state satisfies never;
  }
}

/** Only a CREATED order expires. One that a payment holds waits for that payment: a reject after the expiry cancels it. */
export function decideExpire(state: OrderState, now: Instant): OrderDecision<ExpireFailure> {
  if (state.status === 'ABSENT') return fail({ code: 'ORDER_NOT_FOUND' });
  if (state.status !== 'CREATED') return ALREADY_SO;
  if (!isExpired(state, now)) return fail({ code: 'ORDER_NOT_DUE' });
  return ok([{ type: 'OrderCanceled', cause: 'EXPIRED', reject: null, at: now }]);
}

export function decideOrder(state: OrderState, command: OrderCommand): OrderDecision<OrderFailure> {
  switch (command.type) {
    case 'CREATE':
      return decideCreate(state, command.facts, command.now);
    case 'CLAIM':
      return decideClaim(state, command.claim, command.now);
    case 'RECORD_SUCCESS':
      return decideSuccess(state, command.paymentGuid, command.now);
    case 'RECORD_REJECT':
      return decideReject(state, { paymentGuid: command.paymentGuid, reason: command.reason }, command.now);
    case 'RECORD_RETURNS':
      return decideReturns(state, command, command.now);
    case 'CANCEL':
      return decideCancel(state, command.now);
    case 'EXPIRE':
      return decideExpire(state, command.now);
    default:
      return command satisfies never;
  }
}

/** Applies an event that `decideOrder` gave for this very state; any other pair is a bug and throws. */
export function evolveOrder(state: OrderState, event: OrderEvent): Order {
  if (event.type === 'OrderCreated') {
    if (state.status !== 'ABSENT') return impossible(state, event);
    return { status: 'CREATED', facts: event.facts, version: 1, rejects: [] };
  }
  if (state.status === 'ABSENT') return impossible(state, event);
  const { facts, rejects } = state;
  const version = state.version + 1;
  switch (event.type) {
    case 'OrderClaimed':
      return state.status === 'CREATED' ? { status: 'IN_PROGRESS', facts, version, rejects, hold: event.hold } : impossible(state, event);
    case 'OrderReleased':
      return state.status === 'IN_PROGRESS'
        ? { status: 'CREATED', facts, version, rejects: [...rejects, event.reject] }
        : impossible(state, event);
    case 'OrderSucceeded':
      if (state.status !== 'IN_PROGRESS') return impossible(state, event);
      return { status: 'SUCCESS', facts, version, rejects, hold: state.hold, succeededAt: event.at, returns: NO_RETURNS };
    case 'OrderReturnsChanged':
      if (state.status !== 'SUCCESS') return impossible(state, event);
      return { ...state, version, returns: event.returns };
    case 'OrderCanceled': {
      if (state.status !== (event.reject ? 'IN_PROGRESS' : 'CREATED')) return impossible(state, event);
      const allRejects = event.reject ? [...rejects, event.reject] : rejects;
      return { status: 'CANCELED', facts, version, rejects: allRejects, cause: event.cause, canceledAt: event.at };
    }
    default:
      return event satisfies never;
  }
}

function impossible(state: OrderState, event: OrderEvent): never {
  throw new Error(`an order that is ${state.status} cannot take ${event.type}`);
}

export const orderDecider: Decider<OrderState, OrderCommand, OrderEvent, OrderFailure> = {
  initial: ABSENT,
  decide: decideOrder,
  evolve: evolveOrder,
};

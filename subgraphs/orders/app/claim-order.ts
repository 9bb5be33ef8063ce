import { isUuid } from '../../../kernel/core/ids.ts';
import type { ClaimRequest, ClaimResponse, OrderSnapshot } from '../../../schema/commands/orders.ts';
import { decideClaim, type Claim, type ClaimFailure } from '../domain/decide-order.ts';
import { ABSENT, type BankGuid, type Order, type OrderId, type OrderState, type PaymentGuid } from '../domain/order.ts';
import { changeBy, type CallbackMaker } from './change-order.ts';
import type { Clocks, OrderStore, Transaction } from './ports.ts';
import { recordPaymentOutcomes } from './record-payment-outcomes.ts';

/** How often a claim may lose a race for its order before that is reported as trouble: each loss means that the order moved on. */
export const CLAIM_TRIES_MAX = 8;

export interface ClaimDeps {
  readonly orders: Pick<OrderStore, 'find' | 'saveClaim'>;
  readonly transaction: Transaction;
  readonly clocks: Clocks;
  readonly callbackFor: CallbackMaker;
}

/**
 * Lets a payment hold an order. A refusal is an answer; a throw means that nothing is known and the same claim may be sent again.
 * One read and one commit, shared with other claims: this is on the way of every payment.
 */
export async function claimOrder(deps: ClaimDeps, request: ClaimRequest): Promise<ClaimResponse> {
  if (!isUuid(request.orderId)) return refused({ code: 'ORDER_NOT_FOUND' });
  const orderId = request.orderId as OrderId; // Checked above.
  for (let tries = 1; tries <= CLAIM_TRIES_MAX; tries++) {
    const order = (await deps.orders.find(orderId)) ?? ABSENT;
    if (isHeldByRejected(order, request)) {
      await recordRejectedHolder(deps, orderId, request);
      continue;
    }
    const decided = decideClaim(order, claimOf(request, deps.clocks), deps.clocks.business.now());
    if (!decided.ok) return refused(decided.failure);
    const [event] = decided.value;
    if (event?.type !== 'OrderClaimed') return order.status === 'ABSENT' ? refused({ code: 'ORDER_NOT_FOUND' }) : granted(order);
    const change = changeBy(order, event, noCallback);
    const saved = await deps.orders.saveClaim(change);
    if (saved === 'saved') return granted(change.after);
    // Another message with the same jti was faster with another order. This one is told the guid that both have.
    if (saved === 'payment-holds-another') return refused({ code: 'ORDER_ALREADY_HELD', holderGuid: event.hold.paymentGuid });
  }
  throw new Error(`the order changed ${CLAIM_TRIES_MAX} times while a claim was decided`);
}

function isHeldByRejected(order: OrderState, { rejected }: ClaimRequest): boolean {
  return order.status === 'IN_PROGRESS' && order.hold.paymentGuid === rejected?.paymentGuid;
}

/** What the event of the reject will say when it comes, recorded now: a rejected payment keeps no order from the next one. */
async function recordRejectedHolder(deps: ClaimDeps, orderId: OrderId, { rejected }: ClaimRequest): Promise<void> {
  if (!rejected) return;
  const paymentGuid = rejected.paymentGuid as PaymentGuid; // The contract checked that it is a UUID.
  await deps.transaction((orders) =>
    recordPaymentOutcomes({ ...deps, orders }, [{ state: 'REJECT', orderId, paymentGuid, reason: rejected.reason }]),
  );
}

const noCallback: CallbackMaker = () => {
  throw new Error('a claim expires nothing');
};

function claimOf(request: ClaimRequest, clocks: Clocks): Claim {
  return {
    paymentGuid: request.paymentGuid as PaymentGuid, // The contract checked that these are UUIDs.
    initiatorBankGuid: request.initiatorBankGuid as BankGuid,
    externalId: request.paymentExternalId,
    amountMinor: BigInt(request.amountMinor),
    currency: request.currency,
    creditorAccount: request.creditorAccount,
    creditorAgentBic: request.creditorAgentBic,
    debtorAccount: request.debtorAccount,
    claimedAt: clocks.wall.now(),
  };
}

function refused(failure: ClaimFailure): ClaimResponse {
  return { outcome: 'refused', code: failure.code, holderGuid: failure.code === 'ORDER_ALREADY_HELD' ? failure.holderGuid : null };
}

function granted(order: Order): ClaimResponse {
  return { outcome: 'granted', order: snapshotOf(order) };
}

/** The facts of an order that a payment of it uses. */
export function snapshotOf({ facts }: Order): OrderSnapshot {
  const { terms, merchant, receiverBank } = facts;
  return {
    orderId: facts.id,
    merchantUid: merchant.uid,
    merchantName: merchant.name,
    receiverBankGuid: receiverBank.guid,
    reference: terms.reference,
    purpose: terms.purpose,
    amountMinor: terms.amount.minor.toString(),
    currency: terms.amount.currency,
    creditorAccount: merchant.iban,
    creditorAgentBic: receiverBank.bic,
    merchantCallbackUrl: merchant.callbackUrl,
    expiresAt: terms.expiresAt.toISOString(),
    ultimateBeneficiary: terms.beneficiary,
  };
}

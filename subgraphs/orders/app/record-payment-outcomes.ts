import type { Instant } from '../../../kernel/core/time.ts';
import { decideReject, decideReturns, decideSuccess, type OrderDecision, type RecordFailure } from '../domain/decide-order.ts';
import { ABSENT, type OrderId, type OrderReturns, type OrderState, type PaymentGuid } from '../domain/order.ts';
import { changesBy, type CallbackMaker } from './change-order.ts';
import type { Clocks, LockedOrders, OrderChange } from './ports.ts';

/** How a payment of an order ended. */
export type PaymentOutcome =
  | { readonly state: 'SUCCESS'; readonly orderId: OrderId; readonly paymentGuid: PaymentGuid }
  /** It is given back, or asked to be. */
  | { readonly state: 'RETURNS'; readonly orderId: OrderId; readonly paymentGuid: PaymentGuid; readonly returns: OrderReturns }
  | { readonly state: 'REJECT'; readonly orderId: OrderId; readonly paymentGuid: PaymentGuid; readonly reason: string };

/** Orders and payments disagree about who holds an order. Nobody may guess: the event is parked and a person looks at it. */
export class OutcomeContradictionError extends Error {
  override readonly name = 'OutcomeContradictionError';
  readonly code: RecordFailure['code'];

  constructor(code: RecordFailure['code'], outcome: PaymentOutcome) {
    super(`${outcome.state} of payment ${outcome.paymentGuid} does not fit order ${outcome.orderId}: ${code}`);
    this.code = code;
  }
}

/**
 * Records how payments ended, in the order given, as one statement over all their orders. An outcome that is already recorded, or
 * that is a reject of a payment which never held its order, changes nothing. Throws OutcomeContradictionError.
 */
export async function recordPaymentOutcomes(
  deps: { readonly orders: LockedOrders; readonly clocks: Clocks; readonly callbackFor: CallbackMaker },
  outcomes: readonly PaymentOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return;
  const states = new Map<OrderId, OrderState>(await deps.orders.load([...new Set(outcomes.map((outcome) => outcome.orderId))]));
  const now = deps.clocks.business.now();
  const changes: OrderChange[] = [];
  for (const outcome of outcomes) {
    const order = states.get(outcome.orderId) ?? ABSENT;
    const decided = decideOutcome(order, outcome, now);
    if (!decided.ok) throw new OutcomeContradictionError(decided.failure.code, outcome);
    for (const change of changesBy(order, decided.value, deps.callbackFor)) {
      changes.push(change);
      states.set(outcome.orderId, change.after);
    }
  }
  await deps.orders.save(changes);
}

function decideOutcome(order: OrderState, outcome: PaymentOutcome, now: Instant): OrderDecision<RecordFailure> {
  switch (outcome.state) {
    case 'SUCCESS':
      return decideSuccess(order, outcome.paymentGuid, now);
    case 'REJECT':
      return decideReject(order, outcome, now);
    case 'RETURNS':
      return decideReturns(order, outcome, now);
    default:
      return outcome satisfies never;
  }
}

import type { LoggedEvent } from '../../../kernel/runtime/event-log/feed.ts';
import { paymentEventSchemas } from '../../../schema/events/payments.ts';
import type { PaymentOutcome } from '../app/record-payment-outcomes.ts';
import type { OrderId, PaymentGuid } from '../domain/order.ts';

/**
 * What the log of payments says about orders of merchants: how their payments ended, and what of them is given back. Everything else in it is none of this subgraph's
 * business. Throws for an event that is not as published.
 */
export function paymentOutcomesOf(events: readonly LoggedEvent[]): readonly PaymentOutcome[] {
  return events.flatMap((event) => outcomeOf(event) ?? []);
}

/** On the stream of the payment that is given back, with the totals after each. */
const RETURN_EVENTS = ['ReturnRequested', 'ReturnCanceled', 'ReturnSucceeded', 'ReturnRejected'] as const;

function outcomeOf(event: LoggedEvent): PaymentOutcome | null {
  if (event.type === 'PaymentSucceeded') {
    const payload = paymentEventSchemas.PaymentSucceeded.parse(event.payload);
    const ids = orderIdsOf(payload);
    return ids && { state: 'SUCCESS', ...ids };
  }
  if (event.type === 'PaymentRejected') {
    const payload = paymentEventSchemas.PaymentRejected.parse(event.payload);
    const ids = orderIdsOf(payload);
    return ids && { state: 'REJECT', ...ids, reason: payload.reason };
  }
  const returned = RETURN_EVENTS.find((type) => type === event.type);
  if (returned) {
    const payload = paymentEventSchemas[returned].parse(event.payload);
    const ids = orderIdsOf(payload);
    const returns = { requestedMinor: BigInt(payload.requestedMinor), returnedMinor: BigInt(payload.returnedMinor) };
    return ids && { state: 'RETURNS', ...ids, returns };
  }
  return null;
}

/** Payments between people have orders of another kind, and a return names the order that it gives money back for. */
function orderIdsOf(payload: { readonly pmType: string; readonly orderId: string | null; readonly paymentGuid: string }) {
  if (payload.pmType !== 'trade' || payload.orderId === null) return null;
  return { orderId: payload.orderId as OrderId, paymentGuid: payload.paymentGuid as PaymentGuid }; // The schema checked that both are UUIDs.
}

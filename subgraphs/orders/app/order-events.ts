import type { Instant } from '../../../kernel/core/time.ts';
import type { OrderEventPayload, OrderEventType } from '../../../schema/events/orders.ts';
import type { Order, OrderEvent } from '../domain/order.ts';
import type { OrderChange } from './ports.ts';

/** An event of the log `orders`, as it is written to the outbox. */
export interface PublishedOrderEvent {
  readonly audience: readonly string[];
  readonly subject: string;
  readonly version: number;
  readonly type: OrderEventType;
  readonly payload: OrderEventPayload<OrderEventType>;
  readonly at: Instant;
}

/**
 * What others read of a change. The merchant and its bank hear everything; the payer's bank hears what happens to the order while
 * its payment holds it, and how that ends.
 */
export function publishedEvent({ before, event, after }: OrderChange): PublishedOrderEvent {
  const { merchant, receiverBank } = after.facts;
  const initiator = initiatorOf(after) ?? (before.status === 'ABSENT' ? null : initiatorOf(before));
  return {
    audience: [...new Set([merchant.uid, receiverBank.guid, ...(initiator ? [initiator] : [])])],
    subject: after.facts.id,
    version: after.version,
    type: event.type,
    payload: payloadOf(event, after),
    at: event.at,
  };
}

function initiatorOf(order: Order): string | null {
  return order.status === 'IN_PROGRESS' || order.status === 'SUCCESS' ? order.hold.initiatorBankGuid : null;
}

function payloadOf(event: OrderEvent, order: Order): OrderEventPayload<OrderEventType> {
  const { id, merchant, receiverBank, terms } = order.facts;
  const facts = {
    orderId: id,
    merchantUid: merchant.uid,
    receiverBankGuid: receiverBank.guid,
    reference: terms.reference,
    amountMinor: terms.amount.minor.toString(),
    currency: terms.amount.currency,
    status: order.status,
  };
  switch (event.type) {
    case 'OrderCreated':
      return { ...facts, expiresAt: terms.expiresAt.toISOString() };
    case 'OrderClaimed':
      return { ...facts, paymentGuid: event.hold.paymentGuid };
    case 'OrderReleased':
      return { ...facts, paymentGuid: event.reject.paymentGuid, reason: event.reject.reason };
    case 'OrderSucceeded':
      return { ...facts, paymentGuid: event.paymentGuid };
    case 'OrderReturnsChanged': {
      const { requestedMinor, returnedMinor } = event.returns;
      const totals = { returnRequestedMinor: requestedMinor.toString(), returnedMinor: returnedMinor.toString() };
      return { ...facts, paymentGuid: event.paymentGuid, ...totals };
    }
    case 'OrderCanceled':
      return { ...facts, cause: event.cause };
    default:
      return event satisfies never;
  }
}

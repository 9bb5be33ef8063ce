import type { Delivery, DeliveryId } from './delivery.ts';
import { NO_TRIES, withTry } from './delivery.ts';
import type { PaymentEvent } from './events.ts';
import { isKnown, type Payment } from './payment.ts';
import { DELIVERY_TRANSITIONS, moved, TRANSITIONS } from './transitions.ts';

/** Applies one event. Throws for an event that the state cannot have: TRANSITIONS says which can. */
export function evolve(payment: Payment, event: PaymentEvent): Payment {
  switch (event.type) {
    case 'PaymentAccepted':
      moved(TRANSITIONS, payment.state, event.type);
      return { state: 'PENDING', facts: event.facts, acceptedAtMs: event.atMs, deliveries: [] };
    case 'PromisedMessageRefused': {
      moved(TRANSITIONS, payment.state, event.type);
      const { facts, reasonCode, atMs } = event;
      return { state: 'REJECT', facts, acceptedAtMs: atMs, rejectedAtMs: atMs, reasonCode, deliveries: [] };
    }
    case 'ClaimAbandoned':
      moved(TRANSITIONS, payment.state, event.type);
      return { state: 'TOMBSTONE', abandonedAtMs: event.atMs };
    case 'PaymentSucceeded':
    case 'PaymentRejected':
      return decided(payment, event);
    case 'DeliveryCreated':
      return withDeliveries(payment, (deliveries) => [...deliveries, created(event)]);
    case 'DeliveryDone':
    case 'DeliveryRefused':
    case 'DeliveryExhausted':
    case 'DeliveryParked':
    case 'DeliveryFailed':
    case 'DeliveryPostponed':
    case 'DeliveryBroughtForward':
    case 'DeliveryRetriedByOperations':
    case 'DeliveryResolvedByOperations':
      return withDeliveries(payment, (deliveries) => replaced(deliveries, event.deliveryId, (delivery) => evolveDelivery(delivery, event)));
    default:
      return event satisfies never;
  }
}

function decided(payment: Payment, event: Extract<PaymentEvent, { type: 'PaymentSucceeded' | 'PaymentRejected' }>): Payment {
  moved(TRANSITIONS, payment.state, event.type);
  if (!isKnown(payment)) throw new Error(`${event.type} cannot happen in ${payment.state}`);
  const { facts, acceptedAtMs, deliveries } = payment;
  return event.type === 'PaymentSucceeded'
    ? { state: 'SUCCESS', facts, acceptedAtMs, succeededAtMs: event.atMs, deliveries }
    : { state: 'REJECT', facts, acceptedAtMs, rejectedAtMs: event.atMs, reasonCode: event.reasonCode, deliveries };
}

function created(event: Extract<PaymentEvent, { type: 'DeliveryCreated' }>): Delivery {
  const { deliveryId: id, callbackType, sequence, receiver, dueAtMs } = event;
  return { state: 'WAITING', id, callbackType, sequence, receiver, tries: NO_TRIES, dueAtMs, oneMore: false };
}

type DeliveryEvent = Exclude<Extract<PaymentEvent, { deliveryId: DeliveryId }>, { type: 'DeliveryCreated' }>;

function evolveDelivery(delivery: Delivery, event: DeliveryEvent): Delivery {
  const state = moved(DELIVERY_TRANSITIONS, delivery.state, event.type);
  const { id, callbackType, sequence, receiver } = delivery;
  const tries =
    'tried' in event ? withTry(delivery.tries, event.tried.answer, { httpAnswered: event.tried.status !== null }) : delivery.tries;
  const facts = { id, callbackType, sequence, receiver, tries };
  switch (event.type) {
    case 'DeliveryPostponed':
      return { ...facts, state: 'WAITING', dueAtMs: event.dueAtMs, oneMore: false };
    case 'DeliveryBroughtForward':
      return { ...facts, state: 'WAITING', dueAtMs: event.atMs, oneMore: false };
    case 'DeliveryRetriedByOperations':
      return { ...facts, state: 'WAITING', dueAtMs: event.atMs, oneMore: true };
    case 'DeliveryResolvedByOperations':
      return { ...facts, state: 'RESOLVED', outcome: event.outcome, reason: event.reason };
    case 'DeliveryDone':
    case 'DeliveryRefused':
    case 'DeliveryExhausted':
    case 'DeliveryParked':
    case 'DeliveryFailed':
      return { ...facts, state: state as 'DONE' | 'REFUSED' | 'EXHAUSTED' | 'PARKED' | 'FAILED' }; // The table says which of them.
    default:
      return event satisfies never;
  }
}

function withDeliveries(payment: Payment, change: (deliveries: readonly Delivery[]) => readonly Delivery[]): Payment {
  if (!isKnown(payment)) throw new Error(`a payment in ${payment.state} has no deliveries`);
  return { ...payment, deliveries: change(payment.deliveries) };
}

function replaced(deliveries: readonly Delivery[], id: DeliveryId, change: (delivery: Delivery) => Delivery): readonly Delivery[] {
  return deliveries.map((delivery) => (delivery.id === id ? change(delivery) : delivery));
}

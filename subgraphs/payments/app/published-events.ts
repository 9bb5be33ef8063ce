import { ZERO_UUID } from '../../../kernel/core/ids.ts';
import type { Delivery, DeliveryId } from '../domain/delivery.ts';
import type { PaymentEvent } from '../domain/events.ts';
import { isKnown, type KnownPayment, type Payment, type PaymentFacts } from '../domain/payment.ts';
import type { PublishedEvent, TryRecord } from './ports.ts';
import { reasonText } from './reason-text.ts';

/**
 * What the log `payments` says about a step, in the order of its events. Waits and leases are nobody's business and stay inside.
 */
export function publishedEvents(after: Payment, events: readonly PaymentEvent[], from: StepOrigin): readonly PublishedEvent[] {
  return isKnown(after) ? events.flatMap((event) => publishedEvent(after, event, from)) : [];
}

interface StepOrigin {
  /** The ledger's day is that of the success in business time; every other moment here is wall-clock time. */
  readonly businessNow: Date;
  /** The try of a callback that led to the step. */
  readonly tried: Pick<TryRecord, 'attempt' | 'durationMs'> | undefined;
}

function publishedEvent(payment: KnownPayment, event: PaymentEvent, { businessNow, tried }: StepOrigin): readonly PublishedEvent[] {
  const { facts } = payment;
  const audience = partiesOf(facts);
  switch (event.type) {
    case 'PaymentAccepted':
      return [{ type: event.type, audience, payload: { ...factsOf(facts), acceptedAt: iso(event.atMs) } }];
    case 'PaymentSucceeded': {
      const { debtorAccount, creditorAccount, purpose } = facts;
      const payload = { ...factsOf(facts), debtorAccount, creditorAccount, purpose, succeededAt: businessNow.toISOString() };
      return [{ type: event.type, audience, payload }];
    }
    case 'PaymentRejected':
    case 'PromisedMessageRefused': {
      const { reasonCode, atMs } = event;
      const payload = { ...factsOf(facts), rejectedAt: iso(atMs), reasonCode, reason: reasonText(reasonCode) };
      return [{ type: 'PaymentRejected', audience, payload }];
    }
    case 'DeliveryDone':
    case 'DeliveryRefused': {
      const delivery = deliveryOf(payment, event.deliveryId);
      const payload = {
        ...factsOfDelivery(payment, delivery),
        status: event.tried.status,
        accepted: event.type === 'DeliveryDone',
        attempt: tried?.attempt ?? null,
        durationMs: tried?.durationMs ?? null,
      };
      // As with the callbacks themselves: each party learns of those that were addressed to it, operations of all.
      return [{ type: 'CallbackAnswered', audience: [delivery.receiver.id], payload }];
    }
    case 'DeliveryParked':
      return [{ type: event.type, audience: [], payload: factsOfDelivery(payment, deliveryOf(payment, event.deliveryId)) }];
    case 'ClaimAbandoned':
    case 'DeliveryCreated':
    case 'DeliveryExhausted':
    case 'DeliveryFailed':
    case 'DeliveryPostponed':
    case 'DeliveryBroughtForward':
    case 'DeliveryRetriedByOperations':
    case 'DeliveryResolvedByOperations':
      return [];
    default:
      return event satisfies never;
  }
}

/** Who may know: both banks and the merchant. A refused message concerns its sender alone, and has no other party in its facts. */
function partiesOf(facts: PaymentFacts): readonly string[] {
  return [facts.initiatorBankGuid, facts.receiverBankGuid, facts.merchantUid].filter((party) => party !== null);
}

function factsOf(facts: PaymentFacts) {
  return {
    paymentGuid: facts.guid,
    pmType: facts.pmType,
    orderId: facts.orderId,
    merchantUid: facts.merchantUid,
    initiatorBankGuid: facts.initiatorBankGuid,
    receiverBankGuid: facts.receiverBankGuid ?? ZERO_UUID,
    externalId: facts.externalId,
    amountMinor: facts.amount.minor.toString(),
    currency: facts.amount.currency,
  };
}

function deliveryOf(payment: KnownPayment, deliveryId: DeliveryId): Delivery {
  const delivery = payment.deliveries.find(({ id }) => id === deliveryId);
  if (!delivery) throw new Error(`payment ${payment.facts.guid} has no delivery ${deliveryId}`);
  return delivery;
}

function factsOfDelivery(payment: KnownPayment, { id, callbackType }: Delivery) {
  const { guid, orderId } = payment.facts;
  return { paymentGuid: guid, orderId, deliveryId: id, callbackType, paymentStatus: payment.state };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

import type { Metrics } from '../../../kernel/runtime/metrics.ts';
import type { PaymentStep, PaymentStore } from '../app/ports.ts';
import type { PaymentEvent } from '../domain/events.ts';
import { isKnown } from '../domain/payment.ts';

/** The same store, which counts what was committed: payments by how they began and ended, deliveries by how they ended, refusals by code. */
export function countedStore(store: PaymentStore, metrics: Metrics): PaymentStore {
  const payments = metrics.counter({ name: 'payments_total', help: 'Payments by what became of them.', labels: ['event', 'reason'] });
  const decided = metrics.histogram({
    name: 'payment_decision_seconds',
    help: 'From the acceptance of a payment until it succeeded or was rejected.',
    labels: ['state'],
  });
  const deliveries = metrics.counter({
    name: 'deliveries_total',
    help: 'Callbacks of payments by how they ended.',
    labels: ['callback', 'end'],
  });
  const refused = metrics.counter({ name: 'payment_messages_refused_total', help: 'Payment messages refused, by code.', labels: ['code'] });

  function count(step: PaymentStep): void {
    for (const event of step.events) {
      const end = endOf(event);
      if (end !== null) deliveries.inc({ callback: callbackOf(step, end.deliveryId), end: end.type });
      if (event.type === 'PaymentAccepted') payments.inc({ event: 'accepted', reason: '' });
      if (event.type === 'PaymentSucceeded') payments.inc({ event: 'succeeded', reason: '' });
      if (event.type === 'PaymentRejected' || event.type === 'PromisedMessageRefused')
        payments.inc({ event: 'rejected', reason: event.reasonCode });
      if ((event.type === 'PaymentSucceeded' || event.type === 'PaymentRejected') && isKnown(step.after))
        decided.observe({ state: step.after.state }, Math.max(0, event.atMs - step.after.acceptedAtMs) / 1_000);
    }
  }

  return {
    ...store,
    async save(step) {
      const outcome = await store.save(step);
      if (outcome.kind === 'saved') count(step);
      return outcome;
    },
    async recordRefusal(refusal) {
      await store.recordRefusal(refusal);
      refused.inc({ code: refusal.code });
    },
  };
}

const ENDS = {
  DeliveryDone: 'done',
  DeliveryRefused: 'refused',
  DeliveryExhausted: 'exhausted',
  DeliveryParked: 'parked',
  DeliveryFailed: 'failed',
} as const satisfies Partial<Record<PaymentEvent['type'], string>>;

function endOf(event: PaymentEvent): { readonly type: string; readonly deliveryId: string } | null {
  return event.type in ENDS && 'deliveryId' in event ? { type: ENDS[event.type as keyof typeof ENDS], deliveryId: event.deliveryId } : null; // As `in` found.
}

function callbackOf({ after }: PaymentStep, deliveryId: string): string {
  return isKnown(after) ? (after.deliveries.find(({ id }) => id === deliveryId)?.callbackType ?? '') : '';
}

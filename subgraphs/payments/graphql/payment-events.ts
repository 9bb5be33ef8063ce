import type { StreamEvent } from '../../../kernel/runtime/event-log/stream-items.ts';
import { addEntityEvents, knownEventType } from '../../../kernel/runtime/graphql/entity-events.ts';
import { paymentEventSchemas, type PaymentEventType, type PaymentStatus } from '../../../schema/events/payments.ts';
import type { createPaymentsBuilder, PaymentsBuilder } from './builder.ts';
import { mayReadDelivery } from '../app/visibility.ts';
import { callbackNameOf, type DeliveryRefs } from './delivery.ts';
import type { PaymentRefs } from './payment.ts';

const EVENT_TYPES = {
  PAYMENT_ACCEPTED: { value: 'PaymentAccepted', description: 'The hub took it; the callbacks begin.' },
  CALLBACK_ANSWERED: { value: 'CallbackAnswered', description: 'A callback was accepted, or refused with effect.' },
  PAYMENT_SUCCEEDED: { value: 'PaymentSucceeded', description: 'The point of no return.' },
  PAYMENT_REJECTED: { value: 'PaymentRejected', description: 'It will not happen.' },
  RETURN_REQUESTED: { value: 'ReturnRequested', description: 'The receiver’s bank is asked to give it back, or a part of it.' },
  RETURN_CANCELED: { value: 'ReturnCanceled', description: 'A request to give it back was canceled.' },
  RETURN_SUCCEEDED: { value: 'ReturnSucceeded', description: 'What a request asked for was given back.' },
  RETURN_REJECTED: { value: 'ReturnRejected', description: 'The payer’s bank did not take what was given back.' },
  DELIVERY_PARKED: { value: 'DeliveryParked', description: 'A callback needs a person. For operations.' },
} as const satisfies Record<string, { value: PaymentEventType; description: string }>;

/** The history and the live stream of payments. */
export function addPaymentEvents(
  builder: PaymentsBuilder,
  {
    payment,
    status,
    delivery,
    callbackType,
    streamStart,
  }: PaymentRefs & Pick<DeliveryRefs, 'delivery' | 'callbackType'> & Pick<ReturnType<typeof createPaymentsBuilder>, 'streamStart'>,
): void {
  const answered = addAnsweredTry(builder, callbackType);
  addEntityEvents(builder, {
    entity: 'Payment',
    nouns: { a: 'a payment', one: 'payment', many: 'payments' },
    event: 'PaymentStatusChanged',
    idArgument: 'paymentGuid',
    versionDescription: 'Counts the events of the payment.',
    streamStart,
    requiresScopes: [['payments:read']],
    schemas: paymentEventSchemas,
    types: EVENT_TYPES,
    streams: ({ payments }) => payments.streams,
    isVisible: async (guid, { load }) => (await load.payment(guid)) !== null,
    fields: (t) => ({
      status: t.field({ type: status, description: 'The status that the event led to.', resolve: ({ event }) => statusOf(event) }),
      payment: t.field({
        type: payment,
        description: 'The payment as it is now. Whoever gets the event was concerned by it, and may see it.',
        resolve: async ({ event }, _args, { load }) => {
          const found = await load.payment(event.subject);
          if (!found) throw new Error(`the log has an event of payment ${event.subject}, which this caller cannot see`);
          return found;
        },
      }),
      answered: t.field({
        type: answered,
        nullable: true,
        description: 'Of CALLBACK_ANSWERED the try that was answered; null for every other event, and for those of before it was told.',
        resolve: ({ event }) => answeredTryOf(event),
      }),
      delivery: t.field({
        type: delivery,
        nullable: true,
        description: 'The callback that was answered or needs a person, as it is now; null for every other event.',
        resolve: async ({ event }, _args, { load, caller }) => {
          const deliveryId = deliveryIdOf(event);
          if (deliveryId === null) return null;
          const found = (await load.deliveriesOfPayment(event.subject)).find(({ id }) => id === deliveryId);
          return found && mayReadDelivery(caller, found) ? found : null;
        },
      }),
    }),
  });
}

function statusOf({ type, payload }: StreamEvent['event']): PaymentStatus {
  const known = knownEventType(paymentEventSchemas, type);
  switch (known) {
    case 'PaymentAccepted':
      return 'PENDING';
    case 'PaymentSucceeded':
    case 'ReturnRequested':
    case 'ReturnCanceled':
    case 'ReturnSucceeded':
    case 'ReturnRejected':
      return 'SUCCESS';
    case 'PaymentRejected':
      return 'REJECT';
    case 'CallbackAnswered':
    case 'DeliveryParked':
      return paymentEventSchemas[known].parse(payload).paymentStatus;
    default:
      return known satisfies never;
  }
}

interface AnsweredTry {
  readonly callbackType: NonNullable<ReturnType<typeof callbackNameOf>>;
  readonly attempt: number;
  readonly durationMs: number;
}

function addAnsweredTry(builder: PaymentsBuilder, callbackType: DeliveryRefs['callbackType']) {
  return builder.objectRef<AnsweredTry>('AnsweredTry').implement({
    description: 'The try of a callback that was answered, as its event tells of it.',
    fields: (t) => ({
      callbackType: t.expose('callbackType', { type: callbackType, description: 'Which callback.' }),
      attempt: t.exposeInt('attempt', { description: '1 is the first send.' }),
      durationMs: t.exposeInt('durationMs', { description: 'Until the answer was there.' }),
    }),
  });
}

/** From the event alone: whoever follows all payments pays for no read of it. */
function answeredTryOf({ type, payload }: StreamEvent['event']): AnsweredTry | null {
  if (type !== 'CallbackAnswered') return null;
  const { callbackType, attempt, durationMs } = paymentEventSchemas.CallbackAnswered.parse(payload);
  const name = callbackNameOf(callbackType);
  return name === undefined || attempt === null || durationMs === null ? null : { callbackType: name, attempt, durationMs };
}

function deliveryIdOf({ type, payload }: StreamEvent['event']): string | null {
  return type === 'CallbackAnswered' || type === 'DeliveryParked' ? paymentEventSchemas[type].parse(payload).deliveryId : null;
}

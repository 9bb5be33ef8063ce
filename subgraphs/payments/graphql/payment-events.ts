import type { StreamEvent, StreamItem } from '../../../kernel/runtime/event-log/stream-items.ts';
import type { HistoryPage } from '../../../kernel/runtime/event-log/stream.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import type { Connection } from '../../../kernel/runtime/graphql/connection.ts';
import { requestError, streamError } from '../../../kernel/runtime/graphql/errors.ts';
import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { streamItemType, streamStart } from '../../../kernel/runtime/graphql/stream-types.ts';
import { paymentEventSchemas, type PaymentEventType, type PaymentStatus } from '../../../schema/events/payments.ts';
import type { createPaymentsBuilder, PaymentsBuilder, PaymentsContext } from './builder.ts';
import type { PaymentRefs } from './payment.ts';
import { scopeOf } from './viewer.ts';

/** Pages of history may be larger than other pages: a client that was away catches up with them. */
const HISTORY_PAGE_MAX = 200;

/** The history and the live stream of payments: the same items, on the same cursors. */
export function addPaymentEvents(
  builder: PaymentsBuilder,
  refs: PaymentRefs,
  streamStartType: ReturnType<typeof createPaymentsBuilder>['streamStart'],
): void {
  const eventType = addPaymentEventType(builder);
  const changed = addPaymentStatusChanged(builder, refs, eventType);
  addHistory(builder, changed);
  const item = builder.unionType('PaymentStreamItem', {
    description: 'What a stream of payments carries.',
    types: [changed, 'StreamReady', 'StreamHeartbeat', 'StreamNotice'],
    resolveType: streamItemType('PaymentStatusChanged'),
  });
  builder.subscriptionField('paymentStatusChanged', (t) =>
    t.field({
      type: item,
      description:
        'Every committed change, at least once, in order per payment. The first item, or the first after the replay, is StreamReady. Resume with the cursor of the last item.',
      args: {
        paymentGuid: t.arg.id({ description: 'One payment, by either id.' }),
        types: t.arg({ type: [eventType], description: 'Only these events. The filter is part of the cursor.' }),
        after: t.arg({ type: 'Cursor', description: 'Resume behind this item.' }),
        from: t.arg({ type: streamStartType, required: true, defaultValue: 'NOW', description: 'Where to begin without a cursor.' }),
      },
      subscribe: (_root, args, context) => openStream(args, context),
      resolve: (streamItem: StreamItem) => streamItem,
    }),
  );
}

function addPaymentEventType(builder: PaymentsBuilder) {
  return builder.enumType('PaymentEventType', {
    description: 'What happened to a payment.',
    values: {
      PAYMENT_ACCEPTED: { value: 'PaymentAccepted', description: 'The hub took it; the callbacks begin.' },
      CALLBACK_ANSWERED: { value: 'CallbackAnswered', description: 'A callback was accepted, or refused with effect.' },
      PAYMENT_SUCCEEDED: { value: 'PaymentSucceeded', description: 'The point of no return.' },
      PAYMENT_REJECTED: { value: 'PaymentRejected', description: 'It will not happen.' },
      DELIVERY_PARKED: { value: 'DeliveryParked', description: 'A callback needs a person. For operations.' },
    } as const satisfies Record<string, { value: PaymentEventType; description: string }>,
  });
}

type EventTypeRef = ReturnType<typeof addPaymentEventType>;

function addPaymentStatusChanged(builder: PaymentsBuilder, { payment, status }: PaymentRefs, eventType: EventTypeRef) {
  return builder.objectRef<StreamEvent>('PaymentStatusChanged').implement({
    description: 'One event of a payment. Its own fields are as of the event; `payment` is as of delivery.',
    fields: (t) => ({
      cursor: t.expose('cursor', { type: 'Cursor', description: 'Resume here and the next event is the one after this.' }),
      sequence: t.expose('sequence', {
        type: 'Sequence',
        description: 'The caller’s own number of the event, without holes over all of the caller’s events.',
      }),
      previousSequence: t.expose('previousSequence', {
        type: 'Sequence',
        nullable: true,
        description:
          'The event before this one under the same filter: if it is not the one you have, you have missed some. Null for the first.',
      }),
      paymentVersion: t.int({ description: 'Counts the events of the payment.', resolve: ({ event }) => event.version }),
      type: t.field({ type: eventType, description: 'What happened.', resolve: ({ event }) => eventTypeOf(event.type) }),
      occurredAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ event }) => event.at }),
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
    }),
  });
}

type ChangedRef = ReturnType<typeof addPaymentStatusChanged>;

function eventTypeOf(type: string): PaymentEventType {
  if (!Object.hasOwn(paymentEventSchemas, type)) throw new Error(`the log has an event of the unknown type ${type}`);
  return type as PaymentEventType; // A key of the schemas, as the line above found.
}

function statusOf({ type, payload }: StreamEvent['event']): PaymentStatus {
  const known = eventTypeOf(type);
  switch (known) {
    case 'PaymentAccepted':
      return 'PENDING';
    case 'PaymentSucceeded':
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

function addHistory(builder: PaymentsBuilder, changed: ChangedRef): void {
  const connection = connectionType(builder, 'PaymentEvent', changed);
  builder.queryField('paymentEvents', (t) =>
    t.field({
      type: connection,
      description: 'The events of payments that concern the caller, oldest first; the same items and cursors as `paymentStatusChanged`.',
      args: {
        paymentGuid: t.arg.id({ description: 'One payment, by either id.' }),
        after: t.arg({ type: 'Cursor', description: 'The place to go on from.' }),
        first: t.arg.int({ required: true, defaultValue: 50, description: 'How many; at most 200.' }),
      },
      resolve: async (_root, args, { payments, caller }): Promise<Connection<StreamEvent>> => {
        if (args.first < 1 || args.first > HISTORY_PAGE_MAX) {
          throw requestError('PAGE_SIZE', `first is between 1 and ${HISTORY_PAGE_MAX}`, { max: HISTORY_PAGE_MAX });
        }
        const after = args.after ?? undefined;
        const page = await payments.streams.history({ scope: scopeOf(caller), filter: filterOf(args), after, first: args.first });
        if (!page.ok) throw streamError(page.failure);
        return connectionOfHistory(page.value, after);
      },
    }),
  );
}

function connectionOfHistory({ events, hasNextPage, endCursor }: HistoryPage, after: string | undefined): Connection<StreamEvent> {
  return {
    edges: events.map((event) => ({ node: event, cursor: event.cursor })),
    pageInfo: { hasNextPage, hasPreviousPage: after !== undefined, startCursor: events[0]?.cursor ?? null, endCursor },
  };
}

interface StreamArguments {
  readonly paymentGuid?: string | null | undefined;
  readonly types?: readonly PaymentEventType[] | null | undefined;
  readonly after?: string | null | undefined;
  readonly from: 'NOW' | 'BEGINNING' | 'SNAPSHOT';
}

/** A payment that the caller cannot see is refused here: a stream that stays silent for ever would look like a quiet payment. */
async function openStream(args: StreamArguments, { payments, caller, load }: PaymentsContext): Promise<AsyncIterable<StreamItem>> {
  const scope = scopeOf(caller);
  const filter = filterOf(args);
  if (filter.subject !== undefined && !(await load.payment(filter.subject))) throw requestError('NOT_FOUND', 'there is no such payment');
  const opened = await payments.streams.subscribe({ scope, filter, ...streamStart(args) });
  if (!opened.ok) throw streamError(opened.failure);
  return opened.value;
}

function filterOf({ paymentGuid, types }: Pick<StreamArguments, 'paymentGuid' | 'types'>) {
  return {
    ...(paymentGuid === null || paymentGuid === undefined ? {} : { subject: wireIdOf('Payment', paymentGuid) ?? '' }),
    ...(types === null || types === undefined ? {} : { types }),
  };
}

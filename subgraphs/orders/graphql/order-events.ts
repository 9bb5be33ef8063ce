import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import type { Connection } from '../../../kernel/runtime/graphql/connection.ts';
import { requestError, streamError } from '../../../kernel/runtime/graphql/errors.ts';
import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { streamItemType, streamStart } from '../../../kernel/runtime/graphql/stream-types.ts';
import type { StreamEvent, StreamItem } from '../../../kernel/runtime/event-log/stream-items.ts';
import type { HistoryPage } from '../../../kernel/runtime/event-log/stream.ts';
import { orderEventSchemas, type OrderEventType } from '../../../schema/events/orders.ts';
import { visibleTo } from '../app/read-orders.ts';
import type { createOrdersBuilder, OrdersBuilder, OrdersContext } from './builder.ts';
import type { OrderRefs } from './order.ts';
import { scopeOf } from './stream-scope.ts';

/** Pages of history may be larger than pages of orders: a client that was away catches up with them. */
const HISTORY_PAGE_MAX = 200;

/** The history and the live stream of orders: the same items, on the same cursors (design of the kernel's event log). */
export function addOrderEvents(
  builder: OrdersBuilder,
  refs: OrderRefs,
  streamStartType: ReturnType<typeof createOrdersBuilder>['streamStart'],
): void {
  const eventType = addOrderEventType(builder);
  const changed = addOrderStatusChanged(builder, refs, eventType);
  addHistory(builder, changed);
  const item = builder.unionType('OrderStreamItem', {
    description: 'What a stream of orders carries.',
    types: [changed, 'StreamReady', 'StreamHeartbeat', 'StreamNotice'],
    resolveType: streamItemType('OrderStatusChanged'),
  });
  builder.subscriptionField('orderStatusChanged', (t) =>
    t.field({
      type: item,
      description:
        'Every committed change, at least once, in order per order. The first item, or the first after the replay, is StreamReady. Resume with the cursor of the last item.',
      args: {
        orderId: t.arg.id({ description: 'One order, by either id.' }),
        types: t.arg({ type: [eventType], description: 'Only these events. The filter is part of the cursor.' }),
        after: t.arg({ type: 'Cursor', description: 'Resume behind this item.' }),
        from: t.arg({ type: streamStartType, required: true, defaultValue: 'NOW', description: 'Where to begin without a cursor.' }),
      },
      subscribe: (_root, args, context) => openStream(args, context),
      resolve: (streamItem: StreamItem) => streamItem,
    }),
  );
}

function addOrderEventType(builder: OrdersBuilder) {
  return builder.enumType('OrderEventType', {
    description: 'What happened to an order.',
    values: {
      ORDER_CREATED: { value: 'OrderCreated', description: 'It was made.' },
      ORDER_CLAIMED: { value: 'OrderClaimed', description: 'A payment holds it.' },
      ORDER_RELEASED: { value: 'OrderReleased', description: 'The payment was rejected; the order can be paid again.' },
      ORDER_SUCCEEDED: { value: 'OrderSucceeded', description: 'It is paid.' },
      ORDER_CANCELED: { value: 'OrderCanceled', description: 'It expired, or the merchant canceled it.' },
    } as const satisfies Record<string, { value: OrderEventType; description: string }>,
  });
}

type EventTypeRef = ReturnType<typeof addOrderEventType>;

function addOrderStatusChanged(builder: OrdersBuilder, { order, status }: OrderRefs, eventType: EventTypeRef) {
  return builder.objectRef<StreamEvent>('OrderStatusChanged').implement({
    description: 'One event of an order. Its own fields are as of the event; `order` is as of delivery.',
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
      orderVersion: t.int({ description: 'Counts the events of the order, without holes.', resolve: ({ event }) => event.version }),
      type: t.field({ type: eventType, description: 'What happened.', resolve: ({ event }) => eventTypeOf(event.type) }),
      occurredAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ event }) => event.at }),
      status: t.field({
        type: status,
        description: 'The status that the event led to.',
        resolve: ({ event }) => orderEventSchemas[eventTypeOf(event.type)].parse(event.payload).status,
      }),
      order: t.field({
        type: order,
        description: 'The order as it is now. Whoever gets the event was concerned by it, and may see it.',
        resolve: async ({ event }, _args, { loadOrder }) => {
          const seen = await loadOrder(event.subject);
          if (!seen) throw new Error(`the log has an event of order ${event.subject}, which does not exist`);
          return seen;
        },
      }),
    }),
  });
}

type ChangedRef = ReturnType<typeof addOrderStatusChanged>;

function eventTypeOf(type: string): OrderEventType {
  if (!Object.hasOwn(orderEventSchemas, type)) throw new Error(`the log has an event of the unknown type ${type}`);
  return type as OrderEventType; // A key of the schemas, as the line above found.
}

function addHistory(builder: OrdersBuilder, changed: ChangedRef): void {
  const connection = connectionType(builder, 'OrderEvent', changed);
  builder.queryField('orderEvents', (t) =>
    t.field({
      type: connection,
      description: 'The events of orders that concern the caller, oldest first; the same items and cursors as `orderStatusChanged`.',
      args: {
        orderId: t.arg.id({ description: 'One order, by either id.' }),
        after: t.arg({ type: 'Cursor', description: 'The place to go on from.' }),
        first: t.arg.int({ required: true, defaultValue: 50, description: 'How many; at most 200.' }),
      },
      resolve: async (_root, args, { orders, caller }): Promise<Connection<StreamEvent>> => {
        if (args.first < 1 || args.first > HISTORY_PAGE_MAX)
          throw requestError('PAGE_SIZE', `first is between 1 and ${HISTORY_PAGE_MAX}`, { max: HISTORY_PAGE_MAX });
        const after = args.after ?? undefined;
        const page = await orders.streams.history({ scope: scopeOf(caller), filter: filterOf(args), after, first: args.first });
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
  readonly orderId?: string | null | undefined;
  readonly types?: readonly OrderEventType[] | null | undefined;
  readonly after?: string | null | undefined;
  readonly from: 'NOW' | 'BEGINNING' | 'SNAPSHOT';
}

/** An order that the caller cannot see is refused here: a stream that stays silent for ever would look like a quiet order. */
async function openStream(args: StreamArguments, { orders, caller, loadOrder }: OrdersContext): Promise<AsyncIterable<StreamItem>> {
  const scope = scopeOf(caller);
  const filter = filterOf(args);
  if (filter.subject !== undefined && !visibleTo(caller, await loadOrder(filter.subject)))
    throw requestError('NOT_FOUND', 'there is no such order');
  const opened = await orders.streams.subscribe({ scope, filter, ...streamStart(args) });
  if (!opened.ok) throw streamError(opened.failure);
  return opened.value;
}

function filterOf({ orderId, types }: Pick<StreamArguments, 'orderId' | 'types'>) {
  return {
    ...(orderId === null || orderId === undefined ? {} : { subject: wireIdOf('Order', orderId) ?? '' }),
    ...(types === null || types === undefined ? {} : { types }),
  };
}

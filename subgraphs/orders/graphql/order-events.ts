import { addEntityEvents, knownEventType } from '../../../kernel/runtime/graphql/entity-events.ts';
import { orderEventSchemas, type OrderEventType } from '../../../schema/events/orders.ts';
import { visibleTo } from '../app/read-orders.ts';
import type { createOrdersBuilder, OrdersBuilder } from './builder.ts';
import type { OrderRefs } from './order.ts';

const EVENT_TYPES = {
  ORDER_CREATED: { value: 'OrderCreated', description: 'It was made.' },
  ORDER_CLAIMED: { value: 'OrderClaimed', description: 'A payment holds it.' },
  ORDER_RELEASED: { value: 'OrderReleased', description: 'The payment was rejected; the order can be paid again.' },
  ORDER_SUCCEEDED: { value: 'OrderSucceeded', description: 'It is paid.' },
  ORDER_RETURNS_CHANGED: { value: 'OrderReturnsChanged', description: 'Its payment is given back, or asked to be, whole or in part.' },
  ORDER_CANCELED: { value: 'OrderCanceled', description: 'It expired, or the merchant canceled it.' },
} as const satisfies Record<string, { value: OrderEventType; description: string }>;

/** The history and the live stream of orders. */
export function addOrderEvents(
  builder: OrdersBuilder,
  { order, status }: OrderRefs,
  streamStart: ReturnType<typeof createOrdersBuilder>['streamStart'],
): void {
  addEntityEvents(builder, {
    entity: 'Order',
    nouns: { a: 'an order', one: 'order', many: 'orders' },
    event: 'OrderStatusChanged',
    idArgument: 'orderId',
    versionDescription: 'Counts the events of the order, without holes.',
    streamStart,
    requiresScopes: [['orders:read'], ['order:watch']],
    schemas: orderEventSchemas,
    types: EVENT_TYPES,
    streams: ({ orders }) => orders.streams,
    isVisible: async (id, { caller, loadOrder }) => visibleTo(caller, await loadOrder(id)) !== null,
    fields: (t) => ({
      status: t.field({
        type: status,
        description: 'The status that the event led to.',
        resolve: ({ event }) => orderEventSchemas[knownEventType(orderEventSchemas, event.type)].parse(event.payload).status,
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

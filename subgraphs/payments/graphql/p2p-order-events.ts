import { addEntityEvents, knownEventType } from '../../../kernel/runtime/graphql/entity-events.ts';
import { p2pEventSchemas, type P2pEventType } from '../../../schema/events/payments.ts';
import type { createPaymentsBuilder, PaymentsBuilder } from './builder.ts';
import type { P2pOrderRefs } from './p2p-order.ts';
import { mayReadP2p } from './p2p-visibility.ts';

const EVENT_TYPES = {
  P2P_ORDER_CREATED: { value: 'P2pOrderCreated', description: 'It was made.' },
  P2P_RECEIVER_FOUND: { value: 'P2pReceiverFound', description: 'A customer consented to be found under the number.' },
  P2P_PAY_REQUEST_COMPLETED: { value: 'P2pPayRequestCompleted', description: 'The payer’s bank is told whom it pays.' },
  P2P_PAY_REQUEST_FAILED: { value: 'P2pPayRequestFailed', description: 'A pay request came to nothing.' },
  P2P_ORDER_REJECTED: { value: 'P2pOrderRejected', description: 'It cannot be paid.' },
  P2P_ORDER_PAID: { value: 'P2pOrderPaid', description: 'It is paid.' },
  P2P_ORDER_EXPIRED: { value: 'P2pOrderExpired', description: 'Its time has run out.' },
} as const satisfies Record<string, { value: P2pEventType; description: string }>;

/** The history and the live stream of orders between people. */
export function addP2pOrderEvents(
  builder: PaymentsBuilder,
  { p2pOrder, p2pStatus }: P2pOrderRefs,
  streamStart: ReturnType<typeof createPaymentsBuilder>['streamStart'],
): void {
  addEntityEvents(builder, {
    entity: 'P2pOrder',
    nouns: { a: 'an order between people', one: 'order between people', many: 'orders between people' },
    event: 'P2pOrderStatusChanged',
    idArgument: 'orderGuid',
    versionDescription: 'Counts the events of the order.',
    streamStart,
    requiresScopes: [['payments:read']],
    schemas: p2pEventSchemas,
    types: EVENT_TYPES,
    streams: ({ payments }) => payments.p2p.streams,
    isVisible: async (guid, { load, caller }) => mayReadP2p(caller, await load.p2pOrder(guid)) !== null,
    fields: (t) => ({
      status: t.field({
        type: p2pStatus,
        description: 'The status that the event led to.',
        resolve: ({ event }) => p2pEventSchemas[knownEventType(p2pEventSchemas, event.type)].parse(event.payload).status,
      }),
      p2pOrder: t.field({
        type: p2pOrder,
        description: 'The order as it is now. Whoever gets the event was concerned by it, and may see it.',
        resolve: async ({ event }, _args, { load, caller }) => {
          const found = mayReadP2p(caller, await load.p2pOrder(event.subject));
          if (!found) throw new Error(`the log has an event of order ${event.subject}, which this caller cannot see`);
          return found;
        },
      }),
    }),
  });
}

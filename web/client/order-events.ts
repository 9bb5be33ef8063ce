import { type EventSource, reading, type StreamBegin } from './event-source.ts';
import { GatewayFailure } from './failure.ts';
import { followEvents } from './follow-events.ts';
import {
  type OrderEventFragment,
  OrderEventPageDocument,
  OrderEventsDocument,
  OrderSnapshotDocument,
  type OrderSnapshotQuery,
} from './generated/documents.ts';
import { type EntityFollowing, followingOf } from './following.ts';

export type OrderEvent = OrderEventFragment & { readonly __typename: 'OrderStatusChanged' };
export type OrderSnapshot = NonNullable<OrderSnapshotQuery['order']>;

/**
 * Follows the events of one order, or of all orders of the credential, and misses none. Resolves when the signal is aborted; rejects
 * as `followEvents` does. With `orderId` it begins with a snapshot unless a position is stored.
 */
export async function followOrders(following: EntityFollowing<OrderEvent, OrderSnapshot> & { readonly orderId?: string }): Promise<void> {
  const { orderId, ...rest } = following;
  await followEvents(followingOf(orderEvents(orderId ?? null), rest));
}

function orderEvents(orderId: string | null): EventSource<OrderEvent, OrderSnapshot> {
  return {
    live: (begin: StreamBegin) => reading(OrderEventsDocument, { orderId, ...begin }, ({ orderStatusChanged }) => orderStatusChanged),
    async page(client, { after, first, signal }) {
      const { data } = await client.ask(OrderEventPageDocument, { orderId, after, first }, { signal });
      const { nodes, pageInfo } = data.orderEvents;
      return { events: nodes, ...pageInfo };
    },
    snapshot:
      orderId === null
        ? null
        : async (client, signal) => {
            const { order } = (await client.ask(OrderSnapshotDocument, { orderId }, { signal })).data;
            if (!order) throw new GatewayFailure('NOT_FOUND', 'There is no such order', { retryable: false });
            return { value: order, cursor: order.eventCursor, includes: ({ orderVersion }) => orderVersion <= order.version };
          },
  };
}

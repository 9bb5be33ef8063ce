import { type EventSource, reading } from '../../client/event-source.ts';
import { LiveOrderPageDocument, type LiveOrderFragment, LiveOrdersDocument, type OrderRowFragment } from '../generated/documents.ts';
import type { Feed } from './use-live-rows.ts';

type LiveOrder = LiveOrderFragment & { readonly __typename: 'OrderStatusChanged' };

/** Every event of every order that the viewer may see, with what a row of a list shows. */
const ORDER_SOURCE: EventSource<LiveOrder, never> = {
  live: (begin) => reading(LiveOrdersDocument, { ...begin }, ({ orderStatusChanged }) => orderStatusChanged),
  async page(client, { after, first, signal }) {
    const { nodes, pageInfo } = (await client.ask(LiveOrderPageDocument, { after, first }, { signal })).data.orderEvents;
    return { events: nodes, ...pageInfo };
  },
  snapshot: null,
};

export const ORDER_FEED: Feed<LiveOrder, OrderRowFragment> = {
  source: ORDER_SOURCE,
  rowOf: ({ order }) => order,
  keyOf: ({ orderId }) => orderId,
};

import { type EventSource, reading } from '../../client/event-source.ts';
import {
  type LiveP2pOrderFragment,
  LiveP2pOrderPageDocument,
  LiveP2pOrdersDocument,
  type P2pOrderRowFragment,
} from '../generated/documents.ts';
import type { Feed } from './use-live-rows.ts';

type LiveP2pOrder = LiveP2pOrderFragment & { readonly __typename: 'P2pOrderStatusChanged' };

/** Every event of every order between people that the viewer may see. */
const P2P_ORDER_SOURCE: EventSource<LiveP2pOrder, never> = {
  live: (begin) => reading(LiveP2pOrdersDocument, { ...begin }, ({ p2pOrderStatusChanged }) => p2pOrderStatusChanged),
  async page(client, { after, first, signal }) {
    const { nodes, pageInfo } = (await client.ask(LiveP2pOrderPageDocument, { after, first }, { signal })).data.p2pOrderEvents;
    return { events: nodes, ...pageInfo };
  },
  snapshot: null,
};

export const P2P_ORDER_FEED: Feed<LiveP2pOrder, P2pOrderRowFragment> = {
  source: P2P_ORDER_SOURCE,
  rowOf: ({ p2pOrder }) => p2pOrder,
  keyOf: ({ guid }) => guid,
};

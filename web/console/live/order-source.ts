import { type EventSource, reading } from '../../client/event-source.ts';
import { LiveOrderPageDocument, type LiveOrderFragment, LiveOrdersDocument } from '../generated/documents.ts';

export type LiveOrder = LiveOrderFragment & { readonly __typename: 'OrderStatusChanged' };

/** Every event of every order that the viewer may see, with what a row of a list shows. */
export const ORDER_SOURCE: EventSource<LiveOrder, never> = {
  live: (begin) => reading(LiveOrdersDocument, { ...begin }, ({ orderStatusChanged }) => orderStatusChanged),
  async page(client, { after, first, signal }) {
    const { nodes, pageInfo } = (await client.ask(LiveOrderPageDocument, { after, first }, { signal })).data.orderEvents;
    return { events: nodes, ...pageInfo };
  },
  snapshot: null,
};

import { type EventSource, reading } from '../../client/event-source.ts';
import {
  type LiveRegisterFragment,
  LiveRegisterPageDocument,
  LiveRegistersDocument,
  type RegisterFactsFragment,
} from '../generated/documents.ts';
import type { Feed } from './use-live-rows.ts';

type LiveRegister = LiveRegisterFragment & { readonly __typename: 'RegisterStatusChanged' };

/** Every event of every register that the viewer may see. */
const REGISTER_SOURCE: EventSource<LiveRegister, never> = {
  live: (begin) => reading(LiveRegistersDocument, { ...begin }, ({ registerStatusChanged }) => registerStatusChanged),
  async page(client, { after, first, signal }) {
    const { nodes, pageInfo } = (await client.ask(LiveRegisterPageDocument, { after, first }, { signal })).data.registerEvents;
    return { events: nodes, ...pageInfo };
  },
  snapshot: null,
};

export const REGISTER_FEED: Feed<LiveRegister, RegisterFactsFragment> = {
  source: REGISTER_SOURCE,
  rowOf: ({ register }) => register,
  keyOf: ({ id }) => id,
};

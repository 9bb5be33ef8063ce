import { type EventSource, reading } from '../../client/event-source.ts';
import { LiveAliasesDocument, type LiveAliasFragment, LiveAliasPageDocument } from '../generated/documents.ts';
import type { Feed } from './use-live-rows.ts';

type LiveAlias = LiveAliasFragment & { readonly __typename: 'AliasChanged' };

/** Every change of every alias that concerns the viewer. */
const ALIAS_SOURCE: EventSource<LiveAlias, never> = {
  live: (begin) => reading(LiveAliasesDocument, { ...begin }, ({ aliasChanged }) => aliasChanged),
  async page(client, { after, first, signal }) {
    const { nodes, pageInfo } = (await client.ask(LiveAliasPageDocument, { after, first }, { signal })).data.aliasEvents;
    return { events: nodes, ...pageInfo };
  },
  snapshot: null,
};

/** The changes themselves: one alias may have many. */
export const ALIAS_FEED: Feed<LiveAlias, LiveAlias> = {
  source: ALIAS_SOURCE,
  rowOf: (event) => event,
  keyOf: ({ cursor }) => cursor,
};

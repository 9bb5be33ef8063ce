import type { EventPage, EventSource, StreamBegin } from '../event-source.ts';
import type { GraphqlClient } from '../graphql-client.ts';
import { pause } from '../pause.ts';
import type { StreamEvent, StreamItem } from '../stream-items.ts';
import type { StreamTransport } from './transport.ts';

/** The gateway's cap for pages of events. */
export const PAGE_MAX = 200;

/** Where no stream comes through: the history, asked again and again, on the same cursor and with the same items. */
export function pollingTransport(o: { readonly client: GraphqlClient; readonly everyMs: number }): StreamTransport {
  return {
    name: 'polling',
    async *open<Event extends StreamEvent>(
      source: Pick<EventSource<Event, unknown>, 'page'>,
      begin: StreamBegin,
      signal: AbortSignal,
    ): AsyncGenerator<StreamItem<Event>> {
      const read = (after: string | null) => source.page(o.client, { after, first: PAGE_MAX, signal });
      let after = await beginning(begin, read);
      let replayed = 0;
      let ready = false;
      while (!signal.aborted) {
        const { events, endCursor, hasNextPage } = await read(after);
        yield* events;
        replayed += events.length;
        after = endCursor ?? after;
        if (hasNextPage || after === null) continue;
        yield ready ? { __typename: 'StreamHeartbeat', cursor: after } : { __typename: 'StreamReady', cursor: after, replayed };
        ready = true;
        await pause(o.everyMs, signal);
      }
    },
  };
}

/** History has no cursor of this moment: it is where the last page ends. */
async function beginning<Event extends StreamEvent>(
  begin: StreamBegin,
  read: (after: string | null) => Promise<EventPage<Event>>,
): Promise<string | null> {
  if ('after' in begin) return begin.after;
  if (begin.from === 'BEGINNING') return null;
  let page = await read(null);
  while (page.hasNextPage) page = await read(page.endCursor);
  return page.endCursor;
}

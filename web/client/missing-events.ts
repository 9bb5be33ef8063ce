import type { EventSource } from './event-source.ts';
import { type ClientFailureCode, GatewayFailure } from './failure.ts';
import type { GraphqlClient } from './graphql-client.ts';
import type { StreamEvent } from './stream-items.ts';
import { PAGE_MAX } from './transports/polling.ts';

/**
 * The events behind `after`, whose last one had the number `last`, up to and with `upTo`. Throws GatewayFailure (EVENTS_MISSING) when
 * the history has the same hole.
 */
export async function* missingEvents<Event extends StreamEvent>(o: {
  readonly source: Pick<EventSource<Event, unknown>, 'page'>;
  readonly client: GraphqlClient;
  readonly after: string | null;
  readonly last: string;
  readonly upTo: Event;
  readonly signal: AbortSignal;
}): AsyncGenerator<Event> {
  let { after, last } = o;
  for (;;) {
    const page = await o.source.page(o.client, { after, first: PAGE_MAX, signal: o.signal });
    for (const event of page.events) {
      if (event.previousSequence !== last) throw missing(last, event);
      last = event.sequence;
      yield event;
      if (BigInt(last) >= BigInt(o.upTo.sequence)) return;
    }
    if (!page.hasNextPage) break;
    after = page.endCursor;
  }
  // The event was on the stream before the history had it, which no log of ours does.
  if (o.upTo.previousSequence !== last) throw missing(last, o.upTo);
  yield o.upTo;
}

function missing(last: string, { previousSequence }: StreamEvent): GatewayFailure {
  const code = 'EVENTS_MISSING' satisfies ClientFailureCode;
  return new GatewayFailure(code, `Between ${last} and ${previousSequence ?? 'the beginning'} there is a hole`, { retryable: false });
}

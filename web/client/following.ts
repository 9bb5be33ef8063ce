import type { EventSource } from './event-source.ts';
import type { FollowHandlers, FollowOptions } from './follow-events.ts';
import { createGraphqlClient, type Endpoint } from './graphql-client.ts';
import type { StreamEvent } from './stream-items.ts';
import { pollingTransport } from './transports/polling.ts';
import { serverSentEventsTransport } from './transports/server-sent-events.ts';
import type { TransportName } from './transports/transport.ts';
import { type SocketConstructor, webSocketTransport } from './transports/web-socket.ts';

/** What an application says about a stream that it follows. */
export interface EntityFollowing<Event extends StreamEvent, Snapshot>
  extends
    Endpoint,
    FollowHandlers<Event, Snapshot>,
    Pick<FollowOptions<Event, Snapshot>, 'position' | 'signal' | 'backOff' | 'silenceMsMax'> {
  /** Default: SNAPSHOT for one thing, NOW for all. */
  readonly begin?: FollowOptions<Event, Snapshot>['begin'];
  /** Default: all of them, in this order. */
  readonly transports?: readonly TransportName[];
  /** Default: the environment's own. Node 20 has none, so it begins with server-sent events. */
  readonly WebSocket?: SocketConstructor | undefined;
  readonly pollEveryMs?: number;
}

const POLL_EVERY_MS = 2_000;
const ALL: readonly TransportName[] = ['websocket', 'sse', 'polling'];

/** Puts the transports of the environment behind a source. */
export function followingOf<Event extends StreamEvent, Snapshot>(
  source: EventSource<Event, Snapshot>,
  { url, credential, fetch, begin, transports = ALL, WebSocket, pollEveryMs = POLL_EVERY_MS, ...rest }: EntityFollowing<Event, Snapshot>,
): FollowOptions<Event, Snapshot> {
  const endpoint: Endpoint = { url, ...(credential && { credential }), ...(fetch && { fetch }) };
  const client = createGraphqlClient(endpoint);
  const Socket = WebSocket ?? globalThis.WebSocket;
  const make = {
    websocket: () => (Socket ? [webSocketTransport({ url, credential, WebSocket: Socket })] : []),
    sse: () => [serverSentEventsTransport(endpoint)],
    polling: () => [pollingTransport({ client, everyMs: pollEveryMs })],
  } satisfies Record<TransportName, () => unknown>;
  return {
    ...rest,
    source,
    client,
    begin: begin ?? (source.snapshot ? 'SNAPSHOT' : 'NOW'),
    transports: transports.flatMap((name) => make[name]()),
  };
}

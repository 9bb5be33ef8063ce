import type { EventSource, StreamBegin } from '../event-source.ts';
import type { StreamEvent, StreamItem } from '../stream-items.ts';

export type TransportName = 'websocket' | 'sse' | 'polling';

/** One way to read a stream. */
export interface StreamTransport {
  readonly name: TransportName;
  /**
   * Reads until the gateway ends the stream. Throws GatewayFailure when it is refused or lost. Ends soon after the signal is aborted,
   * with or without an error.
   */
  open<Event extends StreamEvent>(
    source: Pick<EventSource<Event, unknown>, 'live' | 'page'>,
    begin: StreamBegin,
    signal: AbortSignal,
  ): AsyncIterable<StreamItem<Event>>;
}

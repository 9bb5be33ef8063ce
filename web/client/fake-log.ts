import type { EventSource, StreamBegin } from './event-source.ts';
import { GatewayFailure } from './failure.ts';
import type { PositionStore } from './follow-events.ts';
import type { GraphqlClient } from './graphql-client.ts';
import type { StreamEvent, StreamItem, StreamPosition } from './stream-items.ts';
import type { StreamTransport, TransportName } from './transports/transport.ts';

// For tests: a log whose cursors are its numbers, and transports that do as they are told.

/** Event `sequence` of a log whose events are numbered 1, 2, 3 … */
export function logged(sequence: number): StreamEvent {
  return {
    __typename: 'Happened',
    cursor: `c${sequence}`,
    sequence: String(sequence),
    previousSequence: sequence === 1 ? null : String(sequence - 1),
  };
}

export const ready = (cursor: string): StreamItem<StreamEvent> => ({ __typename: 'StreamReady', cursor, replayed: 0 });
export const heartbeat = (cursor: string): StreamItem<StreamEvent> => ({ __typename: 'StreamHeartbeat', cursor });
export const notice = (
  code: 'DRAINING' | 'LAGGED' | 'TOKEN_EXPIRING',
  cursor: string,
  reconnectAfterMs: number | null = null,
): StreamItem<StreamEvent> => ({ __typename: 'StreamNotice', code, cursor, reconnectAfterMs });

export const refusal = (code: string, details: Record<string, unknown> = {}, retryable = false): GatewayFailure =>
  new GatewayFailure(code, code, { retryable, details });

/** What a connection gives before it waits for ever: items, and perhaps how it ends. */
export type Script = readonly (StreamItem<StreamEvent> | GatewayFailure | 'end')[];

export interface FakeTransport extends StreamTransport {
  /** Where each connection began. */
  readonly begun: StreamBegin[];
}

/** Answers its connections with the scripts in turn, and those after the last one like the last one. */
export function scripted(name: TransportName, ...scripts: Script[]): FakeTransport {
  const begun: StreamBegin[] = [];
  return {
    name,
    begun,
    async *open(_source, begin, signal) {
      const script = scripts[Math.min(begun.length, scripts.length - 1)] ?? [];
      begun.push(begin);
      for (const step of script) {
        if (step === 'end') return;
        if (step instanceof GatewayFailure) throw step;
        yield step as never; // The event type of these tests.
      }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
}

/** A source over the events 1 to `head` without those in `lost`; a page has at most two, so that more than one is needed. */
export function fakeSource(
  head: number,
  o: { readonly lost?: readonly number[]; readonly snapshotAt?: number; readonly snapshotPlacedAt?: number } = {},
): EventSource<StreamEvent, string> & { readonly pagesAfter: (string | null)[] } {
  const pagesAfter: (string | null)[] = [];
  const { snapshotAt } = o;
  return {
    pagesAfter,
    live: () => {
      throw new Error('scripted transports ask no gateway');
    },
    async page(_client, { after }) {
      pagesAfter.push(after);
      const from = after === null ? 0 : Number(after.slice(1));
      const all = Array.from({ length: head - from }, (_, index) => from + 1 + index).filter((n) => !o.lost?.includes(n));
      const page = all.slice(0, 2);
      return { events: page.map(logged), endCursor: `c${page.at(-1) ?? head}`, hasNextPage: all.length > page.length };
    },
    snapshot:
      snapshotAt === undefined
        ? null
        : async () => ({
            value: `state at ${snapshotAt}`,
            cursor: `c${o.snapshotPlacedAt ?? snapshotAt}`,
            includes: ({ sequence }: StreamEvent) => Number(sequence) <= snapshotAt,
          }),
  };
}

export const noClient: GraphqlClient = {
  ask: () => Promise.reject(new Error('fake sources ask no gateway')),
};

export function memoryPosition(stored: StreamPosition | null = null): PositionStore & { readonly saved: StreamPosition[] } {
  const saved: StreamPosition[] = [];
  return { saved, load: () => saved.at(-1) ?? stored, save: (position) => void saved.push(position) };
}

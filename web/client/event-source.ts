import { failureOf, type GraphqlErrorEntry } from './failure.ts';
import type { GraphqlClient, TypedDocument } from './graphql-client.ts';
import type { StreamEvent, StreamItem } from './stream-items.ts';

/** Where a stream begins: behind a cursor, or where the gateway says. */
export type StreamBegin = { readonly after: string } | { readonly from: 'NOW' | 'BEGINNING' };

/** A page of history, oldest first. `endCursor` is where to go on, also when the page is empty. */
export interface EventPage<Event extends StreamEvent> {
  readonly events: readonly Event[];
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}

/** An operation together with how to read its result. */
export interface Reading<T> {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  read(result: GraphqlResult): T;
}

export interface GraphqlResult {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlErrorEntry[];
}

/** The events of one kind of thing: live, as history, and the thing itself at one moment. */
export interface EventSource<Event extends StreamEvent, Snapshot> {
  live(begin: StreamBegin): Reading<StreamItem<Event>>;
  page(
    client: GraphqlClient,
    o: { readonly after: string | null; readonly first: number; readonly signal: AbortSignal },
  ): Promise<EventPage<Event>>;
  /** Null for a stream of many things, of which there is no one state. */
  readonly snapshot: ((client: GraphqlClient, signal: AbortSignal) => Promise<StateAt<Event, Snapshot>>) | null;
}

/** The state of one thing, and where its stream goes on. */
export interface StateAt<Event extends StreamEvent, Snapshot> {
  readonly value: Snapshot;
  readonly cursor: string;
  /** Whether the state has this event in it: an event gets its place in the stream a moment after it has happened. */
  readonly includes: (event: Event) => boolean;
}

/** `read` throws GatewayFailure for a result without data. Errors beside data are those of joined fields, which are null then. */
export function reading<Result, Variables extends Readonly<Record<string, unknown>>, T>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  pick: (data: Result) => T,
): Reading<T> {
  return {
    query: document.toString(),
    variables,
    read({ data, errors = [] }) {
      if (data === undefined || data === null) throw failureOf(errors);
      return pick(data as Result); // What the document asks for; the types are made from the schema.
    },
  };
}

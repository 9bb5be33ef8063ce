import { type RawEvents, rawEvents } from '../support/raw-events.ts';
import { type RawSocket, rawSocket } from '../support/raw-socket.ts';

export const STREAM_TRANSPORTS = ['graphql-ws', 'server-sent events'] as const;
export type StreamTransport = (typeof STREAM_TRANSPORTS)[number];

type Answer = ReturnType<typeof JSON.parse>;

/** One item of a stream as the client saw it: the union's member, and errors beside it. */
export interface StreamedItem {
  readonly __typename: 'OrderStatusChanged' | 'StreamReady' | 'StreamHeartbeat' | 'StreamNotice';
  readonly cursor: string;
  readonly sequence?: string;
  readonly previousSequence?: string | null;
  readonly orderVersion?: number;
  readonly type?: string;
  readonly replayed?: number;
  readonly retentionFrom?: string;
  readonly code?: string;
  readonly reconnectAfterMs?: number | null;
  readonly order?: Answer;
  readonly errors?: readonly Answer[];
}

export interface Asked {
  readonly orderId?: string;
  readonly types?: readonly string[];
  readonly after?: string;
  readonly from?: 'NOW' | 'BEGINNING' | 'SNAPSHOT';
  /** What is selected of `order` in an event; without it, nothing. */
  readonly order?: string;
  /** Makes each event larger by so many cursors more. */
  readonly padding?: number;
}

/** A stream of one client. */
export interface StreamClient {
  /** The next item; heartbeats count only if asked for. Rejects when the stream ends instead: with the code of an error, or what ended it. */
  next(options?: { readonly heartbeats?: boolean }): Promise<StreamedItem>;
  /** So many events, whatever comes between them. */
  events(count: number): Promise<StreamedItem[]>;
  /** Resolves when the stream is over. Gives the close code of a connection that the server has closed. */
  ended(): Promise<number | null>;
  /** Unsubscribes as the protocol says it. */
  unsubscribe(): void;
  /** The connection is gone without a word. */
  drop(): void;
  /** Stops reading from the network, and goes on. */
  pause(): void;
  resume(): void;
}

/** The stream's first answer was an error, or it ended where an item was expected. */
export class StreamEnd extends Error {
  readonly code: string;
  readonly details: Answer;
  constructor(code: string, details?: Answer) {
    super(`the stream ended: ${code}`);
    this.code = code;
    this.details = details;
  }
}

export function streamOperation({ order, padding = 0 }: Asked): string {
  const joined = order === undefined ? '' : `order { ${order} }`;
  const more = Array.from({ length: padding }, (_, index) => `more${index}: cursor`).join(' ');
  return `subscription ($orderId: ID, $types: [OrderEventType!], $after: Cursor, $from: StreamStart! = NOW) {
    orderStatusChanged(orderId: $orderId, types: $types, after: $after, from: $from) {
      __typename
      ... on OrderStatusChanged { cursor sequence previousSequence orderVersion type ${joined} ${more} }
      ... on StreamReady { cursor replayed retentionFrom }
      ... on StreamHeartbeat { cursor }
      ... on StreamNotice { cursor code reconnectAfterMs }
    } }`;
}

export async function openStream(
  transport: StreamTransport,
  { endpoint, credential, asked }: { endpoint: string; credential: string | null; asked: Asked },
): Promise<StreamClient> {
  const { order: _order, padding: _padding, ...variables } = asked;
  const payload = { query: streamOperation(asked), variables };
  const authorization = credential === null ? {} : { authorization: `Bearer ${credential}` };
  const source =
    transport === 'graphql-ws'
      ? await socketSource(endpoint.replace(/^http/, 'ws'), payload, authorization)
      : await eventSource(endpoint, payload, authorization);
  return streamClient(source);
}

/** Results as they come, then undefined. */
interface ResultSource {
  next(): Promise<Answer>;
  readonly ended: StreamClient['ended'];
  unsubscribe(): void;
  drop(): void;
  pause(): void;
  resume(): void;
}

function streamClient(source: ResultSource): StreamClient {
  async function next({ heartbeats = false }: { readonly heartbeats?: boolean } = {}): Promise<StreamedItem> {
    for (;;) {
      const result = await source.next();
      if (result === undefined) throw new StreamEnd('END');
      const item = result.data?.orderStatusChanged;
      if (!item) throw new StreamEnd(result.errors?.[0]?.extensions?.code ?? 'NO_CODE', result.errors?.[0]?.extensions);
      if (item.__typename !== 'StreamHeartbeat' || heartbeats) return { ...item, ...(result.errors ? { errors: result.errors } : {}) };
    }
  }
  return {
    ...source,
    next,
    async events(count) {
      const found: StreamedItem[] = [];
      while (found.length < count) {
        const item = await next();
        if (item.__typename === 'OrderStatusChanged') found.push(item);
      }
      return found;
    },
  };
}

/** A queue whose end is one of its entries. */
function resultQueue() {
  const waiting: Answer[] = [];
  let isOver = false;
  let wake: (() => void) | undefined;
  return {
    push(result: Answer) {
      waiting.push(result);
      wake?.();
    },
    end() {
      isOver = true;
      wake?.();
    },
    async next(): Promise<Answer> {
      for (;;) {
        if (waiting.length > 0) return waiting.shift();
        if (isOver) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function socketSource(url: string, payload: object, authorization: object): Promise<ResultSource> {
  const raw: RawSocket = await rawSocket(url);
  const queue = resultQueue();
  const { promise: over, resolve: endWith } = Promise.withResolvers<number | null>();
  raw.onMessage(({ type, payload: result }) => {
    if (type === 'connection_ack') raw.send({ id: '1', type: 'subscribe', payload });
    if (type === 'next') queue.push(result);
    if (type === 'error') queue.push({ errors: result });
    if (type !== 'error' && type !== 'complete') return;
    queue.end();
    endWith(null);
    raw.close();
  });
  const watchEnd = async () => {
    const { code } = await raw.closed();
    queue.end();
    endWith(code);
  };
  void watchEnd(); // It ends with the connection.
  raw.send({ type: 'connection_init', payload: authorization });
  return {
    next: () => queue.next(),
    ended: () => over,
    unsubscribe: () => raw.send({ id: '1', type: 'complete' }),
    drop: () => raw.terminate(),
    pause: () => raw.socket.pause(),
    resume: () => raw.socket.resume(),
  };
}

async function eventSource(url: string, payload: object, headers: Record<string, string>): Promise<ResultSource> {
  const raw: RawEvents = await rawEvents(url, { body: payload, headers });
  const queue = resultQueue();
  const { promise: over, resolve: endWith } = Promise.withResolvers<number | null>();
  raw.onBlock(({ event, data }) => {
    if (event === 'next') queue.push(JSON.parse(data ?? ''));
    if (event === 'complete') queue.end();
  });
  const watchEnd = async () => {
    const how = await raw.ended();
    if (raw.status !== 200) queue.push(JSON.parse(raw.body));
    queue.end();
    endWith(how === 'ended' ? null : 0);
  };
  void watchEnd(); // It ends with the response.
  return {
    next: () => queue.next(),
    ended: () => over,
    unsubscribe: () => raw.abort(),
    drop: () => raw.abort(),
    pause: () => raw.pause(),
    resume: () => raw.resume(),
  };
}

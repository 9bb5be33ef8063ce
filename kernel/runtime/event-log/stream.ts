import { fail, ok, type Result } from '../../core/result.ts';
import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import type { Bell } from './bell.ts';
import { createCursorCodec, type CursorCodec, type CursorKeys, type StreamFilter, type StreamScope } from './cursor.ts';
import { EventStream, HEARTBEAT_MS } from './event-stream.ts';
import { createLogReader, type LogHead, type LogReader, type ScopedEvent, type Selected } from './log-reader.ts';
import { placed, type StreamEvent, type StreamItem } from './stream-items.ts';
import { createTailCache, type TailCache } from './tail-cache.ts';

/** NOW: what happens from here on. BEGINNING: everything that is kept. SNAPSHOT: the subject's last event, then what follows. */
export const STREAM_STARTS = ['NOW', 'BEGINNING', 'SNAPSHOT'] as const;
export type StreamStart = (typeof STREAM_STARTS)[number];

export interface StreamRequest {
  /** From the credential, never from an argument. */
  readonly scope: StreamScope;
  readonly filter: StreamFilter;
  /** A cursor of this stream: the next item is the one after it. */
  readonly after?: string | undefined;
  /** Only without `after`. Default NOW. */
  readonly from?: StreamStart | undefined;
}

export type CursorFailure =
  /** Not a cursor, or changed. */
  | { readonly code: 'CURSOR_INVALID' }
  /** A cursor of another participant, log or filter. */
  | { readonly code: 'CURSOR_SCOPE' }
  /** What follows the cursor is no longer kept. */
  | { readonly code: 'CURSOR_EXPIRED'; readonly retentionFrom: string }
  /** The log was restored to a state before the cursor. */
  | { readonly code: 'CURSOR_AHEAD' };

export type StreamFailure =
  | CursorFailure
  /** Both `after` and `from` were given. */
  | { readonly code: 'STREAM_START_CONFLICT' }
  /** SNAPSHOT is the last event of one subject. */
  | { readonly code: 'STREAM_SNAPSHOT_SUBJECT' }
  /** This process is stopping. */
  | { readonly code: 'STREAM_DRAINING' };

export interface HistoryPage {
  readonly events: readonly StreamEvent[];
  readonly hasNextPage: boolean;
  /** Where to go on, also when there was no event. */
  readonly endCursor: string;
}

/** Resumable streams of one log: every committed event of a scope at least once, in order, with holes that the reader can see. */
export interface EventStreams {
  /** Failures of the cursor say: take a snapshot, then stream. Iterating throws when the database fails; the reader resumes at its cursor. */
  subscribe(request: StreamRequest): Promise<Result<AsyncIterableIterator<StreamItem>, StreamFailure>>;
  /** The same items as pages, oldest first, on the same cursors. */
  history(request: Selected & { readonly after?: string | undefined; readonly first: number }): Promise<Result<HistoryPage, CursorFailure>>;
  /**
   * The cursor of "everything up to here". For a snapshot read the head first (or in the same statement: `select pos, epoch from
   * log_head`), then the row: the other way round loses an event.
   */
  cursorAt(selected: Selected, head: Pick<LogHead, 'epoch' | 'head'>): string;
  head(): Promise<LogHead>;
  /** Streams that are open in this process. */
  readonly live: number;
  /** Ends every stream with a DRAINING notice and refuses new ones. */
  drain(): void;
}

export interface EventStreamsOptions {
  readonly database: Database;
  readonly logName: string;
  readonly bell: Bell;
  readonly keys: CursorKeys;
  readonly logger: Logger;
  readonly heartbeatMs?: number;
  /** How many events are kept in memory for all streams. */
  readonly tailRowsMax?: number;
}

/** Drained readers come back spread over this time, not all at once. */
const RECONNECT_SPREAD_MS = 5_000;
const RECONNECT_STEP_MS = 37;

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  return new LogStreams(options);
}

class LogStreams implements EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #reader: LogReader;
  readonly #tail: TailCache;
  readonly #streams = new Set<EventStream>();
  #draining = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#reader = createLogReader(options);
    this.#tail = createTailCache({ ...options, ...(options.tailRowsMax === undefined ? {} : { rowsMax: options.tailRowsMax }) });
  }

  get live(): number {
    return this.#streams.size;
  }

  async subscribe(request: StreamRequest): Promise<Result<EventStream, StreamFailure>> {
    if (this.#draining) return fail({ code: 'STREAM_DRAINING' });
    if (request.after !== undefined && request.from !== undefined) return fail({ code: 'STREAM_START_CONFLICT' });
    if (request.from === 'SNAPSHOT' && request.filter.subject === undefined) return fail({ code: 'STREAM_SNAPSHOT_SUBJECT' });
    let opened: Result<EventStream, StreamFailure> | undefined;
    try {
      opened = await this.#open(request, { scope: request.scope, filter: request.filter });
      return opened;
    } finally {
      if (!opened?.ok) this.#tail.close();
    }
  }

  async history(
    request: Selected & { readonly after?: string | undefined; readonly first: number },
  ): Promise<Result<HistoryPage, CursorFailure>> {
    const selected = { scope: request.scope, filter: request.filter };
    const codec = this.#codec(selected);
    const head = await this.#reader.head();
    const start = request.after === undefined ? ok(head.floor) : await this.#resume(request.after, codec, head);
    if (!start.ok) return start;
    const page = await this.#reader.page({ ...selected, after: start.value, limit: request.first + 1 });
    const shown = page.events.slice(0, request.first);
    const hasNextPage = page.events.length > request.first;
    const [oldest] = shown;
    const before = oldest ? await this.#reader.last({ ...selected, before: oldest.event.position }) : null;
    const end = hasNextPage ? (shown.at(-1)?.event.position ?? start.value) : page.head;
    return ok({
      events: streamEvents(shown, before, codec, page.epoch),
      hasNextPage,
      endCursor: codec.encode({ epoch: page.epoch, position: end }),
    });
  }

  cursorAt(selected: Selected, head: Pick<LogHead, 'epoch' | 'head'>): string {
    return this.#codec(selected).encode({ epoch: head.epoch, position: head.head });
  }

  head(): Promise<LogHead> {
    return this.#reader.head();
  }

  drain(): void {
    this.#draining = true;
    let waitMs = 0;
    for (const stream of this.#streams) {
      stream.drain(waitMs);
      waitMs = (waitMs + RECONNECT_STEP_MS) % RECONNECT_SPREAD_MS;
    }
  }

  #codec({ scope, filter }: Selected): CursorCodec {
    const { keys, logName } = this.#options;
    return createCursorCodec({ keys, logName, scope, filter });
  }

  async #open(request: StreamRequest, selected: Selected): Promise<Result<EventStream, StreamFailure>> {
    const codec = this.#codec(selected);
    const { epoch, floor } = await this.#tail.open();
    // The tail is what a stream follows, so NOW is its end; a newer head would leave a hole between the two.
    const start = await this.#start(request, selected, codec, { epoch, floor, head: this.#tail.tail });
    if (!start.ok) return start;
    const stream: EventStream = new EventStream({
      selected,
      codec,
      reader: this.#reader,
      tail: this.#tail,
      epoch,
      floor,
      after: start.value,
      heartbeatMs: this.#options.heartbeatMs ?? HEARTBEAT_MS,
      onEnd: () => {
        this.#streams.delete(stream);
        this.#tail.close();
      },
    });
    this.#streams.add(stream);
    return ok(stream);
  }

  async #start(request: StreamRequest, selected: Selected, codec: CursorCodec, head: LogHead): Promise<Result<bigint, CursorFailure>> {
    if (request.after !== undefined) return await this.#resume(request.after, codec, head);
    const from = request.from ?? 'NOW';
    switch (from) {
      case 'NOW':
        return ok(head.head);
      case 'BEGINNING':
        return ok(head.floor);
      case 'SNAPSHOT': {
        const last = await this.#reader.last({ ...selected, before: head.head + 1n });
        return ok(last ? last.event.position - 1n : head.head);
      }
      default:
        return from satisfies never;
    }
  }

  async #resume(cursor: string, codec: CursorCodec, known: LogHead): Promise<Result<bigint, CursorFailure>> {
    const place = codec.decode(cursor);
    if (!place.ok) return place;
    const { epoch, position } = place.value;
    // A cursor that another process made may be ahead of what this one has read: then the database says.
    const head = epoch !== known.epoch || position > known.head ? await this.#reader.head() : known;
    if (epoch !== head.epoch || position > head.head) return fail({ code: 'CURSOR_AHEAD' });
    if (position >= head.floor) return ok(position);
    return fail({ code: 'CURSOR_EXPIRED', retentionFrom: codec.encode({ epoch: head.epoch, position: head.floor }) });
  }
}

function streamEvents(scoped: readonly ScopedEvent[], before: ScopedEvent | null, codec: CursorCodec, epoch: number): StreamEvent[] {
  return scoped.map(({ event, sequence }, index) => {
    const previous = scoped[index - 1] ?? before;
    const item = { kind: 'event' as const, sequence, previousSequence: previous?.sequence ?? null, event };
    return placed(item, codec, { epoch, position: event.position });
  });
}

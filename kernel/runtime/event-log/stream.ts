import { fail, ok, type Result } from '../../core/result.ts';
import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import { createSharedWork, type SharedPlace } from '../shared-work.ts';
import type { Bell } from './bell.ts';
import { createCursorCodec, type CursorCodec, type CursorKeys, type StreamFilter, type StreamScope } from './cursor.ts';
import { EventStream, type StreamSelection, type StreamTimes } from './event-stream.ts';
import { createLogReader, subjectOf, type LogHead, type LogReader, type ScopedEvent, type Selected } from './log-reader.ts';
import { createReplayPacer, type ReplayPacer } from './replay-pacer.ts';
import { placed, type StreamEvent, type StreamItem } from './stream-items.ts';
import { STREAM_LIMITS, type StreamLimits } from './stream-limits.ts';
import { createTailCache, type TailCache } from './tail-cache.ts';

/** NOW: what happens from here on. BEGINNING: everything that is kept. SNAPSHOT: the subject's last event, then what follows. */
export type StreamStart = 'NOW' | 'BEGINNING' | 'SNAPSHOT';

export interface StreamRequest {
  /** From the credential, never from an argument. */
  readonly scope: StreamScope;
  readonly filter: StreamFilter;
  /** A cursor of this stream: the next item is the one after it. */
  readonly after?: string | undefined;
  /** Only without `after`. Default NOW. */
  readonly from?: StreamStart | undefined;
  /** How long the credential behind the stream is still good, in milliseconds; undefined when it has no end. */
  readonly credentialEndsInMs?: number | undefined;
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
  /** Ends every stream with a DRAINING notice and refuses new ones: this process is stopping. */
  drain(): void;
}

export interface EventStreamsOptions {
  readonly database: Database;
  readonly logName: string;
  readonly bell: Bell;
  readonly keys: CursorKeys;
  readonly logger: Logger;
  /** For a log with several kinds of subject: the name of these streams, part of every cursor, and the types of event they carry. */
  readonly only?: { readonly streamName: string; readonly types: readonly string[] };
  readonly limits?: Partial<StreamLimits>;
  /** From 0 up to 1: spreads what would otherwise happen to all readers at once. */
  readonly random?: () => number;
  readonly observe?: StreamObserver;
}

/** What there is to count. */
export interface StreamObserver {
  opened(): void;
  closed(): void;
  refused(code: StreamFailure['code']): void;
  /** `isLive`: it happened while the stream was open; else it is a replay. */
  item(item: StreamItem, o: { readonly isLive: boolean }): void;
}

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  return new LogStreams(options);
}

class LogStreams implements EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #limits: StreamLimits;
  readonly #random: () => number;
  readonly #reader: LogReader;
  readonly #tail: TailCache;
  readonly #pacer: ReplayPacer;
  readonly #streams = new Set<EventStream>();
  /** Streams of one scope and filter have the same items. */
  readonly #selections = createSharedWork<StreamSelection, string, StreamEvent>();
  #draining = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#limits = { ...STREAM_LIMITS, ...options.limits };
    this.#random = options.random ?? Math.random;
    this.#reader = createLogReader(options);
    this.#tail = createTailCache({ ...options, rowsMax: this.#limits.tailRowsMax, onRestored: () => this.#letGo() });
    const { replayRowsPerSecond: rowsPerSecond, replayBurstRows: burstRows } = this.#limits;
    this.#pacer = createReplayPacer({ rowsPerSecond, burstRows, now: () => performance.now() });
  }

  get live(): number {
    return this.#streams.size;
  }

  async subscribe(request: StreamRequest): Promise<Result<EventStream, StreamFailure>> {
    const opened = await this.#subscribe(request);
    if (!opened.ok) this.#options.observe?.refused(opened.failure.code);
    return opened;
  }

  async #subscribe(request: StreamRequest): Promise<Result<EventStream, StreamFailure>> {
    if (this.#draining) return fail({ code: 'STREAM_DRAINING' });
    if (request.after !== undefined && request.from !== undefined) return fail({ code: 'STREAM_START_CONFLICT' });
    if (request.from === 'SNAPSHOT' && subjectOf(request) === undefined) return fail({ code: 'STREAM_SNAPSHOT_SUBJECT' });
    let opened: Result<EventStream, StreamFailure> | undefined;
    const place = this.#join(request);
    try {
      opened = await this.#open(request, place);
      return opened;
    } finally {
      if (!opened?.ok) this.#close(place);
    }
  }

  async history(
    request: Selected & { readonly after?: string | undefined; readonly first: number },
  ): Promise<Result<HistoryPage, CursorFailure>> {
    const codec = this.#codec(request);
    const selected = this.#selected(request);
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
    this.#letGo();
  }

  #letGo(): void {
    for (const stream of this.#streams) stream.drain(this.#reconnectAfterMs());
  }

  #reconnectAfterMs(): number {
    return Math.floor(this.#random() * this.#limits.reconnectSpreadMs);
  }

  #codec({ scope, filter }: Selected): CursorCodec {
    const { keys, logName, only } = this.#options;
    return createCursorCodec({ keys, streamName: only?.streamName ?? logName, scope, filter });
  }

  /** What the log is asked for: what the reader asks for, within what these streams carry. */
  #selected({ scope, filter }: Selected): Selected {
    const { only } = this.#options;
    return { scope, filter: only && !filter.types ? { ...filter, types: only.types } : filter };
  }

  #join(request: StreamRequest): SelectionPlace {
    const { scope, filter } = request;
    return this.#selections.join(JSON.stringify([scope, filter.subject, filter.types]), () => ({
      selected: this.#selected(request),
      codec: this.#codec(request),
    }));
  }

  #close(place: SelectionPlace): void {
    place.leave();
    this.#tail.close();
  }

  async #open(request: StreamRequest, place: SelectionPlace): Promise<Result<EventStream, StreamFailure>> {
    const { selected, codec } = place.shared;
    const { epoch, floor } = await this.#tail.open();
    // The tail is what a stream follows, so NOW is its end; a newer head would leave a hole between the two.
    const start = await this.#start(request, selected, codec, { epoch, floor, head: this.#tail.tail });
    if (!start.ok) return start;
    const stream: EventStream = new EventStream({
      place,
      reader: this.#reader,
      tail: this.#tail,
      epoch,
      floor,
      after: start.value,
      times: this.#times(request),
      paceReplay: (rows) => this.#pacer.spend(JSON.stringify(request.scope), rows),
      onItem: (item, o) => this.#options.observe?.item(item, o),
      onEnd: () => {
        this.#streams.delete(stream);
        this.#options.observe?.closed();
        this.#close(place);
      },
    });
    this.#streams.add(stream);
    this.#options.observe?.opened();
    // What happened to all streams while this one was being opened happens to it too.
    if (this.#draining || this.#tail.epoch !== epoch) stream.drain(this.#reconnectAfterMs());
    return ok(stream);
  }

  #times({ credentialEndsInMs }: StreamRequest): StreamTimes {
    const { heartbeatMs, lifetimeMs, lifetimeSpreadMs, expiryNoticeMs } = this.#limits;
    const now = performance.now();
    return {
      heartbeatMs,
      endsAt: now + lifetimeMs - this.#random() * Math.min(lifetimeSpreadMs, lifetimeMs),
      reconnectAfterMs: this.#reconnectAfterMs(),
      expiryNoticeAt: credentialEndsInMs === undefined ? null : now + credentialEndsInMs - expiryNoticeMs,
    };
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
        return ok(last && last.event.position > head.floor ? last.event.position - 1n : head.head);
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

type SelectionPlace = SharedPlace<StreamSelection, string, StreamEvent>;

function streamEvents(scoped: readonly ScopedEvent[], before: ScopedEvent | null, codec: CursorCodec, epoch: number): StreamEvent[] {
  return scoped.map(({ event, sequence }, index) => {
    const previous = scoped[index - 1] ?? before;
    const item = { kind: 'event' as const, sequence, previousSequence: previous?.sequence ?? null, event };
    return placed(item, codec, { epoch, position: event.position });
  });
}

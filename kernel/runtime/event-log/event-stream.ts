import type { CursorCodec } from './cursor.ts';
import type { LogReader, ScopedEvent, Selected } from './log-reader.ts';
import type { SharedPlace } from '../shared-work.ts';
import { placed, type StreamEvent, type StreamItem, type StreamNoticeCode } from './stream-items.ts';
import type { TailCache } from './tail-cache.ts';

/** Events that a stream holds at once; its only buffer. */
const PAGE_MAX = 200;
/** A timer may fire a little before its time. */
const TIMER_SLACK_MS = 2;

/** When a stream has something to say about itself. Milliseconds; instants on the clock of performance.now(). */
export interface StreamTimes {
  readonly heartbeatMs: number;
  /** When it ends with DRAINING, and how long its reader should then wait. */
  readonly endsAt: number;
  readonly reconnectAfterMs: number;
  /** When it says TOKEN_EXPIRING; null for a credential without an end. */
  readonly expiryNoticeAt: number | null;
}

/** What a stream reads, and the cursors of its items. */
export interface StreamSelection {
  readonly selected: Selected;
  readonly codec: CursorCodec;
}

export interface EventStreamOptions {
  /** Shared with the other streams of the same selection, which have the same items. */
  readonly place: SharedPlace<StreamSelection, string, StreamEvent>;
  readonly reader: LogReader;
  readonly tail: TailCache;
  readonly epoch: number;
  /** The stream begins behind this position. */
  readonly after: bigint;
  readonly floor: bigint;
  readonly times: StreamTimes;
  /** Rows were read from the tables for this stream: how many milliseconds to wait before the next read. */
  readonly paceReplay: (rows: number) => number;
  readonly onItem: (item: StreamItem, o: { readonly isLive: boolean }) => void;
  readonly onEnd: () => void;
}

type Filled = 'events' | 'nothing' | 'lagged';

/**
 * One reader's stream. It pulls: nothing is read ahead of what `next` asks for, beyond one page. A hand-written iterator, because an
 * async generator that waits is freed only by its next event: here `return` ends the wait at once.
 */
export class EventStream implements AsyncIterableIterator<StreamItem> {
  readonly #options: EventStreamOptions;
  #position: bigint;
  #page: readonly ScopedEvent[] = [];
  #pageIndex = 0;
  #replayed = 0;
  #live = false;
  #previous: bigint | null | undefined;
  #ended = false;
  #leaveAfterMs: number | undefined;
  #expiryNoticeAt: number;
  #interrupt: (() => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #lastItemAt = performance.now();

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#position = options.after;
    this.#expiryNoticeAt = options.times.expiryNoticeAt ?? Infinity;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<StreamItem, undefined>> {
    const turn = this.#turn.then(() => this.#produce()).finally(() => (this.#lastItemAt = performance.now()));
    this.#turn = turn.catch(() => {}); // The caller of this next() gets the error; the following one looks again.
    return turn;
  }

  return(): Promise<IteratorResult<StreamItem, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error?: unknown): Promise<IteratorResult<StreamItem, undefined>> {
    this.#end();
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }

  /** Lets the reader go with a DRAINING notice, at once when it waits. */
  drain(reconnectAfterMs: number): void {
    this.#leaveAfterMs = reconnectAfterMs;
    this.#interrupt?.();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#interrupt?.();
    this.#options.onEnd();
  }

  async #produce(): Promise<IteratorResult<StreamItem, undefined>> {
    const value = await this.#nextItem();
    if (value === undefined) return { done: true, value };
    this.#options.onItem(value, { isLive: this.#live });
    return { done: false, value };
  }

  /** Undefined when the stream has ended. */
  async #nextItem(): Promise<StreamItem | undefined> {
    while (!this.#ended) {
      const notice = this.#dueNotice();
      if (notice) return notice;
      const scoped = this.#page[this.#pageIndex];
      if (scoped) {
        const item = await this.#event(scoped);
        this.#pageIndex += 1;
        this.#position = scoped.event.position;
        return item;
      }
      const filled = await this.#fill();
      if (filled === 'lagged') return this.#lastNotice('LAGGED', null);
      if (filled === 'events') continue;
      if (!this.#live) return this.#ready();
      await this.#wait();
      if (!this.#ended && this.#untilNotice() > TIMER_SLACK_MS && this.#untilHeartbeat() <= TIMER_SLACK_MS) return this.#heartbeat();
    }
    return undefined;
  }

  /** Gets the next page, from memory if it reaches back far enough. `nothing`: there is none up to the tail. */
  async #fill(): Promise<Filled> {
    const { place, tail, reader, paceReplay } = this.#options;
    const request = { ...place.shared.selected, after: this.#position, limit: PAGE_MAX };
    const cached = tail.read(request);
    if (cached) {
      this.#setPage(cached);
      if (cached.length === 0) this.#advanceTo(tail.tail);
      return cached.length > 0 ? 'events' : 'nothing';
    }
    const page = await reader.page(request);
    // A reader so slow that retention overtook it: its cursor is answered CURSOR_EXPIRED from now on.
    if (page.floor > this.#position) return 'lagged';
    this.#setPage(page.events);
    await this.#pause(paceReplay(page.events.length));
    if (page.events.length > 0) return 'events';
    // The tables were read later than the tail, so they may be ahead of it, never behind.
    this.#advanceTo(page.head);
    return 'nothing';
  }

  #setPage(page: readonly ScopedEvent[]): void {
    this.#page = page;
    this.#pageIndex = 0;
  }

  #advanceTo(position: bigint): void {
    if (position > this.#position) this.#position = position;
  }

  /** Until something may have come, or a silence has lasted so long that it is worth an item. */
  #wait(): Promise<void> {
    const { place, tail } = this.#options;
    if (this.#position < tail.tail) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => {
      clearTimeout(timer);
      forget();
      this.#interrupt = undefined;
      resolve();
    };
    const onSilence = () => {
      this.#advanceTo(tail.tail);
      done();
    };
    const timer = setTimeout(onSilence, Math.max(0, Math.min(this.#untilHeartbeat(), this.#untilNotice())));
    // Nothing between the place where this stream fell asleep and the position that wakes it was for it.
    const forget = tail.wait(place.shared.selected, (position) => {
      this.#advanceTo(position - 1n);
      done();
    });
    this.#interrupt = done;
    return promise;
  }

  /** Until the time is over, or the stream has to end or leave. */
  #pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0 || this.#ended) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => {
      clearTimeout(timer);
      this.#interrupt = undefined;
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    this.#interrupt = done;
    return promise;
  }

  async #event({ event, sequence }: ScopedEvent): Promise<StreamEvent> {
    const { place, reader, epoch } = this.#options;
    const { selected, codec } = place.shared;
    if (this.#previous === undefined) {
      this.#previous = (await reader.last({ ...selected, before: event.position }))?.sequence ?? null;
    }
    const previousSequence = this.#previous;
    this.#previous = sequence;
    if (!this.#live) this.#replayed += 1;
    const { position } = event;
    return place.of(`${epoch} ${position}`, () =>
      placed({ kind: 'event' as const, sequence, previousSequence, event }, codec, { epoch, position }),
    );
  }

  #ready(): StreamItem {
    this.#live = true;
    const { place, epoch, floor } = this.#options;
    const { codec } = place.shared;
    const item = { kind: 'ready' as const, replayed: this.#replayed, retentionFrom: codec.encode({ epoch, position: floor }) };
    return placed(item, codec, { epoch, position: this.#position });
  }

  #heartbeat(): StreamItem {
    return this.#placed({ kind: 'heartbeat' as const });
  }

  #untilHeartbeat(): number {
    return this.#lastItemAt + this.#options.times.heartbeatMs - performance.now();
  }

  /** Milliseconds until `#dueNotice` has something to say. Ready comes before the notice of a credential. */
  #untilNotice(): number {
    if (this.#leaveAfterMs !== undefined) return 0;
    const { endsAt } = this.#options.times;
    return Math.min(endsAt, this.#live ? this.#expiryNoticeAt : Infinity) - performance.now();
  }

  #dueNotice(): StreamItem | undefined {
    if (this.#untilNotice() > TIMER_SLACK_MS) return undefined;
    const { endsAt, reconnectAfterMs } = this.#options.times;
    if (this.#leaveAfterMs !== undefined) return this.#lastNotice('DRAINING', this.#leaveAfterMs);
    if (endsAt - TIMER_SLACK_MS <= performance.now()) return this.#lastNotice('DRAINING', reconnectAfterMs);
    this.#expiryNoticeAt = Infinity;
    return this.#placed({ kind: 'notice' as const, code: 'TOKEN_EXPIRING' as const, reconnectAfterMs: null });
  }

  #lastNotice(code: StreamNoticeCode, reconnectAfterMs: number | null): StreamItem {
    const notice = this.#placed({ kind: 'notice' as const, code, reconnectAfterMs });
    this.#end();
    return notice;
  }

  #placed<Item extends object>(item: Item) {
    const { place, epoch } = this.#options;
    return placed(item, place.shared.codec, { epoch, position: this.#position });
  }
}

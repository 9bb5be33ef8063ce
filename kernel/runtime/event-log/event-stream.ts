import type { CursorCodec } from './cursor.ts';
import type { LogReader, ScopedEvent, Selected } from './log-reader.ts';
import { placed, type StreamItem } from './stream-items.ts';
import type { TailCache } from './tail-cache.ts';

/** Events that a stream holds at once; its only buffer. */
const PAGE_MAX = 200;
export const HEARTBEAT_MS = 15_000;

export interface EventStreamOptions {
  readonly selected: Selected;
  readonly codec: CursorCodec;
  readonly reader: LogReader;
  readonly tail: TailCache;
  readonly epoch: number;
  /** The stream begins behind this position. */
  readonly after: bigint;
  readonly floor: bigint;
  readonly heartbeatMs: number;
  readonly onEnd: () => void;
}

/** A reader so slow that retention overtook it. Its cursor is answered CURSOR_EXPIRED from now on. */
export class RetentionPassedError extends Error {
  override readonly name = 'RetentionPassedError';
}

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
  #draining: number | undefined;
  #interrupt: (() => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #lastItemAt = performance.now();

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#position = options.after;
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

  /** Lets the reader go with a notice, at once when it waits. */
  drain(reconnectAfterMs: number): void {
    this.#draining = reconnectAfterMs;
    this.#interrupt?.();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#interrupt?.();
    this.#options.onEnd();
  }

  async #produce(): Promise<IteratorResult<StreamItem, undefined>> {
    for (;;) {
      if (this.#ended) return { done: true, value: undefined };
      if (this.#draining !== undefined) return { done: false, value: this.#notice(this.#draining) };
      const event = this.#page[this.#pageIndex];
      if (event) {
        const value = await this.#event(event);
        this.#pageIndex += 1;
        this.#position = event.event.position;
        return { done: false, value };
      }
      if (!(await this.#fill())) {
        if (!this.#live) return { done: false, value: this.#ready() };
        if (!(await this.#wait()) && !this.#ended && this.#draining === undefined) return { done: false, value: this.#heartbeat() };
      }
    }
  }

  /** Gets the next page, from memory if it reaches back far enough. False when nothing is left up to the tail. */
  async #fill(): Promise<boolean> {
    const { selected, tail, reader } = this.#options;
    const request = { ...selected, after: this.#position, limit: PAGE_MAX };
    const cached = tail.read(request);
    if (cached) {
      this.#setPage(cached);
      if (cached.length === 0) this.#advanceTo(tail.tail);
      return cached.length > 0;
    }
    const page = await reader.page(request);
    if (page.floor > this.#position) throw new RetentionPassedError('the stream fell behind what the log keeps');
    this.#setPage(page.events);
    if (page.events.length > 0) return true;
    // The tables were read later than the tail, so they may be ahead of it, never behind.
    this.#advanceTo(page.head);
    return false;
  }

  #setPage(page: readonly ScopedEvent[]): void {
    this.#page = page;
    this.#pageIndex = 0;
  }

  #advanceTo(position: bigint): void {
    if (position > this.#position) this.#position = position;
  }

  /** True when something may have come, false after a silence that is worth a heartbeat. */
  #wait(): Promise<boolean> {
    const { selected, tail, heartbeatMs } = this.#options;
    if (this.#position < tail.tail) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const done = (woken: boolean) => {
      clearTimeout(timer);
      forget();
      this.#interrupt = undefined;
      resolve(woken);
    };
    const onSilence = () => {
      this.#advanceTo(tail.tail);
      done(false);
    };
    const timer = setTimeout(onSilence, Math.max(0, this.#lastItemAt + heartbeatMs - performance.now()));
    // Nothing between the place where this stream fell asleep and the position that wakes it was for it.
    const forget = tail.wait(selected, (position) => {
      this.#advanceTo(position - 1n);
      done(true);
    });
    this.#interrupt = () => done(false);
    return promise;
  }

  async #event(scoped: ScopedEvent): Promise<StreamItem> {
    const { selected, reader, codec, epoch } = this.#options;
    const { event, sequence } = scoped;
    if (this.#previous === undefined) {
      this.#previous = (await reader.last({ ...selected, before: event.position }))?.sequence ?? null;
    }
    const item = { kind: 'event' as const, sequence, previousSequence: this.#previous, event };
    this.#previous = sequence;
    if (!this.#live) this.#replayed += 1;
    return placed(item, codec, { epoch, position: event.position });
  }

  #ready(): StreamItem {
    this.#live = true;
    const { codec, epoch, floor } = this.#options;
    const item = { kind: 'ready' as const, replayed: this.#replayed, retentionFrom: codec.encode({ epoch, position: floor }) };
    return placed(item, codec, { epoch, position: this.#position });
  }

  #heartbeat(): StreamItem {
    const { codec, epoch } = this.#options;
    return placed({ kind: 'heartbeat' as const }, codec, { epoch, position: this.#position });
  }

  #notice(reconnectAfterMs: number): StreamItem {
    const { codec, epoch } = this.#options;
    const item = { kind: 'notice' as const, code: 'DRAINING' as const, reconnectAfterMs };
    const notice = placed(item, codec, { epoch, position: this.#position });
    this.#end();
    return notice;
  }
}

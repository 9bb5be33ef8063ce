import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import type { Bell } from './bell.ts';
import type { StreamFilter } from './cursor.ts';
import { assertDense, LogDamagedError, loggedEvent, READ_LOG_SQL, type LogRow } from './feed.ts';
import { sequenceIn, subjectOf, type LogHead, type ScopedEvent, type Selected } from './log-reader.ts';

const READ_MAX = 500;
/** Read when the first stream opens. */
const WARM_ROWS = 500;
const POLL_MS = 1_000;

/** The end of one log in memory, read once for all streams of the process, and who waits for what comes next. */
export interface TailCache {
  /** The last position read. Events after `oldest` and up to `tail` are in memory. */
  readonly tail: bigint;
  readonly oldest: bigint;
  readonly epoch: number;
  /** What the cache has for a stream after `after`, at most `limit`; undefined when `after` is older than the cache. */
  read(o: Selected & { readonly after: bigint; readonly limit: number }): readonly ScopedEvent[] | undefined;
  /**
   * Calls `wake` once with the position of the next event that could matter to the scope and filter. Everything up to `tail` must
   * have been read. The returned function gives up waiting.
   */
  wait(o: Selected, wake: (position: bigint) => void): () => void;
  /** Follows the log while at least one stream is open; resolves once `tail` is what the log ended with when this was called, or more. */
  open(): Promise<LogHead>;
  close(): void;
}

export interface TailCacheOptions {
  readonly database: Database;
  readonly logName: string;
  readonly bell: Bell;
  readonly logger: Logger;
  readonly rowsMax: number;
  /** The log was restored to an earlier state: what streams have read of it is no longer its past. */
  readonly onRestored: () => void;
}

type Waiter = (position: bigint) => void;

export function createTailCache(options: TailCacheOptions): TailCache {
  return new BellTailCache(options);
}

class BellTailCache implements TailCache {
  readonly #options: TailCacheOptions;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #rows: (LogRow & { readonly pos: bigint })[] = [];
  #head: LogHead = { epoch: 0, head: 0n, floor: 0n };
  #tail = 0n;
  #streams = 0;
  /** The reads of the log come one after the other; the one that has not begun yet is for everybody who asks until it does. */
  #lastRead: Promise<unknown> = Promise.resolve();
  #nextRead: Promise<void> | undefined;
  #following: { readonly abort: AbortController; readonly ready: Promise<void> } | undefined;

  constructor(options: TailCacheOptions) {
    this.#options = options;
  }

  get tail(): bigint {
    return this.#tail;
  }

  get epoch(): number {
    return this.#head.epoch;
  }

  get oldest(): bigint {
    return (this.#rows[0]?.pos ?? this.#tail + 1n) - 1n;
  }

  read(o: Selected & { after: bigint; limit: number }): readonly ScopedEvent[] | undefined {
    const { oldest } = this;
    if (o.after < oldest) return undefined;
    const found: ScopedEvent[] = [];
    for (let index = Number(o.after - oldest); index < this.#rows.length && found.length < o.limit; index++) {
      const row = this.#rows[index];
      if (!row || !matches(o.filter, row)) continue;
      const sequence = sequenceIn(o.scope, row, row.pos);
      if (sequence !== undefined) found.push({ event: loggedEvent(row, row.pos), sequence });
    }
    return found;
  }

  wait(o: Selected, wake: Waiter): () => void {
    const key = waitKey(o);
    const waiters = this.#waiters.get(key) ?? new Set();
    waiters.add(wake);
    this.#waiters.set(key, waiters);
    return () => {
      waiters.delete(wake);
      if (waiters.size === 0 && this.#waiters.get(key) === waiters) this.#waiters.delete(key);
    };
  }

  async open(): Promise<LogHead> {
    this.#streams += 1;
    if (this.#following) {
      const { ready, abort } = this.#following;
      await ready;
      await this.#read(abort.signal);
    } else {
      this.#following = this.#follow();
      await this.#following.ready;
    }
    return this.#head;
  }

  close(): void {
    this.#streams -= 1;
    if (this.#streams > 0) return;
    this.#following?.abort.abort();
    this.#following = undefined;
  }

  #follow(): { abort: AbortController; ready: Promise<void> } {
    const abort = new AbortController();
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    ready.catch(() => {}); // Whoever opens a stream sees it; nobody may be waiting.
    void this.#run(abort.signal, resolve, (error) => {
      // The first read failed: the next stream that opens tries again.
      if (this.#following?.abort === abort) this.#following = undefined;
      reject(error);
    });
    return { abort, ready };
  }

  async #run(signal: AbortSignal, ready: () => void, failed: (error: unknown) => void): Promise<void> {
    const { bell, logger, logName } = this.#options;
    try {
      await this.#begin(signal);
    } catch (error) {
      failed(error);
      return;
    }
    ready();
    while (!signal.aborted) {
      const rings = bell.rings;
      try {
        await this.#read(signal);
      } catch (error) {
        logger.error({ err: error, log: logName }, 'following the log failed');
      }
      await bell.wait(POLL_MS, signal, rings);
    }
  }

  /** Starts a little before the head, for readers that come back after a short absence, often all at once. */
  async #begin(signal: AbortSignal): Promise<void> {
    const { database, logName, rowsMax } = this.#options;
    const { rows } = await database.pool.query<LogHead>('select epoch, pos as head, floor from log_head where log = $1', [logName]);
    const head = rows[0];
    if (!head) throw new LogDamagedError(`there is no log '${logName}' in schema '${database.schema}'`);
    if (signal.aborted) return; // All streams are gone, and a later one may already follow anew.
    this.#head = head;
    this.#rows = [];
    const warm = head.head - BigInt(Math.min(WARM_ROWS, rowsMax));
    this.#tail = warm > head.floor ? warm : head.floor;
    while (await this.#advance(signal));
  }

  /** Up to the end that the log has when the read begins. */
  #read(signal: AbortSignal): Promise<void> {
    if (this.#nextRead) return this.#nextRead;
    const read = this.#lastRead.then(() => this.#catchUp(signal));
    this.#nextRead = read;
    this.#lastRead = read.catch(() => {}); // Whoever asked for the read has its error.
    return read;
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    this.#nextRead = undefined;
    while (await this.#advance(signal));
  }

  /** True when there may be more right away. */
  async #advance(signal: AbortSignal): Promise<boolean> {
    const { database, logName, rowsMax, onRestored } = this.#options;
    const { rows } = await database.pool.query<LogRow>({ name: 'read-log', text: READ_LOG_SQL, values: [logName, this.#tail, READ_MAX] });
    const [first] = rows;
    if (signal.aborted || !first) return false;
    if (first.epoch !== this.#head.epoch || first.head < this.#tail) {
      this.#head = { epoch: first.epoch, head: first.head, floor: first.floor };
      this.#rows = [];
      this.#tail = first.head;
      onRestored();
      return false;
    }
    const events = rows.flatMap(({ pos, ...row }) => (pos === null ? [] : [{ ...row, pos }]));
    assertDense(
      logName,
      events.map((event) => ({ position: event.pos })),
      this.#tail,
      first.head,
    );
    this.#head = { epoch: first.epoch, head: first.head, floor: first.floor };
    this.#rows.push(...events);
    this.#rows.splice(0, Math.max(0, this.#rows.length - rowsMax));
    this.#tail = events.at(-1)?.pos ?? this.#tail;
    for (const event of events) this.#wake(event);
    return events.length === READ_MAX;
  }

  #wake(row: LogRow & { readonly pos: bigint }): void {
    const keys = [ALL_KEY, subjectKey(row.subject), ...row.audience.map(participantKey)];
    for (const key of keys) {
      const waiters = this.#waiters.get(key);
      if (!waiters) continue;
      this.#waiters.delete(key);
      for (const wake of waiters) wake(row.pos);
    }
  }
}

function matches(filter: StreamFilter, row: LogRow): boolean {
  if (filter.subject !== undefined && filter.subject !== row.subject) return false;
  return filter.types === undefined || filter.types.includes(row.type);
}

const ALL_KEY = 'all';
const subjectKey = (subject: string) => `subject ${subject}`;
const participantKey = (participant: string) => `participant ${participant}`;

/** The narrowest key: a stream of one subject sleeps through everything else. */
function waitKey(selected: Selected): string {
  const subject = subjectOf(selected);
  if (subject !== undefined) return subjectKey(subject);
  const { scope } = selected;
  return scope !== 'all' && 'participant' in scope ? participantKey(scope.participant) : ALL_KEY;
}

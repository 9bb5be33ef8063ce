import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import { bellChannel, createBellBridge, type BellBridge } from './bell-bridge.ts';
import type { Bell } from './bell.ts';

/** Events per call: 500 keep a batch under 10 ms. */
export const RELAY_BATCH_MAX = 500;
const POLL_MS = 1_000;
/**
 * Shortest time between the starts of two batches that did not fill up. A batch costs Postgres 0.8 ms whatever its size, and its readers
 * about as much, so under load waiting is cheaper than hurrying: at 100 payments a second, 20 ms would cost each of them 0.5 ms of CPU
 * more. The first event after a silence goes at once.
 */
const BATCH_INTERVAL_MS = 40;
/** Another relay held the head, but our event may be newer than what it can see, and nobody else will come for it. */
const HEAD_BUSY_RETRY_MS = 1;
const UPKEEP_MS = 60_000;
const ERROR_PAUSE_MS = 250;

/**
 * Moves events from the outbox into the log, rings the bell of this process and announces each batch to the others by NOTIFY. Every
 * process of a service runs one; the database decides per batch.
 */
export interface Relay {
  /** Call after a commit that wrote events. Cheap, never throws, merges with a batch that is under way. */
  poke(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RelayOptions {
  readonly database: Database;
  readonly logName: string;
  readonly bell: Bell;
  readonly logger: Logger;
  readonly observe?: (batch: { readonly events: number; readonly durationMs: number }) => void;
}

export function createRelay(options: RelayOptions): Relay {
  return new PokedRelay(options);
}

class PokedRelay implements Relay {
  readonly #options: RelayOptions;
  /** Names this relay in its announcements: its own process has heard already. */
  readonly #name = randomUUID();
  readonly #bridge: BellBridge;
  readonly #sql: string;
  readonly #stopping = new AbortController();
  #dirty = true;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  #upkeepAt = -Infinity;
  #batchStarted = -Infinity;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#bridge = createBellBridge({ ...options, except: this.#name });
    // The announcement commits with the batch: NOTIFY in the business transactions would serialize all of their commits.
    const announce = `case when n > 0 then pg_notify('${bellChannel(options.logName)}', $2) end`;
    this.#sql = `select n, ${announce} from number_events($1) as n`;
  }

  poke(): void {
    this.#dirty = true;
    this.#wake?.();
  }

  async start(): Promise<void> {
    await this.#upkeep();
    this.#bridge.start();
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    await this.#loop;
    await this.#bridge.stop();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#upkeep();
        await this.#sleep(await this.#drain());
        await this.#pause(this.#batchStarted + BATCH_INTERVAL_MS - performance.now());
      } catch (error) {
        // The rows are still in the outbox. A missing partition is the one cause that a retry alone would not cure.
        this.#options.logger.error({ err: error, log: this.#options.logName }, 'numbering events failed');
        this.#upkeepAt = -Infinity;
        await this.#pause(ERROR_PAUSE_MS);
      }
    }
  }

  /** Numbers until the outbox is empty; returns how long to sleep when nobody pokes. */
  async #drain(): Promise<number> {
    while (!this.#stopping.signal.aborted) {
      this.#dirty = false;
      this.#batchStarted = performance.now();
      const { rows } = await this.#options.database.pool.query<{ n: bigint }>({
        name: 'number-events',
        text: this.#sql,
        values: [RELAY_BATCH_MAX, this.#name],
      });
      const events = Number(rows[0]?.n ?? 0n);
      if (events < 0) {
        this.#batchStarted = -Infinity;
        return HEAD_BUSY_RETRY_MS;
      }
      if (events > 0) {
        this.#options.bell.ring();
        this.#options.observe?.({ events, durationMs: performance.now() - this.#batchStarted });
      }
      if (events < RELAY_BATCH_MAX) return POLL_MS;
    }
    return 0;
  }

  async #upkeep(): Promise<void> {
    const now = performance.now();
    if (now - this.#upkeepAt < UPKEEP_MS) return;
    // A connection that was lost may have been to another server: before anything is numbered, the log must know.
    await this.#options.database.pool.query('select note_log_origin(), ensure_event_partitions()');
    this.#upkeepAt = now;
  }

  /** Until the time is over or stop(). */
  async #pause(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await pause(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => {}); // Aborted by stop().
  }

  /** Until the time is over, a poke or stop(). After a busy head a poke changes nothing, but it costs only one more look. */
  #sleep(milliseconds: number): Promise<void> {
    if (this.#dirty || this.#stopping.signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => {
      clearTimeout(timer);
      this.#wake = undefined;
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    this.#wake = done;
    return promise;
  }
}

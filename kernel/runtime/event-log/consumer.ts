import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { isInfrastructureFailure, type Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import { amongEvents, noteStep } from '../tracing.ts';
import type { Bell } from './bell.ts';
import type { Feed, LoggedEvent } from './feed.ts';
import { advanceInbox, createInbox, insertParked, lockInbox, parkedOf, parkedSubjects, readInbox, removeParked } from './inbox.ts';

export const CONSUMER_BATCH_MAX = 200;
const POLL_MS = 1_000;
const ERROR_PAUSE_MS = 500;
const REASON_LENGTH_MAX = 500;
/** A reader passes events that do not concern it in memory, and writes its place down after so many or so long: a restart reads no more than these again. */
const UNWRITTEN_MAX = 1_000;
const UNWRITTEN_MS = 60_000;

/**
 * Lets the events of another service take effect here, each exactly once: the position is compared and set in the transaction of
 * the effects. Any number of processes may run the same consumer; the database lets one win each batch.
 */
export interface Consumer {
  /** Begins with the parked events: the code that could not handle them may be newer now. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Look again now. The bell does this by itself. */
  poke(): void;
  /**
   * Handles parked events again, in order, one transaction each, and stops at the first of a subject that still fails.
   * Returns how many were handled. Once none is parked, the subject's later events flow again.
   */
  retryParked(subject?: string): Promise<number>;
}

export interface ConsumerOptions {
  /** The log that is read; the name under which the position is kept. */
  readonly publisher: string;
  readonly feed: Feed;
  readonly bell: Bell;
  readonly database: Database;
  /**
   * Applies events, in order, on `client`, inside a transaction that is not its own. May run again for the same events when the
   * transaction did not commit, so it has no effect elsewhere. What it throws poisons the events: a batch is tried again one by
   * one, and an event that fails alone is parked, with every later event of its subject behind it. Neighbours pass.
   */
  readonly handle: (client: pg.PoolClient, events: readonly LoggedEvent[]) => Promise<void>;
  /**
   * Whether `handle` may do something with an event. What does not concern the reader is passed without a transaction, so the written position
   * may lag behind. Without it everything does.
   */
  readonly concerns?: (event: LoggedEvent) => boolean;
  readonly logger: Logger;
}

export function createConsumer(options: ConsumerOptions): Consumer {
  return new InboxConsumer({ ...options, handle: tracedHandle(options) });
}

/** What is written while events are handled goes on in their traces, and each trace has a step that says so. */
function tracedHandle({ handle, database }: ConsumerOptions): ConsumerOptions['handle'] {
  return async (client, events) => {
    const startedAt = new Date();
    await amongEvents(events, () => handle(client, events));
    for (const { type, traceparent } of events) {
      noteStep(
        traceparent,
        { name: `${database.schema} handles ${type}`, kind: 'consumer', attributes: { 'hub.event.type': type } },
        startedAt,
      );
    }
  };
}

interface Move {
  readonly from: bigint;
  readonly to: bigint;
}

/** Somebody else has already moved the position: nothing was applied here. */
class OvertakenError extends Error {}

class InboxConsumer implements Consumer {
  readonly #options: ConsumerOptions;
  readonly #stopping = new AbortController();
  #triedParked = false;
  #loop: Promise<void> | undefined;
  /** Where the table says that this reader is; undefined when it has to be asked. */
  #written: bigint | undefined;
  /** How far this process has read: at or behind the written position, with nothing of concern between. */
  #passed = 0n;
  #writtenAt = performance.now();

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await createInbox(this.#options.database.pool, this.#options.publisher);
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  poke(): void {
    this.#options.bell.ring();
  }

  async #run(): Promise<void> {
    const { bell, logger, publisher } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const rings = bell.rings;
      try {
        if (!this.#triedParked) await this.retryParked();
        this.#triedParked = true;
        const handled = await this.#step();
        if (handled === 0) await bell.wait(POLL_MS, signal, rings);
      } catch (error) {
        logger.error({ err: error, publisher }, 'consuming events failed');
        await pause(ERROR_PAUSE_MS, undefined, { signal }).catch(() => {}); // Aborted by stop().
      }
    }
  }

  /** Returns how many events it moved past. */
  async #step(): Promise<number> {
    const { feed, database, publisher, concerns } = this.#options;
    if (this.#written === undefined) {
      this.#written = await readInbox(database.pool, publisher);
      this.#passed = this.#written;
    }
    const written = this.#written;
    const after = this.#passed;
    const page = await feed.read({ after, limit: CONSUMER_BATCH_MAX });
    if (page.floor > after) throw new Error(`the log '${publisher}' no longer keeps what follows ${after}: rebuild from a snapshot`);
    const last = page.events.at(-1)?.position;
    if (last === undefined) return 0;
    const events = concerns ? page.events.filter(concerns) : page.events;
    if (events.length > 0 || this.#isDue(last - written)) {
      this.#written = undefined;
      this.#written = await this.#consume(events, { from: written, to: last });
      this.#writtenAt = performance.now();
    }
    this.#passed = last;
    return page.events.length;
  }

  #isDue(unwritten: bigint): boolean {
    return unwritten >= UNWRITTEN_MAX || performance.now() - this.#writtenAt >= UNWRITTEN_MS;
  }

  /** Returns the new position, or undefined when a competitor was faster or the events had to run one by one. */
  async #consume(events: readonly LoggedEvent[], move: Move): Promise<bigint | undefined> {
    try {
      await this.#apply(events, move);
    } catch (error) {
      if (error instanceof OvertakenError) return undefined;
      if (isInfrastructureFailure(error)) throw error;
      this.#options.logger.warn(
        { err: error, publisher: this.#options.publisher, events: events.length },
        'a batch failed, its events run one by one',
      );
      await this.#applyEach(events, move.from);
      return undefined;
    }
    return move.to;
  }

  async #apply(events: readonly LoggedEvent[], move: Move): Promise<void> {
    const { database, publisher, handle } = this.#options;
    await database.transaction(async (client) => {
      if (!(await advanceInbox(client, publisher, move))) throw new OvertakenError();
      const parked = await parkedSubjects(client, publisher, events);
      const open = events.filter((event) => !parked.has(event.subject));
      for (const event of events) if (parked.has(event.subject)) await insertParked(client, publisher, event, 'behind a parked event');
      if (open.length > 0) await handle(client, open);
    });
  }

  async #applyEach(events: readonly LoggedEvent[], after: bigint): Promise<void> {
    let before = after;
    for (const event of events) {
      try {
        await this.#apply([event], { from: before, to: event.position });
      } catch (error) {
        if (error instanceof OvertakenError) return;
        if (isInfrastructureFailure(error)) throw error;
        if (!(await this.#park(event, before, error))) return;
      }
      before = event.position;
    }
  }

  async #park(event: LoggedEvent, before: bigint, error: unknown): Promise<boolean> {
    const { database, logger, publisher } = this.#options;
    logger.error({ err: error, publisher, position: String(event.position), subject: event.subject, type: event.type }, 'event parked');
    return await database.transaction(async (client) => {
      if (!(await advanceInbox(client, publisher, { from: before, to: event.position }))) return false;
      await insertParked(client, publisher, event, String(error).slice(0, REASON_LENGTH_MAX));
      return true;
    });
  }

  async retryParked(subject?: string): Promise<number> {
    const { database, publisher } = this.#options;
    let handled = 0;
    for (const parked of await parkedOf(database.pool, publisher, subject)) {
      for (const event of parked) {
        if (!(await this.#retry(event))) break;
        handled += 1;
      }
    }
    return handled;
  }

  async #retry(event: LoggedEvent): Promise<boolean> {
    const { database, publisher, handle, logger } = this.#options;
    try {
      return await database.transaction(async (client) => {
        // The consumer parks further events of the subject under the same lock, so none can slip behind the last one.
        await lockInbox(client, publisher);
        if (!(await removeParked(client, publisher, event))) return false;
        await handle(client, [event]);
        return true;
      });
    } catch (error) {
      if (isInfrastructureFailure(error)) throw error;
      logger.warn({ err: error, publisher, position: String(event.position) }, 'a parked event failed again');
      return false;
    }
  }
}

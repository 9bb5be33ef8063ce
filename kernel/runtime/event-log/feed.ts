import type { Database } from '../database.ts';

/** One event at its final place in a log. */
export interface LoggedEvent {
  /** Dense in its log, from 1. */
  readonly position: bigint;
  readonly subject: string;
  readonly version: number;
  readonly type: string;
  readonly payload: unknown;
  readonly at: Date;
  /** Chains the event to all before it (chain.ts). */
  readonly hash: Buffer;
  /** The trace that it was written in. */
  readonly traceparent?: string | null;
}

/** What a log says about itself and, in the same snapshot, the events that follow a position. */
export interface FeedPage {
  /** Events up to here are no longer kept. A reader whose position is smaller has missed some for good. */
  readonly floor: bigint;
  /** The last position that exists. */
  readonly head: bigint;
  /** Consecutive, and the first one follows the position that was asked for. Empty at the head, and below the floor. */
  readonly events: readonly LoggedEvent[];
}

/** How a sister service reads a log. It never skips an event: a late commit gets a late position. */
export interface Feed {
  /** Throws when the log or the way to it failed, and when it is not dense, which only damage can cause. */
  read(request: { readonly after: bigint; readonly limit: number }): Promise<FeedPage>;
}

/** A hole where none can be: rows were removed by hand, or the head was set back by a restore. */
export class LogDamagedError extends Error {
  override readonly name = 'LogDamagedError';
}

export interface LogRow {
  readonly floor: bigint;
  readonly head: bigint;
  readonly epoch: number;
  readonly pos: bigint | null;
  readonly subject: string;
  readonly version: number;
  readonly type: string;
  readonly payload: unknown;
  readonly at: Date;
  readonly hash: Buffer;
  readonly traceparent: string | null;
  readonly audience: readonly string[];
  readonly sequences: readonly bigint[];
}

/** Reads the log of this very database. */
export function createFeed(options: { readonly database: Database; readonly logName: string }): Feed {
  const { database, logName } = options;
  return {
    async read({ after, limit }) {
      const { rows } = await database.pool.query<LogRow>({ name: 'read-log', text: READ_LOG_SQL, values: [logName, after, limit] });
      const head = rows[0];
      if (!head) throw new LogDamagedError(`there is no log '${logName}' in schema '${database.schema}'`);
      if (head.floor > after) return { floor: head.floor, head: head.head, events: [] };
      const events = rows.flatMap((row) => (row.pos === null ? [] : [loggedEvent(row, row.pos)]));
      assertDense(logName, events, after, head.head);
      return { floor: head.floor, head: head.head, events };
    },
  };
}

/** Floor, head and rows in one statement, so that a dropped partition is never mistaken for "no events". */
export const READ_LOG_SQL = `
select h.floor, h.pos as head, h.epoch, l.*
from log_head h left join lateral (
  select pos, subject, version, type, payload, at, hash, traceparent, audience, sequences from event_log where pos > $2 order by pos limit $3
) l on true
where h.log = $1 order by l.pos`;

export function loggedEvent(row: LogRow, position: bigint): LoggedEvent {
  const { subject, version, type, payload, at, hash, traceparent } = row;
  return { position, subject, version, type, payload, at, hash, traceparent };
}

export function assertDense(logName: string, events: readonly { readonly position: bigint }[], after: bigint, head: bigint): void {
  let expected = after + 1n;
  for (const event of events) {
    if (event.position !== expected) throw new LogDamagedError(`log '${logName}' has ${event.position} where ${expected} belongs`);
    expected += 1n;
  }
  if (events.length === 0 && head > after) throw new LogDamagedError(`log '${logName}' ends at ${head} and has nothing after ${after}`);
}

import type pg from 'pg';

import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import { PARTITION_SIZE } from './event-log.sql.ts';

/** How long events can be replayed. */
export const RETENTION_DAYS = 30;
const DAY_MS = 86_400_000;
const RUN_EVERY_MS = 3_600_000;
/** Rows that one step of the floor looks at. */
const FLOOR_STEP_ROWS = 10_000;

/** Ends the life of old events. Any number of processes may run it; the database lets one work at a time. */
export interface LogRetention {
  start(): void;
  stop(): Promise<void>;
  /** Forgets what is older than RETENTION_DAYS now. Returns the floor, or null when another process is at it. Rejects when the database fails. */
  run(): Promise<bigint | null>;
}

export interface LogRetentionOptions {
  readonly database: Database;
  readonly logName: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * First the floor is raised past every event that is too old, which is when readers stop seeing them, cursors below it expire, and the
 * hash at the floor is noted for whoever verifies the chain. Then partitions that lie wholly below it are detached and dropped.
 */
export function createLogRetention({ database, logName, clock, logger }: LogRetentionOptions): LogRetention {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function run(): Promise<bigint | null> {
    // A connection of its own: a lock that belongs to it, and a DETACH that may wait longer than a statement should.
    const client = database.newClient({ settings: { lock_timeout: '5s' } });
    client.on('error', () => {}); // The query that meets the lost connection throws.
    await client.connect();
    try {
      await client.query('set statement_timeout = 0');
      const { rows } = await client.query<{ mine: boolean }>(
        "select pg_try_advisory_lock(hashtext('retention ' || current_schema())) as mine",
      );
      if (!rows[0]?.mine) return null;
      const floor = await raiseFloor(client, logName, new Date(clock.now().getTime() - RETENTION_DAYS * DAY_MS));
      for (const partition of await partitionsBelow(client, floor)) await dropPartition(client, partition);
      return floor;
    } finally {
      await client.end();
    }
  }

  const runQuietly = (): void => {
    running = run().catch((error: unknown) =>
      logger.warn({ err: error, log: logName }, 'old events are still kept; the next hour tries again'),
    );
  };

  return {
    run,
    start() {
      if (timer) return;
      timer = setInterval(runQuietly, RUN_EVERY_MS).unref();
      runQuietly();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Positions follow the commits, and `at` very nearly follows positions: the floor stops before the first event that is young enough. */
const RAISE_FLOOR_SQL = `
with step as (
  select l.pos, l.at, l.hash from event_log l where l.pos > (select floor from log_head where log = $1) order by l.pos limit ${FLOOR_STEP_ROWS}
), last as (
  select pos, hash from step where pos < coalesce((select min(pos) from step where at >= $2), 9223372036854775807) order by pos desc limit 1
)
update log_head set floor = last.pos, floor_hash = last.hash from last where log = $1`;

async function raiseFloor(client: pg.ClientBase, logName: string, before: Date): Promise<bigint> {
  while ((await client.query(RAISE_FLOOR_SQL, [logName, before])).rowCount === 1);
  const { rows } = await client.query<{ floor: bigint }>('select floor from log_head where log = $1', [logName]);
  if (!rows[0]) throw new Error(`there is no log '${logName}'`);
  return rows[0].floor;
}

interface Partition {
  readonly parent: 'event_log' | 'event_audience';
  readonly name: string;
  /** Null when it was detached before, by a run that was cut off. */
  readonly detaching: boolean | null;
}

const PARTITIONS_SQL = `
select c.relname as name, substring(c.relname from '^(.*)_\\d+$') as parent, i.inhdetachpending as detaching
from pg_class c left join pg_inherits i on i.inhrelid = c.oid
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname ~ '^event_(log|audience)_\\d+$'
  and (substring(c.relname from '\\d+$')::bigint + 1) * ${PARTITION_SIZE} - 1 <= $1`;

async function partitionsBelow(client: pg.ClientBase, floor: bigint): Promise<readonly Partition[]> {
  return (await client.query<Partition>(PARTITIONS_SQL, [floor])).rows;
}

/** A plain DROP would queue behind every reader's transaction, and everybody else behind it. The names are those of the query above. */
async function dropPartition(client: pg.ClientBase, { parent, name, detaching }: Partition): Promise<void> {
  if (detaching !== null) await client.query(`alter table ${parent} detach partition ${name} ${detaching ? 'finalize' : 'concurrently'}`);
  await client.query(`drop table ${name}`);
}

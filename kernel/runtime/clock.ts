import type pg from 'pg';

import type { Logger } from './logger.ts';

/** Where the time comes from. Domain code never sees it: a shell reads `now()` once and passes the instant on. */
export interface Clock {
  now(): Date;
}

/** The machine's own time: token freshness, leases, retries, limits, receipts. */
export const wallClock: Clock = { now: () => new Date() };

/**
 * The time of business rules (order expiry, business day, reports): the database's clock plus an offset row, so that every process
 * agrees and the sandbox may move time. `now()` is synchronous: it adds a difference that is measured again every second.
 * `start` fails when the database cannot be reached; later failures keep the last difference.
 */
export interface BusinessClock extends Clock {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Moves business time forward for every process, durably. Only the sandbox does this. A negative or fractional step throws. */
  advance(milliseconds: number): Promise<void>;
}

const REFRESH_MS = 1000;

// Two processes may start on an empty database at once. CREATE ... IF NOT EXISTS may then still fail with a unique violation,
// so the statements (one implicit transaction) queue behind a lock. Nothing but this start-up courtesy rests on it.
const CREATE_SQL = `
select pg_advisory_xact_lock(hashtext('hub.business_clock'));
create schema if not exists hub;
create table if not exists hub.business_clock (
  only_row boolean primary key default true check (only_row),
  offset_ms bigint not null
);
insert into hub.business_clock (offset_ms) values (0) on conflict do nothing;`;

const MEASURE_SQL = `
select (extract(epoch from clock_timestamp()) * 1000)::float8 as database_ms, offset_ms::float8 as offset_ms from hub.business_clock`;

interface Measurement {
  readonly database_ms: number;
  readonly offset_ms: number;
}

export function createBusinessClock(o: { pool: pg.Pool; wallClock: Clock; refreshMs?: number; logger?: Logger }): BusinessClock {
  let differenceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> | undefined;

  async function measure(): Promise<void> {
    const before = o.wallClock.now().getTime();
    const { rows } = await o.pool.query<Measurement>(MEASURE_SQL);
    const after = o.wallClock.now().getTime();
    const row = rows[0];
    if (!row) throw new Error('hub.business_clock has no row');
    const measured = row.database_ms + row.offset_ms - (before + after) / 2;
    // Half the round trip is how wrong the measurement may be. A smaller change is noise, and following it would let now() step back.
    if (Math.abs(measured - differenceMs) > (after - before) / 2 + 1) differenceMs = Math.round(measured);
  }

  const refresh = (): Promise<void> => {
    refreshing ??= measure().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  function schedule(): void {
    timer = setTimeout(() => {
      refresh()
        // The database may be away for a while; the last difference is still right to within the drift of two clocks.
        .catch((error: unknown) => o.logger?.warn({ err: error }, 'business clock not refreshed'))
        .finally(() => {
          if (timer) schedule();
        });
    }, o.refreshMs ?? REFRESH_MS);
    timer.unref();
  }

  return {
    now: () => new Date(o.wallClock.now().getTime() + differenceMs),
    async start() {
      await o.pool.query(CREATE_SQL);
      await refresh();
      if (!timer) schedule();
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await refreshing?.catch(() => undefined); // Reported where it was started; here only the wait matters.
    },
    async advance(milliseconds) {
      if (!Number.isSafeInteger(milliseconds) || milliseconds < 0)
        throw new RangeError('business time moves forward, by whole milliseconds');
      await o.pool.query('update hub.business_clock set offset_ms = offset_ms + $1', [milliseconds]);
      await refreshing?.catch(() => undefined); // It may have read the row before the update.
      await refresh();
    },
  };
}

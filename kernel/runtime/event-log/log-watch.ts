import { setTimeout as pause } from 'node:timers/promises';

import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';

const LOOK_EVERY_MS = 10_000;

/** Measures what nobody asks about: events that wait to be numbered, events of others that could not be handled here, and connections. */
export interface LogWatch {
  start(): void;
  stop(): Promise<void>;
  look(): Promise<void>;
}

/**
 * Watches the log of one subgraph. `nowMs` is a clock that never goes back. How long the oldest event waits is counted from when it
 * was first seen waiting, because events carry the time of their owner's clock, which may be another.
 */
export function createLogWatch(o: {
  readonly database: Database;
  readonly logName: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly nowMs?: () => number;
}): LogWatch {
  const nowMs = o.nowMs ?? (() => performance.now());
  const age = o.metrics.gauge({
    name: 'event_outbox_age_seconds',
    help: 'How long the oldest event has been waiting to be numbered.',
    labels: ['log'],
  });
  const parked = o.metrics.gauge({
    name: 'parked_events',
    help: 'Events of another log that could not be handled and wait for a person, with those behind them.',
    labels: ['log', 'publisher'],
  });
  const connections = o.metrics.gauge({
    name: 'database_connections',
    help: 'Connections of a subgraph to its database, and requests that wait for one.',
    labels: ['subgraph', 'state'],
  });
  const stopping = new AbortController();
  let oldest: { readonly id: bigint; readonly seenMs: number } | undefined;
  let loop: Promise<void> | undefined;

  async function look(): Promise<void> {
    const { totalCount, idleCount, waitingCount } = o.database.pool;
    const states = { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
    for (const [state, n] of Object.entries(states)) connections.set({ subgraph: o.database.schema, state }, n);
    const outbox = await o.database.pool.query<{ id: bigint | null }>('select min(id) as id from event_outbox');
    const id = outbox.rows[0]?.id ?? null;
    if (id === null) oldest = undefined;
    else if (oldest?.id !== id) oldest = { id, seenMs: nowMs() };
    age.set({ log: o.logName }, oldest ? (nowMs() - oldest.seenMs) / 1000 : 0);
    const { rows } = await o.database.pool.query<{ publisher: string; n: bigint }>(PARKED_SQL);
    for (const { publisher, n } of rows) parked.set({ log: o.logName, publisher }, Number(n));
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => o.logger.warn({ err: error, log: o.logName }, 'the event log was not measured'));
      await pause(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {}); // Aborted by stop().
    }
  }

  return {
    look,
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

const PARKED_SQL = `
select i.publisher, count(p.pos) as n from inbox_position i left join parked_event p using (publisher) group by i.publisher`;

import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Database } from '../../../kernel/runtime/database.ts';
import { createBell } from '../../../kernel/runtime/event-log/bell.ts';
import { verifyChain } from '../../../kernel/runtime/event-log/chain.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import { createRelay } from '../../../kernel/runtime/event-log/relay.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aLog, anEvent, LOG_NAME, silentLogger, type TestLog } from './support/a-log.ts';

const WRITERS = 12;
const TRANSACTIONS_EACH = 140;
const SUBJECTS = 40;
const ROLLBACK_EVERY = 17;
const KILL_EVERY_MS = 60;

let log: TestLog;

beforeAll(async () => {
  log = await aLog('create table subject (id text primary key, version int not null)');
  await log.database.pool.query(`insert into subject select 'order-' || n, 0 from generate_series(0, ${SUBJECTS - 1}) n`);
});
afterAll(() => log.drop());

/** One transaction as a use case writes it: lock the subject, take its next versions, publish, think, commit or not. */
async function write(database: Database, n: number): Promise<number> {
  const count = 1 + (n % 4);
  const subject = `order-${(n * 7919) % SUBJECTS}`;
  try {
    await database.transaction(async (client) => {
      // Half of the transactions take their transaction id long before their lock: an order by transaction id would be wrong.
      if (n % 2 === 0) await client.query('select pg_current_xact_id()');
      if (n % 5 === 0) await client.query(`select pg_sleep(${(n % 30) / 1000})`);
      const { rows } = await client.query<{ version: number }>(
        'update subject set version = version + $2 where id = $1 returning version',
        [subject, count],
      );
      const last = rows[0]?.version ?? 0;
      const events = Array.from({ length: count }, (_, index) =>
        anEvent({ subject, version: last - count + 1 + index, audience: [`bank-${n % 7}`, `bank-${n % 3}`, `merchant-${n % 11}`] }),
      );
      await insertEvents(client, events);
      if (n % 3 === 0) await client.query(`select pg_sleep(${(n % 20) / 1000})`);
      if (n % ROLLBACK_EVERY === 0) throw new Error('changed its mind');
    });
    return count;
  } catch (error) {
    if (n % ROLLBACK_EVERY === 0) return 0;
    throw error;
  }
}

test('no event is lost, repeated or out of order, whoever writes slowly and whichever relay is killed', async () => {
  const relays = ['relay-1', 'relay-2', 'relay-3'].map((name) => {
    return createRelay({ database: log.anotherDatabase(name), logName: LOG_NAME, bell: createBell(), logger: silentLogger });
  });
  await Promise.all(relays.map((relay) => relay.start()));
  const killing = new AbortController();
  const killer = (async () => {
    for (let n = 0; !killing.signal.aborted; n++) {
      await log.database.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
        `relay-${(n % 3) + 1}`,
      ]);
      await delay(KILL_EVERY_MS);
    }
  })();
  const poking = setInterval(() => relays.forEach((relay) => relay.poke()), 1);

  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    const database = log.anotherDatabase(`writer-${writer}`);
    let written = 0;
    for (let n = 0; n < TRANSACTIONS_EACH; n++) written += await write(database, writer * TRANSACTIONS_EACH + n);
    return written;
  });
  const committed = (await Promise.all(writers)).reduce((sum, count) => sum + count, 0);
  killing.abort();
  await killer;
  await waitFor(async () => {
    const { rows } = await log.database.pool.query<{ n: bigint }>('select count(*) as n from event_outbox');
    return rows[0]?.n === 0n;
  });
  clearInterval(poking);
  await Promise.all(relays.map((relay) => relay.stop()));

  const { rows } = await log.database.pool.query<Row>('select pos, subject, version, audience, sequences from event_log order by pos');
  expect(rows.length).toBe(committed);
  expect(committed).toBeGreaterThan(3_500);
  expect(rows.every((row, index) => row.pos === BigInt(index + 1))).toBe(true);
  expect(misordered(rows)).toEqual([]);
  expect(holesOfParticipants(rows)).toEqual([]);
  expect(await verifyChain({ database: log.database, logName: LOG_NAME })).toMatchObject({
    ok: true,
    value: { position: BigInt(committed) },
  });
}, 60_000);

test('the numbers of a participant are the same in its index and in the log', async () => {
  const { rows } = await log.database.pool.query(`
    select 1 from event_log l cross join lateral unnest(l.audience, l.sequences) as s (participant, ppos)
    full join event_audience a on a.pos = l.pos and a.participant = s.participant
    where s.ppos is distinct from a.ppos`);
  expect(rows).toEqual([]);
});

interface Row {
  readonly pos: bigint;
  readonly subject: string;
  readonly version: number;
  readonly audience: readonly string[];
  readonly sequences: readonly bigint[];
}

/** Versions of a subject must come 1, 2, 3, ... in the order of positions. */
function misordered(rows: readonly Row[]): readonly string[] {
  const next = new Map<string, number>();
  return rows.flatMap((row) => {
    const expected = next.get(row.subject) ?? 1;
    next.set(row.subject, row.version + 1);
    return row.version === expected ? [] : [`${row.subject} ${row.version} where ${expected} belongs`];
  });
}

function holesOfParticipants(rows: readonly Row[]): readonly string[] {
  const next = new Map<string, bigint>();
  return rows.flatMap((row) =>
    row.audience.flatMap((participant, index) => {
      const expected = next.get(participant) ?? 1n;
      next.set(participant, expected + 1n);
      return row.sequences[index] === expected ? [] : [`${participant} ${row.sequences[index]} where ${expected} belongs`];
    }),
  );
}

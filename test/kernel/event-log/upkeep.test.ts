import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { valueOf } from '../../../kernel/core/result.ts';
import { verifyChain } from '../../../kernel/runtime/event-log/chain.ts';
import { createCursorKeys } from '../../../kernel/runtime/event-log/cursor.ts';
import { PARTITION_SIZE } from '../../../kernel/runtime/event-log/event-log.sql.ts';
import { createRelay } from '../../../kernel/runtime/event-log/relay.ts';
import { createLogRetention, RETENTION_DAYS } from '../../../kernel/runtime/event-log/retention.ts';
import { createEventStreams } from '../../../kernel/runtime/event-log/stream.ts';
import { aLog, anEvent, LOG_NAME, silentLogger, type TestLog } from './support/a-log.ts';

const NOW = new Date('2026-06-30T12:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

let log: TestLog;
beforeEach(async () => {
  log = await aLog();
});
afterEach(async () => log.drop());

const retention = () => createLogRetention({ ...log, logName: LOG_NAME, clock: { now: () => NOW }, logger: silentLogger });
const verified = () => verifyChain({ database: log.database, logName: LOG_NAME });

async function publishAt(...days: readonly number[]): Promise<void> {
  await log.publish(...days.map((day, index) => anEvent({ subject: `order-${day}-${index}`, at: daysAgo(day) })));
  await log.number();
}

async function partitions(): Promise<readonly string[]> {
  const { rows } = await log.database.pool.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname ~ '\\d$' order by 1",
  );
  return rows.map(({ name }) => name);
}

describe('retention', () => {
  test(`forgets what is older than ${RETENTION_DAYS} days: cursors below expire, the rest is replayed`, async () => {
    await publishAt(60, 31, 29, 0);
    const streams = createEventStreams({
      ...log,
      logName: LOG_NAME,
      keys: createCursorKeys({ cursor: [{ kid: 'k', key: Buffer.alloc(32) }] }),
      logger: silentLogger,
    });
    const reader = { scope: 'all', filter: {} } as const;
    const old = streams.cursorAt(reader, { epoch: 1, head: 1n });
    expect(await retention().run()).toBe(2n);
    expect(await streams.subscribe({ ...reader, after: old })).toMatchObject({ ok: false, failure: { code: 'CURSOR_EXPIRED' } });
    const kept = valueOf(await streams.history({ ...reader, first: 10 }));
    expect(kept.events.map(({ sequence }) => sequence)).toEqual([3n, 4n]);
    const snapshot = valueOf(await streams.subscribe({ ...reader, filter: { subject: 'order-60-0' }, from: 'SNAPSHOT' }));
    expect((await snapshot.next()).value).toMatchObject({ kind: 'ready', replayed: 0 });
    streams.drain();
  });

  test('stops before the first event that is young enough, also when an older one was numbered behind it', async () => {
    await publishAt(60, 29, 31, 0);
    expect(await retention().run()).toBe(1n);
    expect(await retention().run()).toBe(1n);
  });

  test('drops partitions that lie wholly below, and the chain is verified from there', async () => {
    await log.database.pool.query('update log_head set pos = $1', [PARTITION_SIZE - 3]);
    await publishAt(40, 40, 40, 0);
    await log.database.pool.query('select ensure_event_partitions()');
    expect(await partitions()).toContain('event_log_0');
    expect(await retention().run()).toBe(BigInt(PARTITION_SIZE));
    expect(await partitions()).toEqual([
      'event_audience_1',
      'event_audience_2',
      'event_audience_3',
      'event_log_1',
      'event_log_2',
      'event_log_3',
    ]);
    expect(await verified()).toMatchObject({ ok: true, value: { position: BigInt(PARTITION_SIZE) + 1n } });
    await log.database.pool.query("update event_log set payload = '1'");
    expect(await verified()).toMatchObject({ ok: false });
  });

  test('finishes what a run that was cut off has begun', async () => {
    await log.database.pool.query('update log_head set pos = $1', [2 * PARTITION_SIZE]);
    await log.database.pool.query('select ensure_event_partitions()');
    await publishAt(40, 0);
    await log.database.pool.query(
      'alter table event_log detach partition event_log_0; update log_head set floor = $1'.replace('$1', String(PARTITION_SIZE)),
    );
    await retention().run();
    expect((await partitions()).filter((name) => name.endsWith('_0'))).toEqual([]);
  });

  test('works in one process at a time', async () => {
    const client = log.anotherDatabase('other').newClient();
    await client.connect();
    await client.query("select pg_advisory_lock(hashtext('retention ' || current_schema()))");
    expect(await retention().run()).toBeNull();
    await client.end();
    await publishAt(40);
    expect(await retention().run()).toBe(1n);
  });
});

describe('the epoch of a log', () => {
  const epoch = async () => (await log.database.pool.query<{ epoch: number }>('select epoch from log_head')).rows[0]?.epoch;
  const startAndStop = async () => {
    const relay = createRelay({ ...log, logName: LOG_NAME, logger: silentLogger });
    await relay.start();
    await relay.stop();
  };

  test('stays while the log is on the server where it was', async () => {
    await startAndStop();
    await startAndStop();
    expect(await epoch()).toBe(1);
  });

  test.each([
    ['another server, as after loading a dump', "'1' || origin"],
    ['another timeline, as after a restore to a point in time or a fail-over', "split_part(origin, '/', 1) || '/000000FF'"],
  ])('rises once when the relay finds itself on %s', async (_what, origin) => {
    await startAndStop();
    await log.database.pool.query(`update log_head set origin = ${origin}`);
    await startAndStop();
    await startAndStop();
    expect(await epoch()).toBe(2);
  });

  test('is kept by a service whose role is no superuser', async () => {
    await log.database.pool.query(
      'create role keeper; grant usage on schema orders to keeper; grant all on all tables in schema orders to keeper',
    );
    try {
      await log.database.pool.query('begin; set local role keeper; select note_log_origin(); commit');
      expect(await epoch()).toBe(1);
    } finally {
      await log.database.pool.query('drop owned by keeper; drop role keeper');
    }
  });
});

import { type AddressInfo, createServer } from 'node:net';

import { Client } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createBellBridge } from '../../../kernel/runtime/event-log/bell-bridge.ts';
import { createBell } from '../../../kernel/runtime/event-log/bell.ts';
import { verifyChain } from '../../../kernel/runtime/event-log/chain.ts';
import { PARTITION_SIZE } from '../../../kernel/runtime/event-log/event-log.sql.ts';
import { createFeed } from '../../../kernel/runtime/event-log/feed.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import { createRelay } from '../../../kernel/runtime/event-log/relay.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aLog, anEvent, LOG_NAME, silentLogger, type TestLog } from './support/a-log.ts';

let log: TestLog;

beforeEach(async () => {
  log = await aLog();
});
afterEach(() => log.drop());

describe('the outbox', () => {
  test('publishes nothing of a transaction that rolls back', async () => {
    await log.publish(anEvent());
    await expect(log.publish(anEvent({ subject: 'other' }), anEvent({ version: 1 }))).rejects.toThrow(/duplicate key/);
    await log.number();
    expect((await createFeed({ database: log.database, logName: LOG_NAME }).read({ after: 0n, limit: 10 })).events).toHaveLength(1);
  });

  test('keeps payload, time and order of the events of one transaction', async () => {
    const at = new Date('2026-03-29T01:30:00.007Z');
    await log.publish(
      anEvent({ payload: { amountMinor: '150075', note: 'їжа "x"' }, at }),
      anEvent({ version: 2, type: 'OrderClaimed', payload: [1] }),
    );
    await log.number();
    const { events } = await createFeed({ database: log.database, logName: LOG_NAME }).read({ after: 0n, limit: 10 });
    expect(events).toMatchObject([
      { position: 1n, type: 'OrderCreated', payload: { amountMinor: '150075', note: 'їжа "x"' }, at },
      { position: 2n, type: 'OrderClaimed', version: 2, payload: [1] },
    ]);
  });

  test('tells a participant once, however often the audience names it, and ignores nulls', async () => {
    await log.database.pool.query(
      `insert into event_outbox (audience, subject, version, type, payload, at) values (array['b', null, 'a', 'b'], 's', 1, 'T', '{}', now())`,
    );
    await log.publish(anEvent({ audience: [] }));
    await log.number();
    const { rows } = await log.database.pool.query('select audience, sequences from event_log order by pos');
    expect(rows).toEqual([
      { audience: ['a', 'b'], sequences: [1n, 1n] },
      { audience: [], sequences: [] },
    ]);
  });
});

test('numbering never reads the whole outbox, also not with a plan that was made while it was empty', async () => {
  const client = log.database.newClient();
  await client.connect();
  await client.query('begin');
  for (let n = 0; n < 8; n++) {
    await insertEvents(client, [anEvent({ subject: `s${n}` })]);
    await client.query('select number_events(500)');
  }
  const { rows } = await client.query("select seq_scan, idx_scan from pg_stat_xact_user_tables where relid = 'event_outbox'::regclass");
  await client.query('rollback');
  await client.end();
  expect(rows).toEqual([{ seq_scan: 0n, idx_scan: 8n }]);
});

describe('the hash chain', () => {
  beforeEach(async () => {
    await log.publish(...[1, 2, 3, 4, 5].map((version) => anEvent({ version, payload: { version } })));
    await log.number();
  });

  test('of an untouched log is whole', async () => {
    const verified = await verifyChain({ database: log.database, logName: LOG_NAME });
    expect(verified).toMatchObject({ ok: true, value: { position: 5n } });
  });

  test.each([
    ['an edited payload', `update event_log set payload = '{"version": 30}' where pos = 3`, 3n],
    ['an edited time', `update event_log set at = at + interval '1 microsecond' where pos = 2`, 2n],
    ['an edited audience', `update event_log set audience = array['thief'] where pos = 4`, 4n],
    ['a removed row', `delete from event_log where pos = 3`, 4n],
    [
      'two rows that changed places',
      `update event_log set pos = case pos when 2 then 900 else pos end; update event_log set pos = 2 where pos = 3; update event_log set pos = 3 where pos = 900`,
      2n,
    ],
  ])('shows %s', async (_title, sql, position) => {
    await log.database.pool.query(sql);
    expect(await verifyChain({ database: log.database, logName: LOG_NAME })).toEqual({
      ok: false,
      failure: { code: 'CHAIN_BROKEN', position },
    });
  });

  test('shows that the end was cut off', async () => {
    await log.database.pool.query('delete from event_log where pos = 5');
    expect(await verifyChain({ database: log.database, logName: LOG_NAME })).toMatchObject({
      failure: { code: 'CHAIN_END', position: 4n, head: 5n },
    });
  });

  test('goes on from a place that was verified before, and disagrees with it after an edit of the past', async () => {
    const before = await verifyChain({ database: log.database, logName: LOG_NAME });
    if (!before.ok) throw new Error('the chain is whole here');
    await log.publish(anEvent({ version: 6 }));
    await log.number();
    expect(await verifyChain({ database: log.database, logName: LOG_NAME, after: before.value })).toMatchObject({
      ok: true,
      value: { position: 6n },
    });
    const forged = { ...before.value, hash: Buffer.alloc(32) };
    expect(await verifyChain({ database: log.database, logName: LOG_NAME, after: forged })).toMatchObject({
      failure: { code: 'CHAIN_BROKEN', position: 6n },
    });
  });
});

describe('partitions', () => {
  test('stand ready ahead of the head and are made once, whoever asks', async () => {
    await log.database.pool.query('update log_head set pos = $1', [PARTITION_SIZE * 3 - 1]);
    await Promise.all([1, 2, 3].map(() => log.database.pool.query('select ensure_event_partitions()')));
    const { rows } = await log.database.pool.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'event_log'::regclass order by 1`,
    );
    expect(rows.map((row) => row.name)).toEqual(['event_log_0', 'event_log_1', 'event_log_2', 'event_log_3', 'event_log_4']);
    await log.publish(anEvent(), anEvent({ version: 2 }));
    await log.number();
    const logged = await log.database.pool.query('select pos, tableoid::regclass::text as partition from event_log order by pos');
    expect(logged.rows).toEqual([
      { pos: BigInt(PARTITION_SIZE * 3), partition: 'event_log_3' },
      { pos: BigInt(PARTITION_SIZE * 3 + 1), partition: 'event_log_3' },
    ]);
  });

  test('that are missing stop the numbering, lose nothing, and are made by the relay', async () => {
    await log.database.pool.query('update log_head set pos = $1', [PARTITION_SIZE * 8]);
    await log.publish(anEvent());
    await expect(log.number()).rejects.toMatchObject({ code: '23514' });
    const relay = createRelay({ ...log, logName: LOG_NAME, logger: silentLogger });
    await relay.start();
    await waitFor(async () => (await log.database.pool.query('select 1 from event_log')).rowCount === 1);
    await relay.stop();
  });
});

describe('the relay', () => {
  test('rings this process at once and another process through the database, each once a batch', async () => {
    const relay = createRelay({ ...log, logName: LOG_NAME, logger: silentLogger });
    const other = aListener();
    await relay.start();
    await waitFor(() => other.bell.rings > 0 && log.bell.rings > 0); // Both have connected.
    const [mine, theirs] = [log.bell.rings, other.bell.rings];
    for (const version of [1, 2]) {
      await log.publish(anEvent({ version }));
      relay.poke();
      await waitFor(() => log.bell.rings >= mine + version && other.bell.rings >= theirs + version);
    }
    expect([log.bell.rings, other.bell.rings]).toEqual([mine + 2, theirs + 2]);
    await other.stop();
    await relay.stop();
  });

  test('goes on after an error, without being poked again', async () => {
    const errors: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line) => void errors.push(line) });
    const relay = createRelay({ ...log, logName: LOG_NAME, logger });
    await relay.start();
    await log.database.pool.query('alter table log_head rename to log_head_away');
    await log.publish(anEvent());
    relay.poke();
    await waitFor(() => errors.length > 0);
    await log.database.pool.query('alter table log_head_away rename to log_head');
    await waitFor(async () => (await log.database.pool.query('select 1 from event_log')).rowCount === 1);
    await relay.stop();
  });
});

test('a listener that is stopped while it connects does not wait for the connection', async () => {
  const accepted = Promise.withResolvers<void>();
  const silent = createServer((socket) => socket.on('data', () => accepted.resolve()).on('end', () => socket.end()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo; // It listens on TCP.
  const database = { ...log.database, newClient: () => new Client({ host: '127.0.0.1', port, user: 'nobody' }) };
  const bridge = createBellBridge({ database, logName: LOG_NAME, bell: createBell(), logger: silentLogger, except: 'none' });
  bridge.start();
  await accepted.promise;
  await bridge.stop();
  await new Promise((resolve) => silent.close(resolve));
});

function aListener() {
  const bell = createBell();
  const bridge = createBellBridge({
    database: log.anotherDatabase('listener'),
    logName: LOG_NAME,
    bell,
    logger: silentLogger,
    except: 'none',
  });
  bridge.start();
  return { bell, stop: () => bridge.stop() };
}

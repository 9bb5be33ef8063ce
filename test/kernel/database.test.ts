import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createDatabase, type Database, isInfrastructureFailure, TRANSACTION_TRIES_MAX } from '../../kernel/runtime/database.ts';
import { migrate, type MigrationList } from '../../kernel/runtime/migrations.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await testDatabase();
  database = createDatabase({ url: server.url, schema: 'orders', applicationName: 'database-test' });
  await migrate(database, [{ name: '0001', sql: 'create table counter (name text primary key, n bigint not null)' }]);
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

describe('a database', () => {
  test('reads values exactly', async () => {
    const { rows } = await database.pool.query(
      `select 9007199254740993::bigint as big, array[1, 9007199254740993]::bigint[] as bigs, count(*) as counted, '2026-03-29'::date as day,
         '2026-03-29T01:30:00.123Z'::timestamptz as instant, 0.1::numeric as exact, '{"a": 1}'::jsonb as json, null::bigint as nothing`,
    );
    expect(rows).toEqual([
      {
        big: 9_007_199_254_740_993n,
        bigs: [1n, 9_007_199_254_740_993n],
        counted: 1n,
        day: '2026-03-29',
        instant: new Date('2026-03-29T01:30:00.123Z'),
        exact: '0.1',
        json: { a: 1 },
        nothing: null,
      },
    ]);
  });

  test('sees its own schema first and alone', async () => {
    const other = createDatabase({ url: server.url, schema: 'payments', applicationName: 'database-test' });
    await expect(other.pool.query('select * from counter')).rejects.toMatchObject({ code: '42P01' });
    await other.close();
  });

  test('keeps the options of its address beside its own', async () => {
    const url = new URL(server.url);
    url.searchParams.set('options', '-c work_mem=7MB');
    const other = createDatabase({ url: url.href, schema: 'orders', applicationName: 'database-test' });
    const { rows } = await other.pool.query("select current_setting('work_mem') as memory, current_schema() as schema");
    expect(rows).toEqual([{ memory: '7MB', schema: 'orders' }]);
    await other.close();
  });

  test.each(['Orders', 'a-b', 'x; drop', ''])('refuses %j as a schema name', (schema) => {
    expect(() => createDatabase({ url: server.url, schema, applicationName: 'x' })).toThrow('no plain schema name');
  });
});

describe('a transaction', () => {
  beforeEach(() => database.pool.query("truncate counter; insert into counter values ('a', 0), ('b', 0)"));

  const value = async () => (await database.pool.query<{ n: bigint }>("select n from counter where name = 'a'")).rows[0]?.n;

  test('that throws changes nothing, and its connection can be used again', async () => {
    await expect(
      database.transaction(async (client) => {
        await client.query("update counter set n = 5 where name = 'a'");
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await value()).toBe(0n);
  });

  test('whose work hides an error of a statement has not happened, and says so', async () => {
    const hidden = database.transaction(async (client) => {
      await client.query("update counter set n = 5 where name = 'a'");
      await client.query('select 1/0').catch(() => undefined);
    });
    await expect(hidden).rejects.toThrow('failed before its end');
    expect(await value()).toBe(0n);
  });

  test('that meets a deadlock runs again', async () => {
    const both = (first: string, second: string) =>
      database.transaction(async (client) => {
        await client.query('update counter set n = n + 1 where name = $1', [first]);
        await client.query('select pg_sleep(0.1)');
        await client.query('update counter set n = n + 1 where name = $1', [second]);
      });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    expect(await value()).toBe(2n);
  });

  test('that fails to serialize gives up after its tries', async () => {
    let tries = 0;
    const always = database.transaction(async () => {
      tries += 1;
      throw Object.assign(new Error('could not serialize'), { code: '40001' });
    });
    await expect(always).rejects.toThrow('could not serialize');
    expect(tries).toBe(TRANSACTION_TRIES_MAX);
  });

  test('whose connection is killed is a failure of the infrastructure, and the pool goes on', async () => {
    const killed = database.transaction((client) => client.query('select pg_terminate_backend(pg_backend_pid())'));
    await expect(killed).rejects.toSatisfy(isInfrastructureFailure);
    expect(await value()).toBe(0n);
  });
});

test('an error of a statement or of the code is no failure of the infrastructure', async () => {
  const errors = await Promise.allSettled([database.pool.query('select 1/0'), Promise.reject(new TypeError('x is undefined'))]);
  expect(errors.map((error) => error.status === 'rejected' && isInfrastructureFailure(error.reason))).toEqual([false, false]);
  const nowhere = createDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', schema: 'orders', applicationName: 'x' });
  await expect(nowhere.pool.query('select 1')).rejects.toSatisfy(isInfrastructureFailure);
  await nowhere.close();
});

describe('migrations', () => {
  const list: MigrationList = [
    { name: '0001-initial', sql: "create table a (id int); insert into a values (1); select ';' from a;" },
    { name: '0002-more', sql: 'insert into a values (2)' },
  ];
  const inSchema = (schema: string) => createDatabase({ url: server.url, schema, applicationName: 'migrations-test' });

  test('run once each, in order, however many processes start at the same time', async () => {
    const processes = Array.from({ length: 4 }, () => inSchema('fresh'));
    await Promise.all(processes.map((each) => migrate(each, list)));
    const { rows } = await database.pool.query('select id from fresh.a order by id');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
    await Promise.all(processes.map((each) => each.close()));
  });

  test('that fail leave nothing behind', async () => {
    const broken = inSchema('broken');
    await expect(migrate(broken, [...list, { name: '0003', sql: 'create table a (id int)' }])).rejects.toMatchObject({ code: '42P07' });
    expect((await database.pool.query("select 1 from pg_namespace where nspname = 'broken'")).rowCount).toBe(0);
    await broken.close();
  });

  test.each([
    ['edited', [{ name: '0001-initial', sql: 'select 1' }, ...list.slice(1)]],
    ['left out', list.slice(1)],
  ])('that were applied may not be %s', async (_title, changed) => {
    const schema = inSchema('settled');
    await migrate(schema, list);
    await expect(migrate(schema, changed)).rejects.toThrow("migration '0001-initial' of schema 'settled' was applied in another form");
    await schema.close();
  });
});

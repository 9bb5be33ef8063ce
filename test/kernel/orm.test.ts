import { defineEntity, type InferEntity, type MikroORM, p } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { eventLogTraceSql } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { eventLogMigrationSql } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { insertEvents } from '../../kernel/runtime/event-log/outbox.ts';
import { migrate, type Migration } from '../../kernel/runtime/migrations.ts';
import { createOrm, ormTransaction } from '../../kernel/runtime/orm.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';

// The pattern of a store, whole: what stands in one file here is migrations/, bank.entity.ts and bank.store.ts in a subgraph.

const initial: Migration = {
  name: '0001-initial',
  sql: `${eventLogMigrationSql('participants')}${eventLogTraceSql('participants')}
    create table bank (guid uuid primary key, name text not null, limit_minor bigint not null, registered_at timestamptz not null, version int not null default 1);`,
};

const bankEntity = defineEntity({
  name: 'Bank',
  tableName: 'bank',
  properties: {
    guid: p.uuid().primary(),
    name: p.text(),
    limitMinor: p.bigint('bigint'),
    registeredAt: p.datetime(),
    version: p.integer().version(),
  },
});

/** What the domain knows; no trace of the entity. */
interface Bank {
  readonly guid: string;
  readonly name: string;
  readonly limitMinor: bigint;
  readonly registeredAt: Date;
}

function bankOf(row: InferEntity<typeof bankEntity>): Bank {
  return { guid: row.guid, name: row.name, limitMinor: row.limitMinor, registeredAt: row.registeredAt };
}

function bankStore(on: { readonly database: Database; readonly orm: MikroORM }) {
  return {
    async byGuid(guid: string): Promise<Bank | null> {
      const row = await on.orm.em.fork().findOne(bankEntity, { guid });
      return row && bankOf(row);
    },
    register: (bank: Bank, event: { readonly version: number }) =>
      ormTransaction(on, async (em, client) => {
        em.create(bankEntity, { ...bank, version: 1 });
        const { guid } = bank;
        await insertEvents(client, [
          { audience: [guid], subject: guid, type: 'BankRegistered', payload: { guid }, at: bank.registeredAt, ...event },
        ]);
      }),
    rename: (guid: string, name: string) =>
      ormTransaction(on, async (em) => {
        const row = await em.findOneOrFail(bankEntity, { guid });
        row.name = name;
      }),
  };
}

const GUID = '0190b0a0-0000-7000-8000-000000000001';
const BANK: Bank = { guid: GUID, name: 'Перший', limitMinor: 9_007_199_254_740_993n, registeredAt: new Date('2026-01-31T10:00:00.123Z') };

let server: TestDatabase;
let database: Database;
let orm: MikroORM;
let store: ReturnType<typeof bankStore>;

beforeAll(async () => {
  server = await testDatabase();
  database = createDatabase({ url: server.url, schema: 'participants', applicationName: 'orm-test', poolMax: 2 });
  await migrate(database, [initial]);
  orm = createOrm({ database, entities: [bankEntity] });
  store = bankStore({ database, orm });
});
afterAll(async () => {
  await orm.close();
  await database.close();
  await server.drop();
});

async function outbox(): Promise<number | null> {
  return (await database.pool.query('select 1 from event_outbox')).rowCount;
}

test('an entity and its event are stored together and come back as a domain value', async () => {
  await store.register(BANK, { version: 1 });
  expect(await store.byGuid(GUID)).toEqual(BANK);
  expect(await outbox()).toBe(1);
});

test('when the event is refused the entity is not stored either', async () => {
  const second = { ...BANK, guid: '0190b0a0-0000-7000-8000-000000000002' };
  await store.register(second, { version: 1 });
  await database.pool.query('delete from bank where guid = $1', [second.guid]);
  await expect(store.register(second, { version: 1 })).rejects.toThrow(/duplicate key/);
  expect(await store.byGuid(second.guid)).toBeNull();
});

test('a change of a loaded entity is written at the end of the transaction, with its version', async () => {
  await store.rename(GUID, 'Другий');
  expect(await store.byGuid(GUID)).toMatchObject({ name: 'Другий' });
  const { rows } = await database.pool.query('select version from bank where guid = $1', [GUID]);
  expect(rows).toEqual([{ version: 2 }]);
});

test('the ORM lives on the connections of the database and has none of its own', async () => {
  await Promise.all(Array.from({ length: 20 }, () => store.byGuid(GUID)));
  const { rows } = await database.pool.query(
    "select count(*) as n from pg_stat_activity where datname = current_database() and application_name = 'orm-test'",
  );
  expect(rows).toEqual([{ n: 2n }]);
  const others = await database.pool.query(
    "select application_name from pg_stat_activity where datname = current_database() and application_name <> 'orm-test'",
  );
  expect(others.rows).toEqual([]);
});

import { Kysely, MikroORM, type EntityManager, type EntitySchema } from '@mikro-orm/postgresql';
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { types, type CustomTypesConfig, type PoolClient } from 'pg';

import type { Database } from './database.ts';

export interface OrmOptions {
  readonly database: Database;
  readonly entities: readonly EntitySchema[];
}

/**
 * MikroORM over the pool and the schema of `database`. The entities only read and write; tables come from migrations (migrations.ts).
 *
 * The pattern of a store (test/kernel/orm.test.ts runs it):
 *
 *     store/migrations/0001-initial.ts   export const initial: Migration = { name: '0001-initial', sql: 'create table bank (…)' }
 *     store/bank.entity.ts               export const bankEntity = defineEntity({ name: 'Bank', tableName: 'bank', properties: { … } })
 *     store/bank.store.ts                save: (bank) => ormTransaction({ database, orm }, async (em, client) => {
 *                                          await em.upsert(bankEntity, rowOf(bank));
 *                                          await insertEvents(client, events);
 *                                        })
 * The store turns rows into domain values; an entity never leaves it. Reads take a fork: `orm.em.fork().findOne(bankEntity, { guid })`.
 */
export function createOrm(options: OrmOptions): MikroORM {
  return new MikroORM({
    entities: [...options.entities],
    dbName: new URL(options.database.url).pathname.slice(1),
    driverOptions: new PostgresDialect({ pool: poolFor(() => options.database.pool.connect()) }),
    ensureDatabase: false,
    discovery: { warnWhenNoEntities: false },
  });
}

/**
 * One transaction for entities and for plain SQL: `em` (a fork, flushed before the commit) and `client` share the connection, so
 * events and idempotency records are committed with the change or not at all. Runs `work` again as `Database.transaction` does.
 */
export async function ormTransaction<T>(
  on: { readonly database: Database; readonly orm: MikroORM },
  work: (em: EntityManager, client: PoolClient) => Promise<T>,
): Promise<T> {
  return await on.database.transaction(async (client) => {
    const em = on.orm.em.fork();
    em.setTransactionContext(new Kysely({ dialect: new PostgresDialect({ pool: poolFor(async () => unreleased(client)) }) }));
    const value = await work(em, client);
    await em.flush();
    return value;
  });
}

type Borrowed = Pick<PoolClient, 'query' | 'release'>;

/** The connection belongs to the transaction; the ORM gives it back after every statement and may not end it. */
function unreleased(client: PoolClient): Borrowed {
  return { query: client.query.bind(client), release: () => {} };
}

/** What Kysely wants of a pool. `end` does nothing: the pool is the Database's and ends with it. */
function poolFor(borrow: () => Promise<Borrowed>): PostgresPool {
  return { options: {}, end: async () => {}, connect: async () => clientFor(await borrow()) };
}

function clientFor(borrowed: Borrowed): PostgresPoolClient {
  const query = (text: string, values: readonly unknown[] = []) => borrowed.query({ text, values: [...values], types: ORM_TYPES });
  return {
    query: query as unknown as PostgresPoolClient['query'], // The other overload is for cursors, which need a dialect option not set here.
    release: () => borrowed.release(),
  };
}

const TEXT_ARRAY: number = 1009;
/** date, timestamp, timestamptz, interval and their arrays, from pg_type. */
const ORM_READS_TEXT: ReadonlySet<number> = new Set([1082, 1114, 1184, 1186]);
const ORM_READS_TEXTS: ReadonlySet<number> = new Set([1182, 1115, 1185, 1187]);

/** MikroORM converts dates and int8 itself and wants their text, whatever the rest of the process reads. */
const ORM_TYPES: CustomTypesConfig = {
  getTypeParser: (id, format) => {
    if (ORM_READS_TEXT.has(id)) return (text: string) => text;
    return types.getTypeParser(ORM_READS_TEXTS.has(id) ? TEXT_ARRAY : id, format);
  },
};

import { createHash } from 'node:crypto';

import type pg from 'pg';

import type { Database } from './database.ts';

/**
 * One step forward of a subgraph's schema. `sql` may hold many statements; it names no schema, the search_path does.
 * Once a migration has run anywhere it is never edited: the next change is the next migration.
 */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}
export type MigrationList = readonly Migration[];

/**
 * Creates the subgraph's schema when it is missing and applies what has not been applied, in the order of the list, all in one
 * transaction. Processes that start together queue behind one lock, and the later ones find nothing to do.
 * Throws when a recorded migration has since been edited or left the list.
 */
export async function migrate(database: Database, migrations: MigrationList): Promise<void> {
  const client = database.newClient();
  client.on('error', () => {}); // The query that meets the lost connection throws.
  await client.connect();
  try {
    await client.query('set statement_timeout = 0');
    // Before the transaction, not inside it: a transaction that began earlier would not see the schema that the winner created.
    // The lock ends with the connection.
    await client.query("select pg_advisory_lock(hashtext('migrate ' || $1))", [database.schema]);
    await client.query('begin');
    await applyPending(client, database.schema, migrations);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function applyPending(client: pg.ClientBase, schema: string, migrations: MigrationList): Promise<void> {
  await client.query(`create schema if not exists ${schema}`);
  await client.query(
    'create table if not exists migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
  );
  const applied = await appliedMigrations(client);
  assertUnchanged(schema, migrations, applied);
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue;
    await client.query(migration.sql);
    await client.query('insert into migration (name, checksum) values ($1, $2)', [migration.name, checksumOf(migration)]);
  }
}

async function appliedMigrations(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from migration');
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

function assertUnchanged(schema: string, migrations: MigrationList, applied: ReadonlyMap<string, string>): void {
  const known = new Map(migrations.map((migration) => [migration.name, checksumOf(migration)]));
  for (const [name, checksum] of applied) {
    if (known.get(name) !== checksum) throw new Error(`migration '${name}' of schema '${schema}' was applied in another form`);
  }
}

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}

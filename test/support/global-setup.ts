import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

import { createLogger } from '../../kernel/runtime/logger.ts';
import { startPostgres } from '../../kernel/runtime/postgres/launcher.ts';
import { TEMPLATE_DATABASE } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server for tests: superuser, database `postgres`. */
    postgresUrl: string;
  }
}

/** One Postgres for the whole run: the server of DATABASE_URL, else our own in a temporary folder that does not wait for the disk. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env['DATABASE_URL'] ? { url: process.env['DATABASE_URL'], stop: async () => undefined } : await temporaryServer();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  // A template of a server that outlives the run is left from the last one; nothing ever writes to it.
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [TEMPLATE_DATABASE]);
  if (rowCount === 0) await client.query(`create database ${TEMPLATE_DATABASE}`);
  await client.end();
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}

async function temporaryServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dcm-test-'));
  const logger = createLogger({ level: 'error', name: 'test-postgres' });
  const server = await startPostgres({ dataDir: path.join(folder, 'postgres'), durable: false, logger });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';

import {
  type CommitObservation,
  type CommitQueue,
  createCommitQueue,
  QUEUED_ITEMS_MAX,
  type Statement,
} from '../../kernel/runtime/commit-queue.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestDatabase;
let database: Database;
let queue: CommitQueue;
let observed: CommitObservation[];

beforeEach(async () => {
  server = await testDatabase();
  database = createDatabase({ url: server.url, schema: 'payments', applicationName: 'queue-test' });
  await migrate(database, [{ name: '0001', sql: 'create table step (id int primary key, amount bigint not null check (amount > 0))' }]);
  observed = [];
  queue = createCommitQueue({ database, logger: pino({ level: 'silent' }), observe: (observation) => observed.push(observation) });
});
afterEach(async () => {
  await queue.close();
  await database.close();
  await server.drop();
});

const step = (id: number, amount: unknown = 1n): Statement => ({
  name: 'step',
  text: 'insert into step values ($1, $2) returning id, amount',
  values: [id, amount],
});
const sql = (name: string, text: string): Statement => ({ name, text, values: [] });

async function stored(): Promise<number[]> {
  const { rows } = await database.pool.query<{ id: number }>('select id from step order by id');
  return rows.map((row) => row.id);
}

/** `done` or what each step was told. */
async function outcomes(...statements: Statement[]): Promise<string[]> {
  const settled = await Promise.allSettled(statements.map((statement) => queue.run(statement)));
  return settled.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : nameOf(outcome.reason)));
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no error';
  return 'code' in error ? String(error.code) : error.name;
}

test('a step is durable when its promise resolves, and brings its rows', async () => {
  expect(await queue.run(step(1, 9_007_199_254_740_993n))).toEqual({ rowCount: 1, rows: [{ id: 1, amount: 9_007_199_254_740_993n }] });
  expect(await stored()).toEqual([1]);
});

test('steps that come together share one commit', async () => {
  expect(await outcomes(...Array.from({ length: 100 }, (_, id) => step(id)))).toEqual(Array(100).fill('done'));
  expect(observed).toMatchObject([{ items: 100, commits: 1 }]);
  expect(await stored()).toHaveLength(100);
});

test('a step that does nothing says so', async () => {
  expect(await queue.run(sql('none', 'update step set amount = 2 where id = 77'))).toEqual({ rowCount: 0, rows: [] });
});

test.each([
  ['violates a constraint of its table', () => step(50, -1n), '23514'],
  ['repeats a key of the same batch', () => step(1), '23505'],
  ['is no SQL', () => sql('broken', 'insert in step'), '42601'],
  ['has a value of the wrong kind', () => step(50, 'many'), '22P02'],
  ['has a value that cannot be written', () => step(50, { amount: 1n }), 'TypeError'],
])('a step that %s fails alone', async (_title, bad, reason) => {
  expect(await outcomes(step(1), step(2), bad(), step(3), step(4))).toEqual(['done', 'done', reason, 'done', 'done']);
  expect(await stored()).toEqual([1, 2, 3, 4]);
  expect(await outcomes(step(5), step(6))).toEqual(['done', 'done']);
});

test('when the connection is lost in mid-batch every step is in doubt, and the next batch has a new connection', async () => {
  await queue.run(step(1));
  const kill = sql('kill', 'select pg_terminate_backend(pg_backend_pid())');
  expect(await outcomes(step(2), step(3), kill, step(4))).toEqual(Array(4).fill('InfrastructureError'));
  expect(await stored()).toEqual([1]);
  expect(await outcomes(step(2), step(3))).toEqual(['done', 'done']);
});

test('a connection that is lost in silence is found by the next batch or before', async () => {
  await queue.run(step(1));
  const others = "from pg_stat_activity where application_name = 'queue-test' and pid <> pg_backend_pid()";
  await database.pool.query(`select pg_terminate_backend(pid) ${others}`);
  await waitFor(async () => (await database.pool.query(`select 1 ${others}`)).rowCount === 0);
  const [first] = await outcomes(step(2));
  expect(['done', 'InfrastructureError']).toContain(first);
  expect(await outcomes(step(3), step(4))).toEqual(['done', 'done']);
});

test('a server that forgot its prepared statements costs no step', async () => {
  await outcomes(step(1), step(2));
  await queue.run(sql('forget', 'deallocate all'));
  expect(await outcomes(step(3), step(4))).toEqual(['done', 'done']);
  expect(await stored()).toEqual([1, 2, 3, 4]);
});

test('two queues that lock the same rows in opposite order both finish', async () => {
  await outcomes(step(1), step(2));
  const other = createCommitQueue({ database, logger: pino({ level: 'silent' }) });
  const raise = (id: number) => sql(`raise ${id}`, `update step set amount = amount + 1 where id = ${id} returning pg_sleep(0.05)`);
  const rounds = 2;
  for (let round = 0; round < rounds; round++) {
    await Promise.all([queue.run(raise(1)), queue.run(raise(2)), other.run(raise(2)), other.run(raise(1))]);
  }
  await other.close();
  const { rows } = await database.pool.query('select amount from step');
  expect(rows).toEqual([{ amount: BigInt(1 + 2 * rounds) }, { amount: BigInt(1 + 2 * rounds) }]);
});

test('a batch locks its rows in the order of their names, so that two batches wait for each other one way only', async () => {
  await outcomes(step(1), step(2));
  const raise = (id: number) => ({ ...sql(`raise ${id}`, `update step set amount = amount + 1 where id = ${id}`), row: String(id) });
  const batch = await database.transaction(async (other) => {
    await other.query('select from step where id = 1 for update');
    const told = outcomes(raise(2), raise(1));
    await waitFor(async () => (await other.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).rowCount === 1);
    // The batch waits for row 1 and has not touched row 2.
    await other.query('select from step where id = 2 for update nowait');
    return { told };
  });
  expect(await batch.told).toEqual(['done', 'done']);
});

test('a full queue refuses instead of growing', async () => {
  const accepted = Array.from({ length: QUEUED_ITEMS_MAX }, (_, id) => queue.run(step(id)));
  await expect(queue.run(step(QUEUED_ITEMS_MAX))).rejects.toThrow('full');
  await Promise.all(accepted);
  expect(await stored()).toHaveLength(QUEUED_ITEMS_MAX);
});

test('closing waits for what was accepted and refuses the rest', async () => {
  const accepted = [1, 2, 3].map((id) => queue.run(step(id)));
  await queue.close();
  await Promise.all(accepted);
  await expect(queue.run(step(4))).rejects.toThrow('closed');
  expect(await stored()).toEqual([1, 2, 3]);
});

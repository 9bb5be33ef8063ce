import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import {
  afterFirst,
  IDEMPOTENCY_DAYS,
  IDEMPOTENCY_MIGRATION_SQL,
  isInProgress,
  runOnce,
  sweepIdempotencyRecords,
} from '../../kernel/runtime/idempotency.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';

const NOW = new Date('2026-01-31T10:00:00Z');
const DAY_MS = 86_400_000;
let server: TestDatabase;
let database: Database;

beforeEach(async () => {
  server = await testDatabase();
  database = createDatabase({ url: server.url, schema: 'orders', applicationName: 'idempotency-test' });
  await migrate(database, [
    { name: '0001', sql: `${IDEMPOTENCY_MIGRATION_SQL} create table made (id int generated always as identity, name text)` },
  ]);
});
afterEach(async () => {
  await database.close();
  await server.drop();
});

interface Asked {
  readonly participant?: string;
  readonly key?: string;
  readonly input?: unknown;
}
type Outcome = Result<{ readonly id: number }, { readonly code: 'REFUSED' }>;

/** One request: makes a row, unless the key says otherwise. */
function make(asked: Asked = {}, work?: () => Promise<Outcome>) {
  return database.transaction((client) =>
    runOnce(
      client,
      {
        participant: asked.participant ?? 'merchant',
        mutation: 'orderCreate',
        key: asked.key ?? 'k1',
        input: asked.input ?? { amount: 100n, at: NOW },
        now: NOW,
        result: z.object({ id: z.number() }),
      },
      work ??
        (async () => {
          const { rows } = await client.query<{ id: number }>("insert into made (name) values ('order') returning id");
          return ok({ id: rows[0]?.id ?? 0 });
        }),
    ),
  );
}

async function made(): Promise<number | null> {
  return (await database.pool.query('select 1 from made')).rowCount;
}

test('a repetition gets the first answer and does nothing', async () => {
  expect(await make()).toEqual(ok({ value: { id: 1 }, replayed: false }));
  expect(await make()).toEqual(ok({ value: { id: 1 }, replayed: true }));
  expect(await made()).toBe(1);
});

test('the order of members in the input does not matter', async () => {
  await make({ input: { a: 1, b: { c: 2, d: undefined } } });
  expect(await make({ input: { b: { c: 2 }, a: 1 } })).toMatchObject({ ok: true, value: { replayed: true } });
});

test('the same key with another input is refused', async () => {
  await make();
  expect(await make({ input: { amount: 101n, at: NOW } })).toEqual(fail({ code: 'IDEMPOTENCY_MISMATCH' }));
  expect(await made()).toBe(1);
});

test('another participant may use the same key', async () => {
  await make();
  expect(await make({ participant: 'other' })).toMatchObject({ ok: true, value: { replayed: false } });
});

test('a refusal is not remembered, so the same key may try again', async () => {
  expect(await make({}, async () => fail({ code: 'REFUSED' }))).toEqual(fail({ code: 'REFUSED' }));
  expect(await make()).toMatchObject({ ok: true, value: { replayed: false } });
});

test('a transaction that rolls back forgets the key with the change', async () => {
  await expect(make({}, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await make()).toMatchObject({ ok: true, value: { replayed: false } });
});

test('while the first request runs, a repetition is told to come back', async () => {
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const { promise: running, resolve: started } = Promise.withResolvers<void>();
  const first = make({}, async () => {
    started();
    await mayEnd;
    return ok({ id: 7 });
  });
  await running;
  expect(await make()).toEqual(fail({ code: 'IDEMPOTENCY_IN_PROGRESS' }));
  end();
  expect(await first).toEqual(ok({ value: { id: 7 }, replayed: false }));
  expect(await make()).toEqual(ok({ value: { id: 7 }, replayed: true }));
});

test('many requests with one key at once make one thing', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => make()));
  expect(await made()).toBe(1);
  for (const answer of answers) {
    if (answer.ok) expect(answer.value.value).toEqual({ id: 1 });
    else expect(answer.failure.code).toBe('IDEMPOTENCY_IN_PROGRESS');
  }
});

test('requests sent at the same moment all get the answer of the first', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => afterFirst(() => make(), isInProgress)));
  expect(await made()).toBe(1);
  expect(answers.filter((answer) => answer.ok && !answer.value.replayed)).toHaveLength(1);
  expect(new Set(answers.map((answer) => answer.ok && answer.value.value.id))).toEqual(new Set([1]));
});

test('a repetition does not wait for ever for a first request that does not end', async () => {
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const { promise: running, resolve: started } = Promise.withResolvers<void>();
  const first = make({}, async () => {
    started();
    await mayEnd;
    return ok({ id: 7 });
  });
  await running;
  expect(await afterFirst(() => make(), isInProgress)).toEqual(fail({ code: 'IDEMPOTENCY_IN_PROGRESS' }));
  end();
  await first;
});

test('keys are forgotten after their time', async () => {
  await make();
  expect(await sweepIdempotencyRecords(database.pool, new Date(NOW.getTime() + IDEMPOTENCY_DAYS * DAY_MS))).toBe(0);
  expect(await sweepIdempotencyRecords(database.pool, new Date(NOW.getTime() + IDEMPOTENCY_DAYS * DAY_MS + 1))).toBe(1);
});

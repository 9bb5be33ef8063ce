import { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createBusinessClock, wallClock } from '../../kernel/runtime/clock.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR_MS = 3_600_000;
const CLOSE_MS = 2_000;
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = new Pool({ connectionString: database.url });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function offsetMs(): Promise<number> {
  const { rows } = await pool.query<{ offset_ms: string }>('select offset_ms from hub.business_clock');
  return Number(rows[0]?.offset_ms);
}

test('several processes may start at once on an empty database', async () => {
  const clocks = Array.from({ length: 5 }, () => createBusinessClock({ pool, wallClock }));
  await Promise.all(clocks.map((clock) => clock.start()));
  expect(await offsetMs()).toBe(0);
  await Promise.all(clocks.map((clock) => clock.stop()));
});

test('business time is the time of the database, however wrong the clock of the process is', async () => {
  const wrong = { now: () => new Date(Date.now() - 5 * HOUR_MS) };
  const clock = createBusinessClock({ pool, wallClock: wrong });
  await clock.start();
  expect(Math.abs(clock.now().getTime() - Date.now() - (await offsetMs()))).toBeLessThan(CLOSE_MS);
  await clock.stop();
});

test('an advance moves the time of every process and survives a restart', async () => {
  const one = createBusinessClock({ pool, wallClock, refreshMs: 10 });
  const other = createBusinessClock({ pool, wallClock, refreshMs: 10 });
  await Promise.all([one.start(), other.start()]);
  const before = other.now().getTime();

  await one.advance(26 * HOUR_MS);

  expect(one.now().getTime() - before).toBeGreaterThanOrEqual(26 * HOUR_MS - CLOSE_MS);
  await waitFor(() => other.now().getTime() - before >= 26 * HOUR_MS - CLOSE_MS);
  await Promise.all([one.stop(), other.stop()]);

  const restarted = createBusinessClock({ pool, wallClock });
  await restarted.start();
  expect(restarted.now().getTime() - before).toBeGreaterThanOrEqual(26 * HOUR_MS - CLOSE_MS);
  await restarted.stop();
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('business time does not advance by %d', async (step) => {
  const clock = createBusinessClock({ pool, wallClock });
  await expect(clock.advance(step)).rejects.toThrow(RangeError);
});

test('measuring again does not make time step back', async () => {
  const clock = createBusinessClock({ pool, wallClock, refreshMs: 1 });
  await clock.start();
  const seen = [clock.now().getTime()];
  await waitFor(() => seen.push(clock.now().getTime()) > 20);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  await clock.stop();
});

test('starting fails when there is no database', async () => {
  const nowhere = new Pool({ connectionString: database.url.replace(/\/test_\w+$/, '/no_such_database') });
  await expect(createBusinessClock({ pool: nowhere, wallClock }).start()).rejects.toThrow('no_such_database');
  await nowhere.end();
});

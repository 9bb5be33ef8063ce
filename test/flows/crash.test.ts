import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { faultRun } from '../support/fault-run.ts';
import { waitFor } from '../support/wait-for.ts';
import { ordersPaidTwice, waitUntilSettled } from './books.ts';
import { startHubUnderTest, type HubUnderTest } from './hub-under-test.ts';

const KILLS = faultRun().long ? 30 : 10;
const ORDERS = KILLS * 24;
const AMOUNT_MINOR = 100n;
const PAYMENTS_AT_ONCE = 4;
const AWAY_PAUSE_MS = 100;
/** An interrupted callback waits for its lease to run out before another process takes it. */
const SETTLE_LIMIT_MS = 90_000;

let hub: HubUnderTest;
let database: Pool;

beforeAll(async () => {
  hub = await startHubUnderTest({ ownPostgres: true });
  database = new Pool({ connectionString: hub.hub.databaseUrl, max: 1 });
  database.on('error', () => {}); // Its connection dies with all others when a backend is killed; the next query gets a new one.
}, 60_000);
afterAll(async () => {
  await database.end();
  await hub.stop();
}, 30_000);

interface Paid {
  readonly orderId: string;
  readonly guid: string;
}

/** Pays orders from several customers at once until told to stop; remembers what the hub acknowledged. */
function loadOf(orderIds: readonly string[]) {
  const acknowledged: Paid[] = [];
  const unanswered: Paid[] = [];
  const refused: unknown[] = [];
  const waiting = [...orderIds];
  const stopped = new AbortController();
  const customer = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const orderId = waiting.shift();
      if (orderId === undefined) return;
      const outcome = await hub.pay(orderId);
      const paid = { orderId, guid: outcome.guid ?? '' };
      if (outcome.kind === 'accepted' || outcome.kind === 'promised') acknowledged.push(paid);
      else if (outcome.kind === 'unknown') unanswered.push(paid);
      else if (outcome.httpStatus === 503 || outcome.httpStatus === 0) {
        // The order could not be read while the hub was away: nothing was sent, so the customer scans again.
        waiting.push(orderId);
        await pause(AWAY_PAUSE_MS);
      } else refused.push(outcome);
    }
  };
  const customers = Promise.all(Array.from({ length: PAYMENTS_AT_ONCE }, customer));
  return {
    acknowledged,
    unanswered,
    refused,
    async stop() {
      stopped.abort();
      await customers;
    },
  };
}

async function createOrders(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await hub.createOrder({ amountMinor: String(AMOUNT_MINOR) })).orderId);
  return ids;
}

type Part = 'core' | 'postgres';

/** Kills the part and waits until it is back: for the core another process, for Postgres the end of its crash recovery. */
async function kill(part: Part): Promise<void> {
  const pid = await pidOf(part);
  process.kill(pid, 'SIGKILL');
  await waitFor(() => isBack(part, pid), { timeoutMs: 60_000 });
}

async function isBack(part: Part, killed: number): Promise<boolean> {
  if (part === 'postgres') return !(await backends()).includes(killed);
  const now = await pidOf(part);
  if (now === killed || now === 0) return false;
  return (await fetch(new URL('/readyz', hub.sandbox.gateway), { signal: AbortSignal.timeout(1_000) })).ok;
}

async function pidOf(part: Part): Promise<number> {
  if (part === 'core') return hub.hub.pids()['core'] ?? 0;
  return await waitFor(async () => (await backends()).at(0));
}

/** Server processes that work for the core. Postgres ends all of them, and recovers, when one of them crashes. */
async function backends(): Promise<number[]> {
  const { rows } = await database.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name like 'hub-%' order by random()",
  );
  return rows.map(({ pid }) => pid);
}

describe.each(['core', 'postgres'] as const)('kill -9 of %s under load', (part) => {
  test(
    'loses no acknowledged payment and doubles none',
    async ({ annotate }) => {
      const load = loadOf(await createOrders(ORDERS));
      for (let kills = 0; kills < KILLS; kills++) {
        const before = load.acknowledged.length;
        await waitFor(() => load.acknowledged.length > before + 2, { timeoutMs: 30_000 });
        await pause(Math.random() * 150);
        await kill(part);
      }
      await load.stop();
      expect(load.refused).toEqual([]);
      expect(load.acknowledged.length).toBeGreaterThan(KILLS * 2);

      const guids = load.acknowledged.map((paid) => paid.guid);
      expect(new Set(guids).size).toBe(guids.length);
      await waitUntilSettled(hub, database, guids, { timeoutMs: SETTLE_LIMIT_MS });
      expect(await ordersPaidTwice(database)).toEqual([]);
      const counts = `${KILLS} kills of ${part}, ${guids.length} acknowledged, 0 lost, 0 doubled, ${load.unanswered.length} without an answer`;
      await annotate(counts);
    },
    KILLS * 24_000,
  );
});

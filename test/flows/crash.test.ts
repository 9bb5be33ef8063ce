import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { descendantsNamed } from '../bench/process-cpu.ts';
import { waitFor } from '../support/wait-for.ts';
import { startHubUnderTest, type HubUnderTest } from './hub-under-test.ts';

const KILLS = 10;
const ORDERS = 240;
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

type Part = 'core' | 'workerd' | 'postgres';

/** Kills the part and waits until it is back: for core and workerd another process, for Postgres the end of its crash recovery. */
async function kill(part: Part): Promise<void> {
  const pid = await pidOf(part);
  process.kill(pid, 'SIGKILL');
  await waitFor(() => isBack(part, pid), { timeoutMs: 60_000 });
}

async function isBack(part: Part, killed: number): Promise<boolean> {
  if (part === 'postgres') return !(await backends()).includes(killed);
  const now = await pidOf(part);
  if (now === killed || now === 0) return false;
  const address = part === 'core' ? new URL('/readyz', hub.sandbox.gateway).href : `${hub.sandbox.edge}/livez`;
  return (await fetch(address, { signal: AbortSignal.timeout(1_000) })).ok;
}

async function pidOf(part: Part): Promise<number> {
  if (part === 'core') return hub.hub.pids()['core'] ?? 0;
  if (part === 'workerd') return descendantsNamed(hub.hub.pids()['edge'] ?? 0, 'workerd')[0] ?? 0;
  return await waitFor(async () => (await backends()).at(0));
}

/** Server processes that work for the core. Postgres ends all of them, and recovers, when one of them crashes. */
async function backends(): Promise<number[]> {
  const { rows } = await database.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name like 'hub-%' order by random()",
  );
  return rows.map(({ pid }) => pid);
}

/** What the database says of the payments: state, number of ledger transactions, deliveries not done. */
async function recorded(guids: readonly string[]) {
  const { rows } = await database.query<{ guid: string; state: string; booked: string }>(
    `select p.guid, p.state, (select count(*) from settlement.ledger_transaction t where t.payment_guid = p.guid) as booked
       from payments.payment p where p.guid = any($1::uuid[])`,
    [guids],
  );
  return new Map(rows.map((row) => [row.guid, { state: row.state, booked: Number(row.booked) }]));
}

/** Callback guids that each receiver recorded, by payment and callback type. */
async function callbackGuids(): Promise<Map<string, Set<string>>> {
  const seen = new Map<string, Set<string>>();
  for (const id of [hub.payer.guid, hub.receiver.guid, hub.merchant.uid]) {
    for (const entry of await hub.history(id)) {
      const body = entry.body as { payment_message_guid?: string; callback_type?: string } | null; // a callback, or another message's body
      if (entry.direction !== 'in' || !body?.payment_message_guid) continue;
      const key = `${body.payment_message_guid} ${body.callback_type}`;
      seen.set(key, (seen.get(key) ?? new Set()).add(entry.callbackGuid ?? ''));
    }
  }
  return seen;
}

describe.each(['core', 'workerd', 'postgres'] as const)('kill -9 of %s, ten times under load', (part) => {
  test('loses no acknowledged payment and doubles none', async ({ annotate }) => {
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
    await waitFor(
      async () => {
        const rows = await recorded(guids);
        return guids.every((guid) => rows.get(guid)?.state === 'SUCCESS' && rows.get(guid)?.booked === 1);
      },
      { timeoutMs: SETTLE_LIMIT_MS },
    );
    await waitFor(
      async () => {
        const seen = await callbackGuids();
        return guids.every((guid) =>
          ['pay-in', 'merchant-pay-in', 'pay-out', 'credit'].every((type) => seen.get(`${guid} ${type}`)?.size === 1),
        );
      },
      { timeoutMs: SETTLE_LIMIT_MS },
    );

    const { rows } = await database.query<{ order_id: string }>(
      `select order_id from payments.payment where state in ('PENDING', 'SUCCESS') group by order_id having count(*) > 1`,
    );
    expect(rows).toEqual([]);
    const counts = `${KILLS} kills of ${part}, ${guids.length} acknowledged, 0 lost, 0 doubled, ${load.unanswered.length} without an answer`;
    await annotate(counts);
  }, 240_000);
});

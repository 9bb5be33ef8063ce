import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'pg';
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
let database: Client;

beforeAll(async () => {
  hub = await startHubUnderTest({ ownPostgres: true });
  database = new Client({ connectionString: hub.hub.databaseUrl });
  await database.connect();
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

/** The process of a part that is not the one that was killed, and answers. */
async function partIsBack(part: 'core' | 'workerd', killed: number): Promise<void> {
  await waitFor(
    async () => {
      if (pidOf(part) === killed || pidOf(part) === 0) return false;
      const address = part === 'core' ? new URL('/readyz', hub.sandbox.gateway).href : `${hub.sandbox.edge}/livez`;
      return (await fetch(address, { signal: AbortSignal.timeout(1_000) })).ok;
    },
    { timeoutMs: 60_000 },
  );
}

function pidOf(part: 'core' | 'workerd'): number {
  if (part === 'core') return hub.hub.pids()['core'] ?? 0;
  return descendantsNamed(hub.hub.pids()['edge'] ?? 0, 'workerd')[0] ?? 0;
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

describe.each(['core', 'workerd'] as const)('kill -9 of %s, ten times under load', (part) => {
  test('loses no acknowledged payment and doubles none', async ({ annotate }) => {
    const load = loadOf(await createOrders(ORDERS));
    for (let kill = 0; kill < KILLS; kill++) {
      const before = load.acknowledged.length;
      await waitFor(() => load.acknowledged.length > before + 2, { timeoutMs: 30_000 });
      await pause(Math.random() * 150);
      const pid = pidOf(part);
      process.kill(pid, 'SIGKILL');
      await partIsBack(part, pid);
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

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';

import { bellChannel } from '../../../kernel/runtime/event-log/bell-bridge.ts';
import { type Answer, createOrder, dataOf, operationsIssuer, queryOver, register } from '../../gateway/hub-actors.ts';
import { type HubProcess, startHubProcess } from '../../gateway/hub-process.ts';
import { testDatabase } from '../../support/postgres.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openStream, STREAM_TRANSPORTS, type StreamClient, type StreamedItem, StreamEnd } from './client.ts';

// Two core processes, each with a gateway of its own, on one Postgres: which of them makes an event, and which serves a stream, is the same.

const SHOP = 'http://127.0.0.1:9';
const READERS_OF_EACH = 4;
const ORDERS_BETWEEN_KILLS = 8;
const RECONNECT_MS = 50;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

test('whichever process dies, its readers go on at another one and have missed nothing', async ({ annotate }) => {
  const { start, databaseUrl, operationsToken } = await aHub();
  const cores: HubProcess[] = await Promise.all([start(), start()]);
  const endpoints = () => cores.map(({ ready }) => String(ready.gatewayUrl));
  const rung = await countBells(databaseUrl);

  const query = queryOver(endpoints()[0] ?? '');
  const { merchant } = await register(query, operationsToken, SHOP);
  const credential = merchant.secretKey;
  const readers = Array.from({ length: 2 * READERS_OF_EACH }, (_, index) => aReader(index, credential, endpoints));
  stops.push(async () => readers.forEach((reader) => reader.leave()));
  await Promise.all(readers.map((reader) => reader.ready));

  const makeOrders = async (at: readonly number[]) => {
    for (let made = 0; made < ORDERS_BETWEEN_KILLS; made += 1) {
      const endpoint = () => endpoints()[at[made % at.length] ?? 0] ?? '';
      // The directory of each process is its own, and a process that has just died answers nothing.
      await waitFor(() => createOrder(queryOver(endpoint()), credential, SHOP), { timeoutMs: 20_000 });
    }
  };
  await makeOrders([0, 1]);
  for (const [dying, living] of [
    [0, 1],
    [1, 0],
  ] as const) {
    await Promise.all([cores[dying]?.kill(), makeOrders([living])]);
    cores[dying] = await start();
    await makeOrders([0, 1]);
  }

  // The relay numbers an event a moment after its order was made.
  const isWhole = async () => (await history(queryOver(endpoints()[0] ?? ''), credential)).length >= 5 * ORDERS_BETWEEN_KILLS;
  await waitFor(isWhole);
  const all = await history(queryOver(endpoints()[0] ?? ''), credential);
  expect(all).toHaveLength(5 * ORDERS_BETWEEN_KILLS);
  for (const reader of readers) {
    await waitFor(() => reader.seen.length >= all.length, { timeoutMs: 30_000 });
    expect(reader.seen.map(({ sequence }) => sequence)).toEqual(all);
  }
  expect(rung()).toBeGreaterThan(0);
  const resumed = readers.reduce((sum, { resumptions }) => sum + resumptions(), 0);
  expect(resumed).toBeGreaterThanOrEqual(2 * READERS_OF_EACH);
  await annotate(
    `${readers.length} readers, 2 kills, ${resumed} resumptions, ${all.length} events to each, 0 lost, 0 doubled, ${rung()} bells between processes`,
  );
}, 180_000);

async function aHub() {
  const home = await mkdtemp(path.join(tmpdir(), 'dcm-fan-out-'));
  stops.push(() => rm(home, { recursive: true, force: true }));
  const database = await testDatabase();
  stops.push(() => database.drop());
  const operations = await operationsIssuer(home);
  const env = {
    DATABASE_URL: database.url,
    DCM_HOME: home,
    LOG_LEVEL: 'fatal',
    SANDBOX: 'on',
    ...operations.environment,
    GATEWAY_PORT: '0',
  };
  const start = async () => {
    const core = await startHubProcess('gateway/main.ts', env);
    stops.push(() => core.kill());
    return core;
  };
  return { start, databaseUrl: database.url, operationsToken: operations.token };
}

/** Counts how often a process has told the others to look at the log of orders again. */
async function countBells(databaseUrl: string): Promise<() => number> {
  const listener = new Client({ connectionString: databaseUrl });
  await listener.connect();
  stops.push(() => listener.end());
  let rung = 0;
  listener.on('notification', () => (rung += 1));
  await listener.query(`listen ${bellChannel('orders')}`);
  return () => rung;
}

/** Reads all of the merchant's events at one of the processes, and whenever that ends at the next one, behind the last cursor. */
function aReader(index: number, credential: string, endpoints: () => readonly string[]) {
  const transport = STREAM_TRANSPORTS[index % 2] ?? 'graphql-ws';
  const seen: StreamedItem[] = [];
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  let stream: StreamClient | undefined;
  let cursor: string | undefined;
  let attempts = Math.floor(index / 2);
  let resumptions = -1;
  const leaving = new AbortController();

  async function readOn(): Promise<void> {
    const endpoint = endpoints()[attempts++ % 2] ?? '';
    const asked = cursor === undefined ? {} : { after: cursor };
    stream = await openStream(transport, { endpoint, credential, asked });
    for (let isOpen = true; isOpen;) {
      const item = await stream.next({ heartbeats: true }).catch((error: unknown) => {
        if (error instanceof StreamEnd) return null;
        throw error;
      });
      isOpen = item !== null;
      if (item) ({ cursor } = item);
      if (item?.__typename === 'OrderStatusChanged') seen.push(item);
      if (item?.__typename !== 'StreamReady') continue;
      resumptions += 1;
      resolve();
    }
  }
  const run = async () => {
    while (!leaving.signal.aborted) {
      await readOn().catch(() => undefined); // Nobody listens at that address any more, or not yet.
      await pause(RECONNECT_MS);
    }
  };
  void run(); // It ends when the reader leaves.
  const leave = () => {
    leaving.abort();
    stream?.drop();
  };
  return { seen, ready, leave, resumptions: () => resumptions };
}

/** The sequences of everything that happened, from the log itself. */
async function history(query: ReturnType<typeof queryOver>, credential: string): Promise<string[]> {
  const text =
    'query ($after: Cursor) { orderEvents(after: $after, first: 200) { nodes { sequence } pageInfo { endCursor hasNextPage } } }';
  const sequences: string[] = [];
  for (let after: string | null = null, hasMore = true; hasMore;) {
    const { nodes, pageInfo }: Answer = dataOf(await query(text, { variables: { after }, credential })).orderEvents;
    sequences.push(...nodes.map(({ sequence }: { sequence: string }) => sequence));
    ({ endCursor: after, hasNextPage: hasMore } = pageInfo);
  }
  return sequences;
}

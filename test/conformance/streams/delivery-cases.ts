import { describe, expect } from 'vitest';

import { waitFor } from '../../support/wait-for.ts';
import { expectChain } from './chain.ts';
import { rawSocket } from '../support/raw-socket.ts';
import { type StreamedItem, streamOperation } from './client.ts';
import type { StreamSuite } from './stream-suite.ts';

const versionsOf = (items: readonly StreamedItem[]) => items.map(({ orderVersion }) => orderVersion);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

const MANY = 100;
/** A thousand streams, on as few connections as there can be: what they cost is the server's. */
const CONNECTIONS = 10;
const STREAMS_OF_EACH = 100;
const BURST = 300;

/** What a stream carries, in which order, and to how many. */
export function deliveryCases(suite: StreamSuite): void {
  const { conforms } = suite;

  describe('events', () => {
    conforms('come in the order of their commits, each naming the one before it', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.live({ orderId });
      await suite.driver.change(orderId, 20);
      const events = await stream.events(20);
      expect(versionsOf(events)).toEqual(upTo(21, 2));
      expectChain(events);
    });

    conforms('of several orders keep the order of each, under numbers without a hole', async () => {
      const stream = await suite.live({ order: 'id' });
      const orders = [await suite.driver.createOrder(), await suite.driver.createOrder(), await suite.driver.createOrder()];
      await Promise.all(orders.map((orderId) => suite.driver.change(orderId, 5)));
      const events = await stream.events(18);
      expectChain(events);
      const sequences = events.map(({ sequence }) => BigInt(sequence ?? ''));
      expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] ?? 0n) + BigInt(index)));
      const byOrder = Map.groupBy(events, ({ order }) => order.id);
      expect([...byOrder.values()].map(versionsOf)).toEqual([upTo(6), upTo(6), upTo(6)]);
    });

    conforms('of one type only name the one before it of that type', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.live({ orderId, types: ['ORDER_CLAIMED'] });
      await suite.driver.change(orderId, 5);
      const events = await stream.events(3);
      expect(versionsOf(events)).toEqual([2, 4, 6]);
      expectChain(events);
      expect(events[0]?.previousSequence).toBeNull();
    });

    conforms('that come as a burst come all', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.live({ orderId });
      await suite.driver.change(orderId, BURST);
      const events = await stream.events(BURST);
      expect(versionsOf(events)).toEqual(upTo(BURST + 1, 2));
      expectChain(events);
    });

    conforms('carry fields that are joined from another subgraph', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.live({ orderId, order: 'orderId merchant { name }' });
      await suite.driver.change(orderId, 1);
      expect(await stream.next()).toMatchObject({ order: { orderId, merchant: { name: expect.any(String) } } });
    });

    conforms('whose joined field fails say so, and the stream goes on', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.live({ orderId, order: 'orderId merchant { name }' });
      const mend = await suite.driver.breakJoins();
      let failed: StreamedItem | undefined;
      try {
        failed = await waitFor(async () => {
          await suite.driver.change(orderId, 1);
          const event = await stream.next();
          return event.errors ? event : null;
        });
      } finally {
        await mend();
      }
      expect(failed).toMatchObject({ order: { orderId, merchant: null }, errors: [{ path: ['orderStatusChanged', 'order', 'merchant'] }] });
      await suite.driver.change(orderId, 2);
      const after = await stream.events(2);
      expectChain([failed, ...after]);
      expect(after.map(({ errors, order }) => [errors, typeof order.merchant.name])).toEqual([
        [undefined, 'string'],
        [undefined, 'string'],
      ]);
    });

    conforms(
      'come to many subscribers of one order in one order',
      async () => {
        const orderId = await suite.driver.createOrder();
        const streams = await Promise.all(Array.from({ length: MANY }, () => suite.live({ orderId })));
        await suite.driver.change(orderId, 5);
        const seen = await Promise.all(streams.map(async (stream) => versionsOf(await stream.events(5)).join()));
        expect(new Set(seen)).toEqual(new Set(['2,3,4,5,6']));
      },
      { timeout: 40_000 },
    );

    if (suite.transport === 'graphql-ws') {
      conforms('come to a thousand subscribers of one order in one order', () => thousandStreams(suite), { timeout: 120_000 });
    }
  });

  describe('a silence', () => {
    conforms('has heartbeats, whose cursor passes what was not for this reader', async () => {
      const stream = await suite.live({});
      const theirs = await suite.driver.createOrder('stranger');
      await suite.driver.change(theirs, 2);
      const heartbeat = await stream.next({ heartbeats: true });
      expect(heartbeat).toMatchObject({ __typename: 'StreamHeartbeat', cursor: expect.any(String) });
      const resumed = await suite.open({ after: heartbeat.cursor });
      expect(await resumed.next()).toMatchObject({ __typename: 'StreamReady', replayed: 0 });
    });
  });

  describe('a reader that leaves', () => {
    for (const how of ['unsubscribe', 'drop'] as const) {
      conforms(`by ${how === 'drop' ? 'losing its connection' : 'saying so'} frees its source within a second`, async () => {
        await waitFor(async () => (await suite.driver.openSources()) === 0);
        const stream = await suite.live({});
        expect(await suite.driver.openSources()).toBe(1);
        stream[how]();
        await waitFor(async () => (await suite.driver.openSources()) === 0, { timeoutMs: 1_000 });
      });
    }
  });
}

async function thousandStreams(suite: StreamSuite): Promise<void> {
  const orderId = await suite.driver.createOrder();
  const payload = { query: streamOperation({}), variables: { orderId } };
  let ready = 0;
  const seen = new Map<string, number[]>();
  const sockets = await Promise.all(
    upTo(CONNECTIONS).map(async (connection) => {
      const socket = await rawSocket(suite.driver.endpoint.replace(/^http/, 'ws'));
      await socket.init({ authorization: `Bearer ${suite.driver.credentials.merchant}` });
      socket.onMessage(({ id, payload: result }) => {
        const item: StreamedItem | undefined = result?.data?.orderStatusChanged;
        if (item?.__typename === 'StreamReady') ready += 1;
        if (item?.__typename !== 'OrderStatusChanged') return;
        const stream = `${connection} ${id}`;
        seen.set(stream, [...(seen.get(stream) ?? []), item.orderVersion ?? 0]);
      });
      for (const id of upTo(STREAMS_OF_EACH)) socket.send({ id: String(id), type: 'subscribe', payload });
      return socket;
    }),
  );
  const all = CONNECTIONS * STREAMS_OF_EACH;
  await waitFor(() => ready === all, { timeoutMs: 60_000 });
  await suite.driver.change(orderId, 5);
  await waitFor(() => [...seen.values()].filter((versions) => versions.length >= 5).length === all, { timeoutMs: 60_000 });
  for (const socket of sockets) socket.terminate();
  expect(new Set([...seen.values()].map((versions) => versions.join()))).toEqual(new Set(['2,3,4,5,6']));
}

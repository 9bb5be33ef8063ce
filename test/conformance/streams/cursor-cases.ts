import { describe, expect } from 'vitest';

import { expectChain } from './chain.ts';
import type { StreamSuite } from './stream-suite.ts';

const HISTORY = `query ($orderId: ID, $after: Cursor, $first: Int! = 50) { orderEvents(orderId: $orderId, after: $after, first: $first) {
  nodes { cursor sequence previousSequence orderVersion } pageInfo { endCursor hasNextPage } } }`;

/** Places in a stream: going on from them, and what is no place. */
export function cursorCases(suite: StreamSuite): void {
  const { conforms } = suite;

  describe('a cursor', () => {
    conforms('of every kind of item is where the next stream goes on, with exactly what is missing', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.open({ orderId, from: 'BEGINNING' });
      const event = await stream.next();
      const ready = await stream.next();
      const heartbeat = await stream.next({ heartbeats: true });
      expect([event, ready, heartbeat].map(({ __typename }) => __typename)).toEqual([
        'OrderStatusChanged',
        'StreamReady',
        'StreamHeartbeat',
      ]);
      stream.drop();
      await suite.driver.change(orderId, 3);
      for (const { cursor } of [event, ready, heartbeat]) {
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        const resumed = await suite.open({ orderId, after: cursor });
        const missed = await resumed.events(3);
        expect(missed.map(({ orderVersion }) => orderVersion)).toEqual([2, 3, 4]);
        expectChain([event, ...missed]);
        expect(await resumed.next()).toMatchObject({ __typename: 'StreamReady', replayed: 3 });
      }
    });

    conforms('of history is a place in the stream, and the other way round', async () => {
      const orderId = await suite.driver.createOrder();
      await suite.driver.change(orderId, 4);
      const { orderEvents: page } = await suite.ask(HISTORY, { orderId, first: 2 });
      expect(page.pageInfo.hasNextPage).toBe(true);
      const stream = await suite.open({ orderId, after: page.pageInfo.endCursor });
      const [third] = await stream.events(1);
      expect(third).toMatchObject({ orderVersion: 3, previousSequence: page.nodes[1].sequence });
      const { orderEvents: rest } = await suite.ask(HISTORY, { orderId, after: third?.cursor });
      expect(rest.nodes.map(({ orderVersion }: { orderVersion: number }) => orderVersion)).toEqual([4, 5]);
    });

    conforms('of an order says what the order already includes', async () => {
      const orderId = await suite.driver.createOrder();
      await suite.driver.change(orderId, 2);
      const { order } = await suite.ask('query ($id: String!) { order(orderId: $id) { eventCursor } }', { id: orderId });
      await suite.driver.change(orderId, 1);
      const stream = await suite.open({ orderId, after: order.eventCursor });
      expect(await stream.next()).toMatchObject({ orderVersion: 4, previousSequence: expect.any(String) });
    });

    conforms('with a filter names the event before it that passes the filter', async () => {
      const orderId = await suite.driver.createOrder();
      await suite.driver.change(orderId, 2);
      const types = ['ORDER_CLAIMED'];
      const stream = await suite.open({ orderId, types, from: 'BEGINNING' });
      const [claimed] = await stream.events(1);
      await suite.driver.change(orderId, 2);
      const resumed = await suite.open({ orderId, types, after: claimed?.cursor ?? '' });
      expect(await resumed.next()).toMatchObject({ orderVersion: 4, previousSequence: claimed?.sequence });
    });
  });

  describe('what is no place of this stream', () => {
    conforms('is CURSOR_INVALID when it is no cursor, or was changed', async () => {
      const { cursor } = await (await suite.open({})).next();
      const flipped = `${cursor.slice(0, 20)}${cursor[20] === 'A' ? 'B' : 'A'}${cursor.slice(21)}`;
      for (const after of ['x', '', cursor.slice(1), `${cursor}A`, flipped, '🏃'.repeat(24), 'A'.repeat(48)]) {
        expect(await suite.refusal({ after })).toMatchObject({ code: 'CURSOR_INVALID' });
      }
    });

    conforms('is CURSOR_SCOPE when it is another’s, or of another filter or order', async () => {
      const orderId = await suite.driver.createOrder();
      const { cursor } = await (await suite.open({ orderId })).next();
      const other = await suite.driver.createOrder();
      expect(await suite.refusal({ after: cursor })).toMatchObject({ code: 'CURSOR_SCOPE' });
      expect(await suite.refusal({ orderId: other, after: cursor })).toMatchObject({ code: 'CURSOR_SCOPE' });
      expect(await suite.refusal({ orderId, types: ['ORDER_CLAIMED'], after: cursor })).toMatchObject({ code: 'CURSOR_SCOPE' });
      const all = await (await suite.open({})).next();
      expect(await suite.refusal({ after: all.cursor }, suite.driver.credentials.stranger)).toMatchObject({ code: 'CURSOR_SCOPE' });
      expect(await suite.refusal({ after: all.cursor }, suite.driver.credentials.operations)).toMatchObject({ code: 'CURSOR_SCOPE' });
    });

    conforms('is CURSOR_EXPIRED when what follows it is no longer kept, and says from where on it is', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.open({ orderId });
      const { cursor } = await stream.next();
      await suite.driver.change(orderId, 2);
      await suite.driver.forgetHistory();
      await suite.driver.change(orderId, 1);
      await stream.events(3); // Whoever serves this has read of the new end of its retention as well.
      const expired = await suite.refusal({ orderId, after: cursor });
      expect(expired.code).toBe('CURSOR_EXPIRED');
      const resumed = await suite.open({ orderId, after: expired.details.retentionFrom });
      expect(await resumed.next()).toMatchObject({ orderVersion: 4 });
      const { orderEvents } = await suite.ask(HISTORY, { orderId });
      expect(orderEvents.nodes).toHaveLength(1);
    });

    conforms('is CURSOR_AHEAD after the log was restored, and streams of before are let go', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.open({ orderId });
      const { cursor } = await stream.next();
      await suite.driver.restore();
      await suite.driver.change(orderId, 1);
      expect(await stream.next()).toMatchObject({ __typename: 'StreamNotice', code: 'DRAINING' });
      expect(await stream.ended()).toBeNull();
      expect(await suite.refusal({ orderId, after: cursor })).toMatchObject({ code: 'CURSOR_AHEAD' });
      expect(await (await suite.open({ orderId, from: 'SNAPSHOT' })).next()).toMatchObject({ orderVersion: 2 });
    });
  });
}

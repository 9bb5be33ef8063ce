import { describe, expect } from 'vitest';

import type { StreamSuite } from './stream-suite.ts';

/** How a stream begins, and for whom. */
export function openingCases(suite: StreamSuite): void {
  const { conforms } = suite;

  describe('a stream begins', () => {
    conforms('from now on with StreamReady, then with what happens', async () => {
      const orderId = await suite.driver.createOrder();
      const stream = await suite.open({ orderId });
      expect(await stream.next()).toMatchObject({ __typename: 'StreamReady', replayed: 0, cursor: expect.any(String) });
      await suite.driver.change(orderId, 1);
      expect(await stream.next()).toMatchObject({ __typename: 'OrderStatusChanged', type: 'ORDER_CLAIMED', orderVersion: 2 });
    });

    conforms('from the beginning with everything that is kept, then StreamReady, which counts it', async () => {
      const orderId = await suite.driver.createOrder();
      await suite.driver.change(orderId, 3);
      const stream = await suite.open({ orderId, from: 'BEGINNING' });
      expect((await stream.events(4)).map(({ orderVersion }) => orderVersion)).toEqual([1, 2, 3, 4]);
      expect(await stream.next()).toMatchObject({ __typename: 'StreamReady', replayed: 4 });
    });

    conforms('from a snapshot with the last event of its order, then StreamReady', async () => {
      const orderId = await suite.driver.createOrder();
      await suite.driver.change(orderId, 2);
      const stream = await suite.open({ orderId, from: 'SNAPSHOT' });
      expect(await stream.next()).toMatchObject({ orderVersion: 3 });
      expect(await stream.next()).toMatchObject({ __typename: 'StreamReady', replayed: 1 });
      await suite.driver.change(orderId, 1);
      expect(await stream.next()).toMatchObject({ orderVersion: 4 });
    });

    conforms('from a snapshot of one order only', async () => {
      expect(await suite.refusal({ from: 'SNAPSHOT' })).toMatchObject({ code: 'STREAM_SNAPSHOT_SUBJECT' });
    });

    conforms('behind a cursor, although the default of `from` is another place', async () => {
      const orderId = await suite.driver.createOrder();
      const { cursor } = await (await suite.open({ orderId })).next();
      await suite.driver.change(orderId, 1);
      const stream = await suite.open({ orderId, after: cursor });
      expect(await stream.next()).toMatchObject({ orderVersion: 2 });
    });

    conforms('not behind a cursor and at a start at once', async () => {
      const orderId = await suite.driver.createOrder();
      const { cursor } = await (await suite.open({ orderId })).next();
      expect(await suite.refusal({ orderId, after: cursor, from: 'BEGINNING' })).toMatchObject({ code: 'STREAM_START_CONFLICT' });
    });
  });

  describe('a stream is for whoever holds the credential', () => {
    conforms('and nobody without one', async () => {
      expect(await suite.refusal({}, null)).toMatchObject({ code: 'UNAUTHENTICATED' });
    });

    conforms('and what is not theirs is refused at once, instead of staying silent', async () => {
      const orderId = await suite.driver.createOrder('stranger');
      expect(await suite.refusal({ orderId })).toMatchObject({ code: 'NOT_FOUND' });
      expect(await suite.refusal({ orderId: '00000000-0000-7000-8000-000000000000' })).toMatchObject({ code: 'NOT_FOUND' });
    });

    conforms('and never shows what happens to others', async () => {
      const stream = await suite.live({ order: 'id' });
      const theirs = await suite.driver.createOrder('stranger');
      await suite.driver.change(theirs, 3);
      const mine = await suite.driver.createOrder();
      const [event] = await stream.events(1);
      expect(event).toMatchObject({ order: { id: expect.any(String) }, orderVersion: 1 });
      const { order } = await suite.ask('query ($id: String!) { order(orderId: $id) { id } }', { id: mine });
      expect(event?.order).toEqual(order);
    });

    conforms('and staff see everything', async () => {
      const stream = await suite.live({}, suite.driver.credentials.operations);
      await suite.driver.createOrder('stranger');
      await suite.driver.createOrder();
      expect((await stream.events(2)).map(({ type }) => type)).toEqual(['ORDER_CREATED', 'ORDER_CREATED']);
    });

    conforms('with a warning before it ends, and then an end', async () => {
      const stream = await suite.live({}, await suite.driver.operationsFor(2_500));
      expect(await stream.next()).toMatchObject({ __typename: 'StreamNotice', code: 'TOKEN_EXPIRING' });
      expect(await stream.ended()).toBe(suite.transport === 'graphql-ws' ? 4403 : 0);
    });

    conforms(
      'and ends soon after it was taken back',
      async () => {
        const key = await suite.driver.revocableKey();
        const stream = await suite.live({}, key.credential);
        await key.revoke();
        expect(await stream.ended()).toBe(suite.transport === 'graphql-ws' ? 4403 : 0);
      },
      { timeout: 40_000 },
    );
  });
}

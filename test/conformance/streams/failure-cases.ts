import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect } from 'vitest';

import { settled } from '../../support/wait-for.ts';
import { type Asked, type StreamClient, type StreamedItem, StreamEnd } from './client.ts';
import { expectChain } from './chain.ts';
import type { Scoring } from '../support/scoring.ts';
import type { StreamSuite } from './stream-suite.ts';

/** More than sockets hold on the way, at a kilobyte each. */
const MUCH = 14_000;
const PADDING = 15;
const RECONNECT_MS = 50;

/** What a good client does: goes on at its last cursor whenever its stream ends, until it has so many events. */
async function follow(suite: StreamSuite, asked: Asked, first: StreamClient, from: string, count: number) {
  const seen: StreamedItem[] = [];
  let cursor = from;
  let stream = first;
  while (seen.length < count) {
    try {
      const item = await stream.next({ heartbeats: true });
      ({ cursor } = item);
      if (item.__typename === 'OrderStatusChanged') seen.push(item);
    } catch (error) {
      if (!(error instanceof StreamEnd)) throw error;
      stream = await reopened(suite, { ...asked, after: cursor });
    }
  }
  return seen;
}

/** A stream as soon as there is somebody to serve it. The case's own limit ends the attempts. */
async function reopened(suite: StreamSuite, asked: Asked): Promise<StreamClient> {
  for (;;) {
    await pause(RECONNECT_MS);
    const stream = await suite.open(asked).catch(() => null); // Nobody listens yet.
    if (stream) return stream;
  }
}

/** Whole processes that end, seen by a reader on each transport at once: starting them again is what takes time. */
export function outageCases(conforms: Scoring['conforms'], suites: readonly StreamSuite[]): void {
  for (const what of ['gateway', 'subgraph', 'both'] as const) {
    conforms(
      `a kill of ${what === 'both' ? 'both processes' : `the process of the ${what}`} loses nothing`,
      async () => {
        const { driver } = suites[0] ?? nobody();
        const orderId = await driver.createOrder();
        const readers = await Promise.all(
          suites.map(async (suite) => {
            const stream = await suite.open({ orderId });
            return { suite, stream, cursor: (await stream.next()).cursor };
          }),
        );
        await driver.change(orderId, 2);
        const before = await Promise.all(readers.map(({ stream }) => stream.events(2)));
        const rest = readers.map(({ suite, stream, cursor }, index) =>
          follow(suite, { orderId }, stream, before[index]?.[1]?.cursor ?? cursor, 3),
        );
        await driver.kill(what);
        await driver.change(orderId, 3);
        for (const [index, after] of (await Promise.all(rest)).entries()) {
          const all = [...(before[index] ?? []), ...after];
          expect(all.map(({ orderVersion }) => orderVersion)).toEqual([2, 3, 4, 5, 6]);
          expectChain(all);
        }
      },
      { timeout: 90_000 },
    );
  }

  conforms(
    'a process that stops lets its readers go with a notice, a cursor and a time to come back',
    async () => {
      const { driver } = suites[0] ?? nobody();
      const orderId = await driver.createOrder();
      const streams = await Promise.all(suites.map((suite) => suite.live({ orderId })));
      const restarted = driver.restartSubgraph();
      const notices = await Promise.all(streams.map((stream) => stream.next()));
      for (const notice of notices) {
        expect(notice).toMatchObject({ __typename: 'StreamNotice', code: 'DRAINING', reconnectAfterMs: expect.any(Number) });
      }
      expect(await Promise.all(streams.map((stream) => stream.ended()))).toEqual(suites.map(() => null));
      await restarted;
      await driver.change(orderId, 1);
      for (const [index, suite] of suites.entries()) {
        const stream = streams[index] ?? nobody();
        const [event] = await follow(suite, { orderId }, stream, notices[index]?.cursor ?? '', 1);
        expect(event).toMatchObject({ orderVersion: 2 });
      }
    },
    { timeout: 90_000 },
  );
}

function nobody(): never {
  throw new Error('a suite runs over at least one transport');
}

/** What a reader does wrong, and that it loses nothing by it. */
export function failureCases(suite: StreamSuite): void {
  const { conforms } = suite;

  describe('a reader that does not read', () => {
    conforms(
      'loses nothing, and holds its source back',
      async () => {
        const orderId = await suite.driver.createOrder();
        const asked = { orderId, padding: PADDING };
        const stream = await suite.open(asked);
        const { cursor } = await stream.next();
        const before = await suite.driver.eventsTaken();
        stream.pause();
        await suite.driver.change(orderId, MUCH);
        const taken = (await settled(() => suite.driver.eventsTaken())) - before;
        expect(taken).toBeGreaterThan(0);
        expect(taken).toBeLessThan(MUCH);
        stream.resume();
        const events = await follow(suite, asked, stream, cursor, MUCH);
        expect(events.map(({ orderVersion }) => orderVersion)).toEqual(Array.from({ length: MUCH }, (_, index) => index + 2));
        expectChain(events);
      },
      { timeout: 90_000 },
    );
  });
}

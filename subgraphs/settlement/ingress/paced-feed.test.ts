import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { FeedPage, LoggedEvent } from '../../../kernel/runtime/event-log/feed.ts';
import { pacedFeed } from './paced-feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const event = (position: bigint): LoggedEvent => ({
  position,
  subject: 's',
  version: 1,
  type: 'T',
  payload: {},
  at: new Date(0),
  hash: Buffer.alloc(0),
});

/** Reads three times in a row and gives the times of the reads, in milliseconds. */
async function readTimes(page: FeedPage): Promise<readonly number[]> {
  const started = performance.now();
  const times: number[] = [];
  const feed = pacedFeed(
    {
      read: async () => {
        times.push(performance.now() - started);
        return page;
      },
    },
    250,
  );
  const reading = (async () => {
    for (let i = 0; i < 3; i++) await feed.read({ after: 0n, limit: 1 });
  })();
  await vi.advanceTimersByTimeAsync(1000);
  await reading;
  return times;
}

test('a reader that keeps up looks once in the interval, the first time at once', async () => {
  expect(await readTimes({ floor: 0n, head: 1n, events: [event(1n)] })).toEqual([0, 250, 500]);
  expect(await readTimes({ floor: 0n, head: 0n, events: [] })).toEqual([0, 250, 500]);
});

test('a reader that is behind is not held up', async () => {
  expect(await readTimes({ floor: 0n, head: 900n, events: [event(1n)] })).toEqual([0, 0, 0]);
});

import { expect, it } from 'vitest';

import { ATTEMPTS_MAX, RETRY_WAITS_MS } from '../../../protocol/retry.ts';
import { nextOfCallback } from './expiration-callback.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const dueIn = (ms: number) => ({ state: 'PENDING', dueAt: new Date(NOW.getTime() + ms) });

it.each([200, 204, 299])('status %i delivers the callback', (status) => {
  expect(nextOfCallback({ attempt: 1, status, now: NOW })).toEqual({ state: 'DELIVERED', endedAt: NOW });
});

it.each([null, 301, 400, 404, 408, 429, 500, 503])('status %s is tried again, whatever it says', (status) => {
  expect(nextOfCallback({ attempt: 1, status, now: NOW })).toEqual(dueIn(1000));
});

it('the waits between attempts are those of the retry policy', () => {
  RETRY_WAITS_MS.forEach((wait, index) => {
    expect(nextOfCallback({ attempt: index + 1, status: 500, now: NOW })).toEqual(dueIn(wait));
  });
});

it('Retry-After lengthens a wait', () => {
  expect(nextOfCallback({ attempt: 1, status: 429, retryAfterSeconds: 30, now: NOW })).toEqual(dueIn(30_000));
});

it.each([ATTEMPTS_MAX, ATTEMPTS_MAX + 1])('attempt %i is the last one', (attempt) => {
  expect(nextOfCallback({ attempt, status: null, now: NOW })).toEqual({ state: 'FAILED', endedAt: NOW });
});

import { describe, expect, it } from 'vitest';

import { ATTEMPTS_MAX, RETRY_WAITS_MS } from '../../protocol/retry.ts';
import { nextOfCallback } from './next-of-callback.ts';

const NOW = new Date('2026-11-25T10:00:00Z');
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

function next(
  status: number | null,
  over: Partial<Parameters<typeof nextOfCallback>[0]> = {},
  retryAfterSeconds?: number,
): ReturnType<typeof nextOfCallback> {
  return nextOfCallback(
    { attempt: 1, refusalsInRow: 0, whenUnheard: 'review', lastTry: false, ...over },
    { status, retryAfterSeconds, now: NOW },
  );
}

describe.each(['review', 'close'] as const)('a callback that ends in %s', (whenUnheard) => {
  const end = whenUnheard === 'review' ? 'MANUAL_REVIEW' : 'FAILED';

  it.each([200, 201, 202, 204, 299])('is delivered by %i, also at the last try', (status) => {
    for (const attempt of [1, ATTEMPTS_MAX]) {
      expect(next(status, { attempt, whenUnheard, refusalsInRow: 1 })).toEqual({ state: 'DELIVERED', dueAt: null, refusalsInRow: 0 });
    }
  });

  it.each([null, 100, 302, 408, 425, 429, 500, 503])('is tried again after %s, in the guide’s steps', (status) => {
    for (const [index, waitMs] of RETRY_WAITS_MS.entries()) {
      expect(next(status, { attempt: index + 1, whenUnheard, refusalsInRow: 1 })).toEqual({
        state: 'WAITING',
        dueAt: inSeconds(waitMs / 1000),
        refusalsInRow: 0,
      });
    }
    expect(next(status, { attempt: ATTEMPTS_MAX, whenUnheard })).toMatchObject({ state: end, dueAt: null });
  });

  it('waits as long as it is asked to, up to a minute, and never less than the guide says', () => {
    expect(next(503, { whenUnheard }, 30).dueAt).toEqual(inSeconds(30));
    expect(next(429, { whenUnheard }, 3_600).dueAt).toEqual(inSeconds(60));
    expect(next(503, { whenUnheard, attempt: 6 }, 1).dueAt).toEqual(inSeconds(32));
  });

  it('is tried again after one refusal', () => {
    expect(next(400, { whenUnheard })).toEqual({ state: 'WAITING', dueAt: inSeconds(1), refusalsInRow: 1 });
  });

  it('has one try when operations asked for it', () => {
    for (const status of [null, 500, 400]) expect(next(status, { whenUnheard, lastTry: true }).state).toBe(end);
    expect(next(200, { whenUnheard, lastTry: true }).state).toBe('DELIVERED');
  });
});

it('a second refusal in a row needs a person', () => {
  expect(next(404, { attempt: 4, refusalsInRow: 1 })).toEqual({ state: 'MANUAL_REVIEW', dueAt: null, refusalsInRow: 2 });
});

it('a second refusal in a row is tried again where nobody reviews', () => {
  expect(next(404, { attempt: 4, refusalsInRow: 1, whenUnheard: 'close' })).toMatchObject({ state: 'WAITING', refusalsInRow: 2 });
});

it('a question is answered by a refusal, and asked again after silence', () => {
  const question = { whenUnheard: 'answer' } as const;
  for (const status of [202, 400, 404]) expect(next(status, question)).toEqual({ state: 'DELIVERED', dueAt: null, refusalsInRow: 0 });
  for (const status of [null, 429, 503]) expect(next(status, question)).toMatchObject({ state: 'WAITING', dueAt: inSeconds(1) });
  expect(next(503, { ...question, attempt: ATTEMPTS_MAX })).toMatchObject({ state: 'FAILED' });
});

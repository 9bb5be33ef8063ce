import { describe, expect, test } from 'vitest';

import { ATTEMPTS_MAX, classifyAnswer, waitBefore } from './retry.ts';

describe('retry policy', () => {
  test('the first send is followed by ten retries after 1 2 4 8 16 32 60 60 60 60 seconds', () => {
    expect(ATTEMPTS_MAX).toBe(11);
    const waits = Array.from({ length: ATTEMPTS_MAX }, (_, index) => waitBefore(index + 1));
    expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
    expect(waitBefore(12)).toBeUndefined();
  });

  test.each([
    [2, 0, 1000],
    [2, 5, 5000],
    [2, 3600, 60_000],
    [8, 5, 60_000],
    [12, 5, undefined],
  ])('before attempt %i a Retry-After of %i s makes the wait %s ms: longer up to a minute, never shorter', (attempt, after, wait) => {
    expect(waitBefore(attempt, after)).toBe(wait);
  });

  test.each([
    [200, 'accepted'],
    [202, 'accepted'],
    [204, 'accepted'],
    [299, 'accepted'],
    [100, 'unclear'],
    [301, 'unclear'],
    [307, 'unclear'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [409, 'refused'],
    [408, 'unclear'],
    [425, 'unclear'],
    [429, 'unclear'],
    [499, 'refused'],
    [500, 'unclear'],
    [503, 'unclear'],
    [599, 'unclear'],
    [null, 'unclear'],
  ] as const)('an answer of %s is %s', (status, meaning) => {
    expect(classifyAnswer(status)).toBe(meaning);
  });
});

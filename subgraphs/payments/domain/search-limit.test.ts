import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addMilliseconds } from '../../../kernel/core/time.ts';
import { SEARCH_BURST, SEARCH_REFILL_MS, type SearchBucket, takeSearch } from './search-limit.ts';

const NOW = new Date('2026-11-29T10:00:00Z');

function emptied(): SearchBucket {
  let bucket: SearchBucket | null = null;
  for (let taken = 0; taken < SEARCH_BURST; taken++) bucket = takeSearch(bucket, NOW);
  if (!bucket) throw new Error('a full bucket has that many');
  return bucket;
}

describe('the searches of one payer’s account', () => {
  it('are so many at once and no more', () => {
    expect(takeSearch(emptied(), NOW)).toBeNull();
  });

  it('come back one by one', () => {
    expect(takeSearch(emptied(), addMilliseconds(NOW, SEARCH_REFILL_MS - 1))).toBeNull();
    const one = takeSearch(emptied(), addMilliseconds(NOW, SEARCH_REFILL_MS));
    expect(one).toMatchObject({ tokens: 0 });
    expect(takeSearch(one, addMilliseconds(NOW, SEARCH_REFILL_MS))).toBeNull();
  });

  it('are never more than what time has given, whenever they are asked for, and a clock that goes back gives nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -SEARCH_REFILL_MS, max: SEARCH_REFILL_MS }), { maxLength: 60 }), (waits) => {
        let bucket: SearchBucket | null = null;
        let now = NOW;
        let latest = NOW;
        let allowed = 0;
        for (const wait of waits) {
          now = addMilliseconds(now, wait);
          if (now > latest) latest = now;
          const after = takeSearch(bucket, now);
          if (!after) continue;
          bucket = after;
          allowed += 1;
          expect(bucket.tokens).toBeGreaterThanOrEqual(0);
          expect(bucket.tokens).toBeLessThan(SEARCH_BURST);
        }
        const span = latest.getTime() - NOW.getTime();
        expect(allowed).toBeLessThanOrEqual(SEARCH_BURST + Math.ceil(span / SEARCH_REFILL_MS) + waits.filter((wait) => wait < 0).length);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

const START = 1_800_000_000_000;
const RATE = { perSecond: 10, burst: 3 };

/** How many of `count` requests at one instant get a token. */
function granted(bucket: TokenBucket, at: number, count: number, rate = RATE): number {
  return Array.from({ length: count }, () => bucket.take(rate, at)).filter((wait) => wait === 0).length;
}

describe('a token bucket', () => {
  it('lets a burst through, then one token for each tenth of a second', () => {
    const bucket = new TokenBucket(RATE, START);
    expect(granted(bucket, START, 10)).toBe(3);
    expect(granted(bucket, START + 99, 5)).toBe(0);
    expect(granted(bucket, START + 100, 5)).toBe(1);
    expect(granted(bucket, START + 350, 5)).toBe(2);
  });

  it('never holds more than its burst, however long nobody came', () => {
    const bucket = new TokenBucket(RATE, START);
    expect(granted(bucket, START + 86_400_000, 10)).toBe(3);
  });

  it('says when the next token is there, and it is', () => {
    const bucket = new TokenBucket(RATE, START);
    granted(bucket, START, 3);
    const wait = bucket.take(RATE, START);
    expect(wait).toBe(100);
    expect(bucket.take(RATE, START + wait - 1)).toBeGreaterThan(0);
    expect(bucket.take(RATE, START + wait)).toBe(0);
  });

  it('lets through, in the long run, exactly its rate', () => {
    const bucket = new TokenBucket(RATE, START);
    let through = 0;
    for (let ms = 0; ms < 60_000; ms += 7) through += granted(bucket, START + ms, 1);
    expect(through).toBe(3 + 599);
  });

  it('takes a smaller burst at once, and a larger one as it fills', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 100 }, START);
    expect(granted(bucket, START, 50, { perSecond: 1, burst: 5 })).toBe(5);
    expect(granted(bucket, START + 1000, 150, { perSecond: 1000, burst: 100 })).toBe(100);
  });

  it('gains nothing from a clock that goes back', () => {
    const bucket = new TokenBucket(RATE, START);
    granted(bucket, START, 3);
    expect(granted(bucket, START - 60_000, 5)).toBe(0);
    expect(granted(bucket, START - 60_000 + 100, 5)).toBe(1);
  });

  it('takes a token back, and not more than it holds', () => {
    const bucket = new TokenBucket(RATE, START);
    granted(bucket, START, 2);
    for (let i = 0; i < 9; i++) bucket.giveBack(RATE);
    expect(bucket.isFull(RATE, START)).toBe(true);
    expect(granted(bucket, START, 10)).toBe(3);
  });
});

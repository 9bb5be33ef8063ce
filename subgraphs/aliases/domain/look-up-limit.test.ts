import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decideLookUp, giveBack, HIT_COST, MISS_COST, PAYMENT_CREDIT, priceOf, tokensIn, type Buckets } from './look-up-limit.ts';

const LIMITS = { bank: { capacity: 1_000, refillPerMinute: 60 }, account: { capacity: 100, refillPerMinute: 2 } };
const PRICES = { bank: priceOf(LIMITS.bank), account: priceOf(LIMITS.account) };
const NOW = 1_795_341_600_000_000;
const MINUTE = 60_000_000;

/** Buckets with so many tokens left. */
const left = (bank: number, account: number): Buckets => ({
  bank: NOW + (LIMITS.bank.capacity - bank) * PRICES.bank.token,
  account: NOW + (LIMITS.account.capacity - account) * PRICES.account.token,
});
const tokens = ({ bank, account }: Buckets, now = NOW) => [
  tokensIn(bank, { limit: LIMITS.bank, now }),
  tokensIn(account, { limit: LIMITS.account, now }),
];
const lookUp = (buckets: Buckets, isHit: boolean, now = NOW) => decideLookUp(buckets, { prices: PRICES, isHit, now });

describe('a look-up', () => {
  it.each([
    { has: [1_000, 100], isHit: true, after: [999, 99] },
    { has: [1_000, 100], isHit: false, after: [980, 80] },
    { has: [1, 1], isHit: true, after: [0, 0] },
    // Debt: whether there was enough for a miss is known only after the look.
    { has: [1, 1], isHit: false, after: [-19, -19] },
    { has: [19, 100], isHit: false, after: [-1, 80] },
  ])('with $has tokens that is a hit: $isHit leaves $after', ({ has: [bank = 0, account = 0], isHit, after }) => {
    const verdict = lookUp(left(bank, account), isHit);
    expect(verdict.kind === 'TAKEN' && tokens(verdict.buckets)).toEqual(after);
  });

  it.each([
    { has: [0, 100], waits: 1 / 60 },
    { has: [1_000, 0], waits: 0.5 },
    { has: [-19, 100], waits: 20 / 60 },
    { has: [1_000, -19], waits: 10 },
    { has: [-19, -19], waits: 10 },
  ])('with $has tokens is refused for $waits minutes, whatever it would find', ({ has: [bank = 0, account = 0], waits }) => {
    const refused = { kind: 'LIMITED', waitMicroseconds: waits * MINUTE };
    expect([lookUp(left(bank, account), true), lookUp(left(bank, account), false)]).toEqual([refused, refused]);
    expect(lookUp(left(bank, account), true, NOW + waits * MINUTE).kind).toBe('TAKEN');
  });
});

it('a bucket fills with time, and never above its capacity', () => {
  const used = left(40, 40);
  expect(tokens(used, NOW + 10 * MINUTE)).toEqual([640, 60]);
  expect(tokens(used, NOW + 1_000 * MINUTE)).toEqual([1_000, 100]);
});

it('a payment gives one token back, and a full bucket stays full', () => {
  expect(tokensIn(giveBack(left(1, 40).account, PRICES.account), { limit: LIMITS.account, now: NOW })).toBe(41);
  const full = giveBack(NOW, PRICES.account);
  expect(tokensIn(full, { limit: LIMITS.account, now: NOW })).toBe(100);
  const verdict = lookUp({ bank: full, account: full }, true);
  expect(verdict.kind === 'TAKEN' && tokens(verdict.buckets)).toEqual([999, 99]);
});

it('whoever pays what they look up is never stopped', () => {
  let buckets = left(1, 1);
  for (let transfer = 0; transfer < 1_000; transfer++) {
    const verdict = lookUp(buckets, true);
    if (verdict.kind !== 'TAKEN') throw new Error(`stopped at transfer ${transfer}`);
    buckets = { bank: giveBack(verdict.buckets.bank, PRICES.bank), account: giveBack(verdict.buckets.account, PRICES.account) };
  }
});

it('over any stretch of time nobody gets more than a full bucket, what flowed in, what payments gave back, and one look-up on debt', () => {
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: 120_000 }), isHit: fc.boolean(), pays: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let buckets: Buckets = { bank: 0, account: 0 };
      let now = NOW;
      let spent = 0;
      let credit = 0;
      for (const { afterMs, isHit, pays } of steps) {
        now += afterMs * 1_000;
        const verdict = lookUp(buckets, isHit, now);
        if (verdict.kind !== 'TAKEN') continue;
        spent += isHit ? HIT_COST : MISS_COST;
        buckets = verdict.buckets;
        if (!isHit || !pays) continue;
        credit += PAYMENT_CREDIT;
        buckets = { bank: giveBack(buckets.bank, PRICES.bank), account: giveBack(buckets.account, PRICES.account) };
      }
      const flowed = ((now - NOW) / MINUTE) * LIMITS.account.refillPerMinute;
      expect(spent - credit).toBeLessThanOrEqual(LIMITS.account.capacity + flowed + MISS_COST);
    }),
  );
});

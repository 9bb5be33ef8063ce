import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { BusinessDay } from '../../../kernel/core/time.ts';
import { createFeeTable, feeOf, feeRuleProblem, NO_FEE, percentOfRate, type FeeRule } from './fee.ts';

function aRule(facts: Partial<FeeRule> = {}): FeeRule {
  return {
    id: 'r',
    debtorBankGuid: 'a',
    creditorBankGuid: 'b',
    kind: 'trade',
    rate: 2_500n,
    fixedMinor: 0n,
    minMinor: 0n,
    maxMinor: null,
    validFrom: '2026-03-01',
    validUntil: null,
    ...facts,
  };
}

describe('a fee', () => {
  test.each<[string, () => readonly [bigint, Partial<FeeRule>, bigint]]>([
    ['0.25 % of 1500.75 is 3.751875, rounded to the nearest kopiyka', () => [150_075n, {}, 375n]],
    ['half a kopiyka is rounded up', () => [200n, {}, 1n]],
    ['a little less than half is rounded down', () => [199n, {}, 0n]],
    ['the fixed part is added to the rate', () => [150_075n, { fixedMinor: 50n }, 425n]],
    ['a fixed part alone', () => [150_075n, { rate: 0n, fixedMinor: 50n }, 50n]],
    ['not less than the minimum', () => [1_000n, { minMinor: 100n }, 100n]],
    ['not more than the maximum', () => [10_000_000n, { maxMinor: 1_000n }, 1_000n]],
    ['a maximum of nothing', () => [10_000_000n, { maxMinor: 0n }, 0n]],
    ['never so much that nothing is left to pay', () => [100n, { fixedMinor: 500n }, 99n]],
    ['nothing of the smallest amount', () => [1n, { minMinor: 100n }, 0n]],
    ['exact beyond what a double holds', () => [9_007_199_254_740_991n, { rate: 1_000n }, 9_007_199_254_741n]],
  ])('%s', (_title, facts) => {
    const [amount, terms, minor] = facts();
    const rule = aRule(terms);
    expect(feeOf(amount, rule)).toEqual({ rate: rule.rate, minor });
  });

  test('is nothing without a rule', () => {
    expect(feeOf(100n, null)).toEqual(NO_FEE);
  });

  test('lies within its bounds, grows with the amount and is at most half a kopiyka beside the exact one', () => {
    const minor = fc.bigInt({ min: 0n, max: 1_000_000n });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10_000_000_000n }),
        fc.bigInt({ min: 0n, max: 1_000_000n }),
        minor,
        minor,
        minor,
        (amount, rate, fixedMinor, one, other) => {
          const [minMinor, maxMinor] = one < other ? [one, other] : [other, one];
          const rule = aRule({ rate, fixedMinor, minMinor, maxMinor });
          const fee = feeOf(amount, rule).minor;
          expect(fee).toBeGreaterThanOrEqual(0n);
          expect(fee).toBeLessThan(amount);
          expect(fee).toBeLessThanOrEqual(maxMinor);
          expect(feeOf(amount + 1n, rule).minor).toBeGreaterThanOrEqual(fee);
          const unbounded = feeOf(amount * 1_000_000n, aRule({ rate })).minor;
          const exact = amount * rate;
          if (rate < 1_000_000n) expect(unbounded).toBe(exact);
        },
      ),
    );
  });
});

describe('the rule for a payment', () => {
  const payment = { pmType: 'trade', initiatorBankGuid: 'a', receiverBankGuid: 'b' } as const;
  const first = aRule({ id: 'first', validFrom: '2026-03-01', validUntil: '2026-03-10' });
  const second = aRule({ id: 'second', validFrom: '2026-03-05', validUntil: '2026-03-07' });
  const ruleFor = createFeeTable([
    first,
    second,
    aRule({ id: 'p2p', kind: 'p2p' }),
    aRule({ id: 'back', debtorBankGuid: 'b', creditorBankGuid: 'a' }),
  ]);

  test.each<[BusinessDay, string | null]>([
    ['2026-02-28', null],
    ['2026-03-01', 'first'],
    ['2026-03-04', 'first'],
    ['2026-03-05', 'second'],
    ['2026-03-07', 'second'],
    // The later rule has replaced the earlier one for good.
    ['2026-03-08', null],
  ])('on %s is %s', (day, id) => {
    expect(ruleFor(payment, day)?.id ?? null).toBe(id);
  });

  test('is of its kind and its direction, and a return has none', () => {
    expect(ruleFor({ ...payment, pmType: 'p2p' }, '2026-03-05')?.id).toBe('p2p');
    expect(ruleFor({ ...payment, initiatorBankGuid: 'b', receiverBankGuid: 'a' }, '2026-03-05')?.id).toBe('back');
    expect(ruleFor({ ...payment, pmType: 'return' }, '2026-03-05')).toBeNull();
    expect(ruleFor({ ...payment, receiverBankGuid: 'c' }, '2026-03-05')).toBeNull();
  });
});

test.each<[string, string | null, Partial<FeeRule>]>([
  ['from today', null, {}],
  ['of the whole amount, for one day', null, { rate: 1_000_000n, maxMinor: 0n, validUntil: '2026-03-01' }],
  ['of less than nothing', 'FEE_RATE_INVALID', { rate: -1n }],
  ['of more than the amount', 'FEE_RATE_INVALID', { rate: 1_000_001n }],
  ['with a negative fixed part', 'FEE_AMOUNT_INVALID', { fixedMinor: -1n }],
  ['with a negative minimum', 'FEE_AMOUNT_INVALID', { minMinor: -1n }],
  ['with a maximum below the minimum', 'FEE_LIMITS_INVALID', { minMinor: 2n, maxMinor: 1n }],
  ['from yesterday', 'FEE_DAYS_INVALID', { validFrom: '2026-02-28' }],
  ['that ends before it begins', 'FEE_DAYS_INVALID', { validUntil: '2026-02-28' }],
])('a rule %s: %s', (_, code, facts) => {
  expect(feeRuleProblem(aRule(facts), '2026-03-01')).toBe(code);
});

test.each([
  ['0.0000', 0],
  ['0.0001', 1],
  ['0.2500', 2_500],
  ['100.0000', 1_000_000],
])('%s per cent are %d millionths', (text, rate) => {
  expect(percentOfRate(BigInt(rate))).toBe(text);
});

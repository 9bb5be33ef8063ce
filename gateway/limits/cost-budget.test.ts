import { expect, test } from 'vitest';

import { createCostBudgets } from './cost-budget.ts';

function budgets() {
  const now = { ms: 0 };
  const created = createCostBudgets({ pointsPerSecond: 100, pointsMax: 1_000 }, () => now.ms);
  return { now, charge: (key: string, points: number) => created.charge(key, points) };
}

test('a budget is used up, comes back with time, and never holds more than its maximum', () => {
  const { now, charge } = budgets();
  expect(charge('a', 900)).toEqual({ ok: true, remaining: 100, retryAfterMs: 0 });
  expect(charge('a', 200)).toEqual({ ok: false, remaining: 100, retryAfterMs: 1_000 });
  now.ms = 1_000;
  expect(charge('a', 200)).toEqual({ ok: true, remaining: 0, retryAfterMs: 0 });
  now.ms = 1_000_000;
  expect(charge('a', 1)).toMatchObject({ remaining: 999 });
});

test('a refused charge costs nothing, and one key pays nothing for another', () => {
  const { charge } = budgets();
  charge('a', 1_000);
  for (let n = 0; n < 10; n += 1) expect(charge('a', 500)).toMatchObject({ ok: false, retryAfterMs: 5_000 });
  expect(charge('b', 1_000).ok).toBe(true);
});

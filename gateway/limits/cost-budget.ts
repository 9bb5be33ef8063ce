/** What a key may ask for: cost points that come back over time. */
export interface BudgetSettings {
  readonly pointsPerSecond: number;
  /** What an idle key has saved up. */
  readonly pointsMax: number;
}

/** The answer to a charge. A refused one costs nothing. */
export interface Charge {
  readonly ok: boolean;
  /** What is left. */
  readonly remaining: number;
  /** How long until the same charge would pass. 0 when it did. */
  readonly retryAfterMs: number;
}

/** The budgets of all keys of one gateway process. */
export interface CostBudgets {
  charge(key: string, points: number): Charge;
  /** Of the present moment, for `extensions.cost`. */
  readonly settings: BudgetSettings;
}

/** Keys that are remembered. The one that asked longest ago goes first, and comes back with a full budget. */
const KEYS_MAX = 50_000;

interface Budget {
  points: number;
  atMs: number;
}

/** `nowMs` never runs backwards (performance.now). */
export function createCostBudgets(settings: BudgetSettings, nowMs: () => number): CostBudgets {
  const budgets = new Map<string, Budget>();
  const { pointsPerSecond, pointsMax } = settings;

  function budgetOf(key: string, now: number): Budget {
    const known = budgets.get(key);
    if (known) {
      known.points = Math.min(pointsMax, known.points + ((now - known.atMs) / 1000) * pointsPerSecond);
      known.atMs = now;
      budgets.delete(key);
      budgets.set(key, known);
      return known;
    }
    const oldest = budgets.size >= KEYS_MAX ? budgets.keys().next() : undefined;
    if (oldest?.value !== undefined) budgets.delete(oldest.value);
    const fresh = { points: pointsMax, atMs: now };
    budgets.set(key, fresh);
    return fresh;
  }

  return {
    settings,
    charge(key, points) {
      const budget = budgetOf(key, nowMs());
      const ok = budget.points >= points;
      if (ok) budget.points -= points;
      const missing = ok ? 0 : points - budget.points;
      return { ok, remaining: Math.floor(budget.points), retryAfterMs: Math.ceil((missing / pointsPerSecond) * 1000) };
    },
  };
}

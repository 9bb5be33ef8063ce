import { expect, test } from 'vitest';

/** A suite that says in the end how many of its cases passed. */
export interface Scoring {
  /** One case: a test like any other, and counted. */
  readonly conforms: (rule: string, run: () => unknown, options?: { readonly timeout?: number }) => void;
  /** Call it after the last case. Fewer cases than `atLeast` are a suite that somebody has thinned out. */
  readonly score: (suite: string, atLeast: number) => void;
}

export function scoring(): Scoring {
  const cases = new Set<string>();
  const passed = new Set<string>();
  return {
    conforms(rule, run, { timeout } = {}) {
      cases.add(rule);
      test(rule, timeout === undefined ? {} : { timeout }, async () => {
        await run();
        passed.add(rule);
      });
    },
    score(suite, atLeast) {
      test(`${suite}, score`, async ({ annotate }) => {
        await annotate(`${passed.size} of ${cases.size} passed`);
        expect(cases.size).toBeGreaterThanOrEqual(atLeast);
      });
    },
  };
}

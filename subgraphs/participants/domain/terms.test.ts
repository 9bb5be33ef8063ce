import { describe, expect, test } from 'vitest';

import {
  BOUND_TOKENS,
  changedTerms,
  initialKeyUse,
  KEY_USES,
  LIMIT_BURST_MAX,
  LIMIT_PER_SECOND_MAX,
  NO_TERMS_CHANGE,
  sameTerms,
  termsFailures,
  type Terms,
} from './terms.ts';

const TERMS: Terms = {
  limits: { perSecond: 10, burst: 20, shards: 1 },
  boundTokens: 'when-present',
  plainBodies: 'bound',
  keyUse: 'SEPARATE',
};

describe('terms', () => {
  test.each([
    ['limits', { limits: { perSecond: 1, burst: 2, shards: 4 } }],
    ['boundTokens', { boundTokens: 'required' }],
    ['plainBodies', { plainBodies: 'bare' }],
    ['keyUse', { keyUse: 'SHARED' }],
  ] as const)('change in %s alone', (_, change) => {
    const changed = changedTerms(TERMS, { ...NO_TERMS_CHANGE, ...change });
    expect(changed).toEqual({ ...TERMS, ...change });
    expect(sameTerms(TERMS, changed)).toBe(false);
  });

  test('that nobody names stay', () => {
    expect(sameTerms(TERMS, changedTerms(TERMS, NO_TERMS_CHANGE))).toBe(true);
  });

  test.each([
    [1, 1, []],
    [LIMIT_PER_SECOND_MAX, LIMIT_BURST_MAX, []],
    [0, 1, ['terms.limits.perSecond']],
    [LIMIT_PER_SECOND_MAX + 1, 0, ['terms.limits.perSecond', 'terms.limits.burst']],
    [1.5, LIMIT_BURST_MAX + 1, ['terms.limits.perSecond', 'terms.limits.burst']],
  ])('with %d a second and bursts of %d are refused at %j', (perSecond, burst, paths) => {
    const failures = termsFailures({ ...TERMS, limits: { ...TERMS.limits, perSecond, burst } }, []);
    expect(failures.map(({ code, path }) => [code, path.join('.')])).toEqual(paths.map((path) => ['LIMIT_INVALID', path]));
  });

  test.each([0, 17, 1.5])('with %d shards are refused', (shards) => {
    const failures = termsFailures({ ...TERMS, limits: { ...TERMS.limits, shards } }, []);
    expect(failures.map(({ path }) => path.join('.'))).toEqual(['terms.limits.shards']);
  });

  test('keep their shards when only the rate is named', () => {
    const sharded = { ...TERMS, limits: { ...TERMS.limits, shards: 4 } };
    const changed = changedTerms(sharded, { ...NO_TERMS_CHANGE, limits: { perSecond: 1, burst: 2, shards: null } });
    expect(changed.limits).toEqual({ perSecond: 1, burst: 2, shards: 4 });
  });

  test.each(BOUND_TOKENS.flatMap((boundTokens) => KEY_USES.map((keyUse) => [boundTokens, keyUse] as const)))(
    'tokens %s and keys %s go together, unless a shared key is in use',
    (boundTokens, keyUse) => {
      expect(termsFailures({ ...TERMS, boundTokens, keyUse }, ['SIGN', 'ENCRYPT'])).toEqual([]);
      const withShared = termsFailures({ ...TERMS, boundTokens, keyUse }, ['SIGN', 'BOTH']).map(({ code }) => code);
      expect(withShared).toEqual(keyUse === 'SEPARATE' ? ['KEYS_STILL_SHARED'] : []);
    },
  );

  test.each([
    [null, ['SIGN', 'ENCRYPT'], 'SEPARATE'],
    [null, ['BOTH'], 'SHARED'],
    [null, [], 'SEPARATE'],
    ['SEPARATE', ['BOTH'], 'SEPARATE'],
    ['SHARED', ['SIGN'], 'SHARED'],
  ] as const)('asked for %s with keys for %j begin as %s', (asked, purposes, keyUse) => {
    expect(initialKeyUse(asked, purposes)).toBe(keyUse);
  });
});

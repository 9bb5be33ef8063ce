import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { DEFAULT_LIMITS } from '../../../schema/directory.ts';
import { changedTerms, initialKeyUse, termsFailures, type Terms, type TermsChange, type TermsFailure } from '../domain/terms.ts';
import type { KeyInput } from './read-key.ts';

/** The terms of a participant that registers with these keys: what was asked for, else the defaults. */
export function initialTerms(asked: TermsChange, keys: readonly KeyInput[]): Result<Terms, readonly TermsFailure[]> {
  const keyUse = initialKeyUse(
    asked.keyUse,
    keys.map(({ purpose }) => purpose),
  );
  const terms = changedTerms({ limits: DEFAULT_LIMITS, boundTokens: 'when-present', plainBodies: 'bound', keyUse }, asked);
  // Keys that contradict the terms are named one by one when they are read.
  const failures = termsFailures(terms, []);
  return failures.length > 0 ? fail(failures) : ok(terms);
}

import { expect, test } from 'vitest';

import { BLANK_TERMS, termsOf } from './terms-fields.ts';

test('terms are the defaults of the hub until somebody says otherwise', () => {
  expect(termsOf(BLANK_TERMS)).toEqual({ limits: { perSecond: 200, burst: 1000 }, boundTokens: 'WHEN_PRESENT' });
  expect(termsOf({ perSecond: '5', burst: '7', boundTokens: 'REQUIRED' })).toEqual({
    limits: { perSecond: 5, burst: 7 },
    boundTokens: 'REQUIRED',
  });
});

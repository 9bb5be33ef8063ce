import { describe, expect, test } from 'vitest';

import { amountText, clockText, languageOf, WORDS } from './words.ts';

describe('words', () => {
  test.each([
    [null, null, 'uk'],
    [null, 'en-GB,en;q=0.9', 'en'],
    [null, 'uk-UA,uk;q=0.9,en;q=0.8', 'uk'],
    [null, 'de-DE,de;q=0.9,en;q=0.8', 'en'],
    ['uk', 'en-GB', 'uk'],
    ['en', 'uk-UA', 'en'],
    ['<script>', 'fr', 'uk'],
  ] as const)('asked for %s by a browser that prefers %s: %s', (asked, preferred, language) => {
    expect(languageOf(asked, preferred)).toBe(language);
  });

  test.each([
    ['1500.75', '1\u00a0500,75', '1,500.75'],
    ['0.05', '0,05', '0.05'],
    ['1234567.00', '1\u00a0234\u00a0567,00', '1,234,567.00'],
    ['999.00', '999,00', '999.00'],
  ])('%s is %s in Ukrainian and %s in English', (decimal, ukrainian, english) => {
    expect([amountText(decimal, 'uk'), amountText(decimal, 'en')]).toEqual([ukrainian, english]);
  });

  test.each([
    [0, '0:00'],
    [-5_000, '0:00'],
    [1, '0:01'],
    [768_000, '12:48'],
    [3_723_000, '1:02:03'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(clockText(milliseconds)).toBe(text);
  });

  test('no word is missing in either language', () => {
    const leaves = (value: unknown): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
    const empty = Object.values(WORDS).map((words) => leaves(words).filter((word) => word === '').length);
    // Only "waiting" needs no note.
    expect(empty).toEqual([1, 1]);
  });
});

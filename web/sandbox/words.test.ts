import { expect, test } from 'vitest';

import { minorFromTyped, moneyText } from './words.ts';

test.each([
  ['0', '0,00 ₴'],
  ['5', '0,05 ₴'],
  ['150075', '1\u00a0500,75 ₴'],
  ['-250', '−2,50 ₴'],
])('%s kopiykas are %s', (minor, text) => {
  expect(moneyText(minor, 'uk')).toBe(text);
});

test('in English thousands have commas', () => {
  expect(moneyText('150075', 'en')).toBe('1,500.75 ₴');
});

test.each([
  ['12', '1200'],
  ['12,5', '1250'],
  [' 0.07 ', '7'],
  ['007', '700'],
  ['0', null],
  ['', null],
  ['1.234', null],
  ['1e3', null],
])('%j is typed for %j', (typed, minor) => {
  expect(minorFromTyped(typed)).toBe(minor);
});

import { expect, test } from 'vitest';

import { amountText, durationText, initialOf, minorOf, shortId, typedAmount } from './words.ts';

test.each([
  ['2480.50', '2\u00a0480,50\u00a0₴'],
  ['0.07', '0,07\u00a0₴'],
  ['123456789012345.00', '123\u00a0456\u00a0789\u00a0012\u00a0345,00\u00a0₴'],
])('writes %s as people here do', (decimal, text) => {
  expect(amountText({ decimal, currency: 'UAH' })).toBe(text);
});

test('another currency keeps its code', () => {
  expect(amountText({ decimal: '1.00', currency: 'EUR' })).toBe('1,00\u00a0EUR');
});

test.each([
  ['2 480,50', '248050'],
  ['2480.5', '248050'],
  ['15', '1500'],
  ['0,07 ₴', '7'],
  ['1.234', null],
  ['-5', null],
  ['', null],
])('reads %j as an amount', (typed, minor) => {
  expect(minorOf(typed)).toBe(minor);
});

test('an amount that was read is written as it could be typed', () => {
  expect(['7', '248050', '100'].map((minor) => minorOf(typedAmount(minor)))).toEqual(['7', '248050', '100']);
});

test.each([
  [43.6, '44 ms'],
  [4190, '4.19 s'],
  [200_400, '3 min 20 s'],
])('says %d ms as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('a tile has one letter, whatever the name begins with', () => {
  expect([' книгарня', '𝒜bc', ''].map(initialOf)).toEqual(['К', '𝒜', '·']);
});

test('a short id keeps its ends', () => {
  expect(shortId('0197b0c2-7d3e-7a41-9c55-2f6b1e8d4a90')).toBe('0197b0c2…4a90');
  expect(shortId('short')).toBe('short');
});

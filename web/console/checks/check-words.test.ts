import { expect, test } from 'vitest';

import { indented, shownText, wordsOfFailure } from './check-words.ts';

test('JSON is indented and never rewritten', () => {
  expect(indented('{"amount":10.50,"a":{"b":[1,"x, {y}: \\"z\\""],"c":{},"d":[]},"n":null}')).toBe(
    `{
  "amount": 10.50,
  "a": {
    "b": [
      1,
      "x, {y}: \\"z\\""
    ],
    "c": {},
    "d": []
  },
  "n": null
}`,
  );
});

test('a text cannot look like another', () => {
  expect(shownText('a\u202eb\u2066c\u0000d\u001b[2J\r\n\tї<img>')).toBe('a<U+202E>b<U+2066>c<U+0000>d<U+001B>[2J\r\n\tї<img>');
});

test('every failure has a sentence with its code', () => {
  expect(wordsOfFailure('MESSAGE_HASH')).toBe('These are not the bytes that the hub received (MESSAGE_HASH)');
  expect(wordsOfFailure('BODY_NOT_JSON')).toBe('It cannot be read as what it should be (BODY_NOT_JSON)');
});

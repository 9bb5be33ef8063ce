import { expect, test } from 'vitest';

import { headerText } from './header-text.ts';

test.each([
  ['what people read', 'Реєстр «Сова» ₴', 'Реєстр «Сова» ₴'],
  ['a header of its own', 'Реєстр\r\nBcc: thief@evil.example', 'Реєстр Bcc: thief@evil.example'],
  ['a bare line feed', 'a\nb', 'a b'],
  ['a null', 'a\0b', 'a b'],
  ['line separators of Unicode', 'a\u2028b\u2029c\u0085d', 'a b c d'],
  ['what turns the direction of text', 'a\u202Eb\u2066c', 'a b c'],
  ['blanks', '  a   b ', 'a b'],
])('%s', (_, text, line) => {
  expect(headerText(text)).toBe(line);
});

test('is cut between characters, with a sign that it is', () => {
  const long = headerText('😀'.repeat(300));
  expect(Array.from(long)).toHaveLength(200);
  expect(long.endsWith('😀…')).toBe(true);
});

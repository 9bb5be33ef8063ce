import { expect, test } from 'vitest';

import { csvLine } from './csv.ts';

test.each([
  ['plain text', 'Книга', 'Книга'],
  ['a separator', 'a,b', '"a,b"'],
  ['quotes', 'a "b"', '"a ""b"""'],
  ['a line break, which must not begin a row', 'a\r\nb', '"a\r\nb"'],
  ['blanks around it', ' a ', '" a "'],
  ['a formula', '=1+1', "'=1+1"],
  ['a formula with a plus', '+1+1', "'+1+1"],
  ['a formula with a minus', '-1+1', "'-1+1"],
  ['a formula of an old spreadsheet', '@SUM(A1)', "'@SUM(A1)"],
  ['a formula after a tab', '\t=1+1', `"\t'=1+1"`],
  ['a formula after a line break', '\r\n=1+1', `"\r\n'=1+1"`],
  ['a wide formula', '＝1+1', "'＝1+1"],
  ['a command', `=cmd|'/C calc'!A0`, `'=cmd|'/C calc'!A0`],
  ['a formula where another separator begins a cell', 'a;=1+1', "a;'=1+1"],
  ['a formula behind a separator and quotes', 'a, =HYPERLINK("x")', `"a, '=HYPERLINK(""x"")"`],
  ['a minus inside', 'до-сплати', 'до-сплати'],
])('%s', (_, text, cell) => {
  expect(csvLine([text, 'z'])).toBe(`${cell},z\r\n`);
});

test('a figure of our own is printed as it is', () => {
  expect(csvLine([{ plain: '-1.00' }, { plain: '' }])).toBe('-1.00,\r\n');
});

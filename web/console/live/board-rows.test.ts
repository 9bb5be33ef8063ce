import { expect, test } from 'vitest';

import { type BoardRow, boardRows, sortedAnew, sortedRows, type Sorting } from './board-rows.ts';

const figures = (id: string, o: Partial<BoardRow> = {}) => ({ id, perMinute: 0, successRate: null, p50: null, p95: null, ...o });
const nameOf = (id: string): string => `Bank ${id}`;

test('a bank that answers nothing stands on the board although no payment came through it', () => {
  const open = [
    { receiverBank: { guid: 'b' }, receiverMerchant: null, retrying: 2, parked: 1, oldestAt: '' },
    { receiverBank: { guid: 'c' }, receiverMerchant: null, retrying: 0, parked: 4, oldestAt: '' },
  ];
  const rows = boardRows({ figures: [figures('a', { perMinute: 7 }), figures('b')], open, nameOf });
  expect(rows.map(({ name, perMinute, retrying, parked }) => [name, perMinute, retrying, parked])).toEqual([
    ['Bank a', 7, 0, 0],
    ['Bank b', 0, 2, 1],
    ['Bank c', 0, 0, 4],
  ]);
});

test.each([
  [{ by: 'perMinute', descending: true }, 'bca'],
  [{ by: 'perMinute', descending: false }, 'acb'],
  [{ by: 'name', descending: false }, 'abc'],
  [{ by: 'name', descending: true }, 'cba'],
  // Of a and c nobody knows a rate: last, either way, and by name.
  [{ by: 'successRate', descending: true }, 'bac'],
  [{ by: 'successRate', descending: false }, 'bac'],
  // Equals stand by name, either way.
  [{ by: 'parked', descending: true }, 'abc'],
  [{ by: 'parked', descending: false }, 'abc'],
] as const)('sorted by %j: %s', (sorting, expected) => {
  const rows = boardRows({
    figures: [figures('c', { perMinute: 2 }), figures('a', { perMinute: 1 }), figures('b', { perMinute: 3, successRate: 0.5 })],
    open: [],
    nameOf,
  });
  expect(
    sortedRows(rows, sorting)
      .map(({ id }) => id)
      .join(''),
  ).toBe(expected);
});

test('a click on a column sorts by it, a second one the other way round; numbers begin with the largest', () => {
  const first: Sorting = { by: 'perMinute', descending: true };
  expect(sortedAnew(first, 'perMinute')).toEqual({ by: 'perMinute', descending: false });
  expect(sortedAnew(first, 'p95')).toEqual({ by: 'p95', descending: true });
  expect(sortedAnew(first, 'name')).toEqual({ by: 'name', descending: false });
});

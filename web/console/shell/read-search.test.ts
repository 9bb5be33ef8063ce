import { expect, test } from 'vitest';

import { readSearch } from './read-search.ts';

test.each([
  ['  ', { kind: 'nothing' }],
  ['0197B0C2-7d3e-7a41-9c55-2f6b1e8d4a90', { kind: 'guid', guid: '0197b0c2-7d3e-7a41-9c55-2f6b1e8d4a90' }],
  ['2 480,50 ₴', { kind: 'amount', minor: '248050' }],
  ['0.07', { kind: 'amount', minor: '7' }],
  ['4417', { kind: 'tail', tail: '4417' }],
  ['UA21 3223 1300 0002 6007 2335 66001', { kind: 'tail', tail: '6001' }],
  ['+380 67 123 64 12', { kind: 'tail', tail: '6412' }],
  ['2026-004817', { kind: 'reference', reference: '2026-004817' }],
  ['12345', { kind: 'reference', reference: '12345' }],
] as const)('reads %j', (typed, meant) => {
  expect(readSearch(typed)).toEqual(meant);
});

import { expect, test } from 'vitest';

import { isUuid } from '../core/ids.ts';
import { createIdSource } from './id-source.ts';

const at = new Date('2026-11-22T10:00:00.000Z');

test('an id is a lower-case UUID of version 7 that carries its time', () => {
  const id = createIdSource({ now: () => at }).next();
  expect(isUuid(id)).toBe(true);
  expect(id[14]).toBe('7');
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at.getTime());
});

test('ids of one millisecond are all different, beyond one filling of the pool', () => {
  const ids = createIdSource({ now: () => at });
  const made = Array.from({ length: 1000 }, () => ids.next());
  expect(new Set(made).size).toBe(made.length);
});

test('an id made later sorts later', () => {
  let now = at.getTime();
  const ids = createIdSource({ now: () => new Date(now++) });
  const made = Array.from({ length: 50 }, () => ids.next());
  expect(made).toEqual(made.toSorted());
});

test('the same time and randomness give the same id', () => {
  const repeat = () => createIdSource({ now: () => at }, () => new Uint8Array(10).fill(7)).next();
  expect(repeat()).toBe(repeat());
});

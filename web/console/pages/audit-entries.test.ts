import { expect, test } from 'vitest';

import { type AuditPages, factsOf, type LoggedEntry, shownEntries } from './audit-entries.ts';
import type { LogName } from './audit-logs.ts';

const entry = (log: LogName, sequence: number, minute: number): LoggedEntry => ({
  log,
  sequence: String(sequence),
  at: `2026-03-01T10:${String(minute).padStart(2, '0')}:00.000Z`,
  actor: { kind: 'operations', subject: 'olena', keyId: null },
  action: 'jobRun',
  target: { kind: 'job', targetId: 'j' },
  entry: '{}',
  previousHash: '',
  hash: '',
});
const shown = (...pages: AuditPages[]) => shownEntries(pages).map(({ log, sequence }) => `${log} ${sequence}`);

test('logs that were read to their ends are one list by time', () => {
  const entries = [entry('orders', 2, 30), entry('orders', 1, 10), entry('payments', 5, 20)];
  expect(shown({ entries, next: {} })).toEqual(['orders 2', 'payments 5', 'orders 1']);
});

test('nothing is shown that is older than what a log may still bring, and later pages only add below', () => {
  const first = { entries: [entry('orders', 9, 50), entry('orders', 8, 40), entry('payments', 1, 20)], next: { orders: 'c' } };
  expect(shown(first)).toEqual(['orders 9', 'orders 8']);
  const second = { entries: [entry('orders', 7, 30), entry('orders', 6, 10)], next: {} };
  expect(shown(first, second)).toEqual(['orders 9', 'orders 8', 'orders 7', 'payments 1', 'orders 6']);
});

test('a log of which nothing has come yet hides nothing', () => {
  expect(shown({ entries: [], next: { orders: null } })).toEqual([]);
});

test('details are lines with the path to each value', () => {
  const text = '{"sequence":1,"details":{"reason":"told","before":{"limits":{"burst":5},"kids":["a"]},"after":null}}';
  expect(factsOf(text)).toEqual([
    ['reason', 'told'],
    ['before.limits.burst', '5'],
    ['before.kids', '["a"]'],
    ['after', 'null'],
  ]);
});

test('an entry that somebody has spoilt has none', () => {
  expect(factsOf('nonsense')).toEqual([]);
  expect(factsOf('null')).toEqual([]);
  expect(factsOf('{}')).toEqual([]);
});

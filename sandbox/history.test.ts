import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { openHistory } from './history.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = () => join(folder, 'bank', 'history.jsonl');
const opened = () => openHistory(file(), () => new Date('2026-03-01T10:00:00Z'));
const callback = (callbackGuid: string) =>
  ({ direction: 'in', method: 'POST', path: '/pay-in', callbackGuid, status: 200, answered: 'yes', body: {} }) as const;
const guidsOf = (entries: readonly { n: number; callbackGuid: string | null }[]) =>
  entries.map(({ n, callbackGuid }) => `${n} ${callbackGuid}`);

test('what an earlier process wrote is still there, and the numbers go on', async () => {
  const first = await opened();
  for (const guid of ['a', 'b']) first.record(callback(guid));
  await first.settled();

  const second = await opened();
  second.record(callback('c'));
  expect(guidsOf(second.after(0))).toEqual(['1 a', '2 b', '3 c']);
  expect(guidsOf(second.after(2))).toEqual(['3 c']);
});

test('what was cleared stays in the file and is not shown again, and no number is given twice', async () => {
  const first = await opened();
  first.record(callback('a'));
  first.clear();
  await first.settled();

  const second = await opened();
  expect(second.after(0)).toEqual([]);
  expect(second.record(callback('b')).n).toBe(2);
  await second.settled();
  expect(await readFile(file(), 'utf8')).toContain('"callbackGuid":"a"');
});

test('half a line of a process that was killed spoils nothing', async () => {
  const first = await opened();
  first.record(callback('a'));
  await first.settled();
  await appendFile(file(), '{"n":2,"at":"2026');

  const second = await opened();
  second.record(callback('b'));
  await second.settled();
  expect(guidsOf((await opened()).after(0))).toEqual(['1 a', '2 b']);
});

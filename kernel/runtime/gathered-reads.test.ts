import { expect, test } from 'vitest';

import { createGatheredReads } from './gathered-reads.ts';

/** Reads that end when the test says so. */
function heldReads(o: { readsMax?: number; keysMax?: number } = {}) {
  const reads: { readonly keys: readonly string[]; readonly answer: () => void; readonly fail: (error: Error) => void }[] = [];
  const load = createGatheredReads<string, string>({
    ...o,
    read: (keys) =>
      new Promise((resolve, reject) => {
        const found = new Map(keys.filter((key) => key !== 'none').map((key) => [key, `${key} in read ${reads.length}`]));
        reads.push({ keys, answer: () => resolve(found), fail: reject });
      }),
  });
  return { load, reads };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('look-ups of one moment share one read, and each key is asked for once', async () => {
  const { load, reads } = heldReads();
  const answers = Promise.all([load('a'), load('b'), load('a'), load('none')]);
  await turn();
  expect(reads.map(({ keys }) => keys)).toEqual([['a', 'b', 'none']]);
  reads[0]?.answer();
  expect(await answers).toEqual(['a in read 0', 'b in read 0', 'a in read 0', undefined]);
});

test('a look-up is never answered by a read that began before it', async () => {
  const { load, reads } = heldReads();
  const first = load('a');
  await turn();
  const second = load('a');
  await turn();
  reads[0]?.answer();
  reads[1]?.answer();
  expect([await first, await second]).toEqual(['a in read 0', 'a in read 1']);
});

test('while as many reads as may be are under way, look-ups wait and share the next', async () => {
  const { load, reads } = heldReads({ readsMax: 1 });
  const first = load('a');
  await turn();
  const later = Promise.all([load('b'), load('c')]);
  await turn();
  expect(reads.length).toBe(1);
  reads[0]?.answer();
  await first;
  await turn();
  expect(reads.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c']]);
  reads[1]?.answer();
  await later;
});

test('a read has at most so many keys', async () => {
  const { load, reads } = heldReads({ keysMax: 2 });
  const all = Promise.all(['a', 'b', 'c'].map(load));
  await turn();
  await turn();
  expect(reads.map(({ keys }) => keys)).toEqual([['a', 'b'], ['c']]);
  for (const { answer } of reads) answer();
  await all;
});

test('a read that fails fails its own look-ups, and the next one is read', async () => {
  const { load, reads } = heldReads({ readsMax: 1 });
  const first = load('a');
  await turn();
  reads[0]?.fail(new Error('the database is away'));
  await expect(first).rejects.toThrow('the database is away');
  const second = load('a');
  await turn();
  reads[1]?.answer();
  expect(await second).toBe('a in read 1');
});

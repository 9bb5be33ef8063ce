import { describe, expect, test } from 'vitest';

import { createAnswerCache } from './answer-cache.ts';

function aCache(answers: Record<string, string>, entriesMax = 10) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const cache = createAnswerCache({
    ttlMs: 1_000,
    entriesMax,
    now: () => clock.now,
    ask: async (key: string) => {
      asked.push(key);
      return answers[key] ?? null;
    },
  });
  return { cache, asked, clock };
}

describe('an answer cache', () => {
  test('asks once while an answer is fresh, and again when it is not', async () => {
    const { cache, asked, clock } = aCache({ a: 'A' });
    expect([await cache.get('a'), await cache.get('a')]).toEqual(['A', 'A']);
    expect(asked).toEqual(['a']);
    clock.now = 1_000;
    await cache.get('a');
    expect(asked).toEqual(['a', 'a']);
  });

  test('asks once for several who want the same answer at the same moment', async () => {
    const { cache, asked } = aCache({ a: 'A' });
    expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')])).toEqual(['A', 'A', 'A']);
    expect(asked).toEqual(['a']);
  });

  test('does not remember that something is unknown', async () => {
    const answers: Record<string, string> = {};
    const { cache } = aCache(answers);
    expect(await cache.get('a')).toBeNull();
    answers['a'] = 'A';
    expect(await cache.get('a')).toBe('A');
  });

  test('forgets the oldest answer when it is full', async () => {
    const { cache, asked } = aCache({ a: 'A', b: 'B', c: 'C' }, 2);
    for (const key of ['a', 'b', 'c', 'b', 'a']) await cache.get(key);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });

  test('asks anew after it was told to forget, and keeps nothing that was asked before', async () => {
    const { cache, asked } = aCache({ a: 'A' });
    await cache.get('a');
    const asking = cache.get('b');
    cache.forget();
    await asking;
    await Promise.all([cache.get('a'), cache.get('b')]);
    expect(asked).toEqual(['a', 'b', 'a', 'b']);
  });

  test('does not keep what was answered after it was told to forget', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const answers = [promise, Promise.resolve('revoked')];
    const cache = createAnswerCache({ ttlMs: 1_000, entriesMax: 1, now: () => 0, ask: () => answers.shift() ?? Promise.resolve('again') });
    const old = cache.get('a');
    cache.forget();
    const fresh = await cache.get('a');
    resolve('good');
    expect([await old, fresh, await cache.get('a')]).toEqual(['good', 'revoked', 'revoked']);
  });

  test('does not keep a failure', async () => {
    let broken = true;
    const cache = createAnswerCache({
      ttlMs: 1_000,
      entriesMax: 1,
      now: () => 0,
      ask: async () => {
        if (broken) throw new Error('participants is away');
        return 'A';
      },
    });
    await expect(cache.get('a')).rejects.toThrow('participants is away');
    broken = false;
    expect(await cache.get('a')).toBe('A');
  });
});

import { describe, expect, test } from 'vitest';

import { mapStream } from './stream.ts';

/** A source that gives what it is told to, and says when it is freed. */
function source(...items: (number | Error)[]) {
  const state = { freed: 0 };
  const waiting = Promise.withResolvers<IteratorResult<number, undefined>>();
  const iterator: AsyncIterableIterator<number, undefined> = {
    [Symbol.asyncIterator]: () => iterator,
    next() {
      const item = items.shift();
      if (item instanceof Error) return Promise.reject(item);
      return item === undefined ? waiting.promise : Promise.resolve({ done: false, value: item });
    },
    return() {
      state.freed += 1;
      waiting.resolve({ done: true, value: undefined });
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { state, iterator };
}

const doubled = { change: (item: number) => item * 2 };

describe('a stream of steps', () => {
  test('takes each item through them in the order in which they were added', async () => {
    const { iterator } = source(1, 2);
    const stream = mapStream(mapStream(iterator, doubled), { change: (item) => Promise.resolve(`<${item}>`) });
    expect([await stream.next(), await stream.next()].map(({ value }) => value)).toEqual(['<2>', '<4>']);
  });

  test('frees its source at once when it is left while it waits, and ends', async () => {
    const { iterator, state } = source();
    let over = 0;
    const stream = mapStream(mapStream(iterator, doubled), { ...doubled, over: () => (over += 1) });
    const waiting = stream.next();
    await stream.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect({ ...state, over }).toEqual({ freed: 1, over: 1 });
    await stream.return?.();
    expect(over).toBe(1);
  });

  test('ends with the item that is its last, which still takes the steps behind', async () => {
    const { iterator, state } = source(1, 2, 3);
    const stream = mapStream(mapStream(iterator, { ...doubled, isLast: (item) => item === 4 }), { change: (item) => `<${item}>` });
    expect([await stream.next(), await stream.next()].map(({ value }) => value)).toEqual(['<2>', '<4>']);
    expect(state.freed).toBe(1);
    expect((await stream.next()).done).toBe(true);
  });

  test('puts the failure of its source as the first step that can, and ends', async () => {
    const { iterator, state } = source(1, new Error('the log is away'));
    const told = mapStream(mapStream(iterator, doubled), { change: String, failed: (error) => `failed: ${(error as Error).message}` });
    const stream = mapStream(told, { change: (item) => `<${item}>` });
    expect((await stream.next()).value).toBe('<2>');
    expect((await stream.next()).value).toBe('<failed: the log is away>');
    expect((await stream.next()).done).toBe(true);
    expect(state.freed).toBe(1);
  });

  test('tells a failure of a step behind that one as it is, also of the last item', async () => {
    const refused = new Error('refused');
    const refusing = {
      change: () => {
        throw refused;
      },
    };
    for (const items of [[1], [new Error('the log is away')]]) {
      const { iterator, state } = source(...items);
      const stream = mapStream(mapStream(iterator, { ...doubled, failed: () => 0 }), refusing);
      await expect(stream.next()).rejects.toBe(refused);
      expect(state.freed).toBe(1);
    }
  });
});

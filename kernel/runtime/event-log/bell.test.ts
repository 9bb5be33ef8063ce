import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createBell } from './bell.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Says whether a wait has ended, after everything that is due has run. */
async function hasEnded(wait: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void wait.then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(0);
  return ended;
}

describe('a bell', () => {
  test('wakes everybody who waits', async () => {
    const bell = createBell();
    const { signal } = new AbortController();
    const waits = [bell.wait(1_000, signal), bell.wait(1_000, signal)];
    expect(await hasEnded(Promise.race(waits))).toBe(false);
    bell.ring();
    expect(await hasEnded(Promise.all(waits))).toBe(true);
  });

  test('lets a wait end by itself, because a ring may be lost', async () => {
    const wait = createBell().wait(1_000, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(999);
    expect(await hasEnded(wait)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await hasEnded(wait)).toBe(true);
  });

  test('does not let a ring between looking and waiting go by', async () => {
    const bell = createBell();
    const { signal } = new AbortController();
    const before = bell.rings;
    bell.ring();
    expect(await hasEnded(bell.wait(1_000, signal, before))).toBe(true);
    expect(await hasEnded(bell.wait(1_000, signal, bell.rings))).toBe(false);
  });

  test('lets go when the wait is aborted, before or meanwhile', async () => {
    const bell = createBell();
    const stopping = new AbortController();
    const wait = bell.wait(1_000, stopping.signal);
    stopping.abort();
    expect(await hasEnded(wait)).toBe(true);
    expect(await hasEnded(bell.wait(1_000, stopping.signal))).toBe(true);
  });

  test('leaves no timer behind', async () => {
    const bell = createBell();
    void bell.wait(1_000, new AbortController().signal);
    bell.ring();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('rings listeners until they are silenced', () => {
    const bell = createBell();
    let heard = 0;
    const silence = bell.onRing(() => (heard += 1));
    bell.ring();
    silence();
    bell.ring();
    expect(heard).toBe(1);
  });
});

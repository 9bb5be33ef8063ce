import { describe, expect, test } from 'vitest';

import { createReplayPacer } from './replay-pacer.ts';

describe('the pacer of replays', () => {
  const aPacer = () => {
    const clock = { now: 0 };
    return { clock, pacer: createReplayPacer({ rowsPerSecond: 1_000, burstRows: 400, now: () => clock.now }) };
  };

  test('lets a burst pass and then holds a reader to its rate', () => {
    const { clock, pacer } = aPacer();
    const waits = Array.from({ length: 5 }, () => {
      const wait = pacer.spend('merchant', 200);
      clock.now += wait;
      return wait;
    });
    expect(waits).toEqual([0, 0, 200, 200, 200]);
  });

  test('counts each reader by itself', () => {
    const { pacer } = aPacer();
    pacer.spend('merchant', 10_000);
    expect(pacer.spend('bank', 200)).toBe(0);
  });

  test('forgives after a silence, and never more than the burst', () => {
    const { clock, pacer } = aPacer();
    pacer.spend('merchant', 1_000);
    clock.now = 60_000;
    expect([pacer.spend('merchant', 400), pacer.spend('merchant', 100)]).toEqual([0, 100]);
  });

  test('remembers only those that owe something', () => {
    const { clock, pacer } = aPacer();
    pacer.spend('debtor', 1_000_000);
    for (let n = 0; n < 25_000; n++) {
      clock.now += 1;
      pacer.spend(`reader-${n}`, 1);
    }
    expect(pacer.spend('debtor', 0)).toBeGreaterThan(900_000);
  });
});

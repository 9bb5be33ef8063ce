import { describe, expect, test } from 'vitest';

import { OVERLAP_MS, ringAt } from './secret-ring.ts';

const T0 = Date.UTC(2026, 0, 1);
const at = (ms: number): Date => new Date(T0 + ms);
const member = (number: number, signsFromMs: number) => ({ number, signsFrom: at(signsFromMs) });
const HOUR = 3_600_000;

const statesOf = (members: ReturnType<typeof member>[], now: Date) => {
  const view = ringAt(members, now);
  return {
    states: Object.fromEntries([...view.states].map(([{ number }, state]) => [number, state])),
    believed: view.believed.map(({ number }) => number),
    until: view.until?.getTime() ?? null,
  };
};

describe('a ring of secrets', () => {
  const rotated = [member(1, 0), member(2, HOUR)];

  test.each([
    ['before the next one signs it is announced', at(HOUR - 1), { 1: 'SIGNS', 2: 'ANNOUNCED' }, [1, 2], T0 + HOUR],
    ['from its time on it signs and the older one is believed', at(HOUR), { 1: 'VERIFIES', 2: 'SIGNS' }, [2, 1], T0 + HOUR + OVERLAP_MS],
    ['to the end of the overlap', at(HOUR + OVERLAP_MS - 1), { 1: 'VERIFIES', 2: 'SIGNS' }, [2, 1], T0 + HOUR + OVERLAP_MS],
    ['and then no more', at(HOUR + OVERLAP_MS), { 1: 'ENDED', 2: 'SIGNS' }, [2], null],
  ] as const)('%s', (_, now, states, believed, until) => {
    expect(statesOf(rotated, now)).toEqual({ states, believed, until });
  });

  test('with several rotations ends each by its own successor', () => {
    const members = [member(1, 0), member(2, HOUR), member(3, 2 * HOUR), member(4, 9 * OVERLAP_MS)];
    expect(statesOf(members, at(HOUR + OVERLAP_MS))).toEqual({
      states: { 1: 'ENDED', 2: 'VERIFIES', 3: 'SIGNS', 4: 'ANNOUNCED' },
      believed: [3, 4, 2],
      until: T0 + 2 * HOUR + OVERLAP_MS,
    });
  });

  test('lets a newer secret overtake one that was announced for later', () => {
    const members = [member(1, 0), member(2, 5 * HOUR), member(3, HOUR)];
    expect(statesOf(members, at(2 * HOUR)).states).toEqual({ 1: 'VERIFIES', 2: 'VERIFIES', 3: 'SIGNS' });
  });

  test('that lies wholly in the future signs with its oldest', () => {
    expect(statesOf([member(1, HOUR), member(2, 2 * HOUR)], at(0))).toMatchObject({
      states: { 1: 'SIGNS', 2: 'ANNOUNCED' },
      believed: [1, 2],
    });
  });

  test('without members believes nobody', () => {
    expect(statesOf([], at(0))).toEqual({ states: {}, believed: [], until: null });
  });
});

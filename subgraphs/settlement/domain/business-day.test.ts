import { describe, expect, test } from 'vitest';

import { businessDayOf, type BusinessDay } from '../../../kernel/core/time.ts';
import { bookingDayFor, type DayState } from './business-day.ts';

const states = (days: Partial<Record<BusinessDay, DayState>>) => new Map(Object.entries(days) as [BusinessDay, DayState][]); // keys of the literal

describe('the day a payment is booked on', () => {
  const D1 = '2026-03-01';
  const D2 = '2026-03-02';
  const D3 = '2026-03-03';

  test.each([
    ['the day it succeeded, when nothing is known of it', {}, D1, { businessDay: D1, lateFrom: null }],
    ['the day it succeeded, while that is open', { [D1]: 'OPEN', [D2]: 'OPEN' }, D1, { businessDay: D1, lateFrom: null }],
    ['the oldest open day, once its own is closed', { [D3]: 'OPEN', [D2]: 'OPEN', [D1]: 'CLOSED' }, D1, { businessDay: D2, lateFrom: D1 }],
    ['an older day that is open, rather than a newer one', { [D1]: 'OPEN', [D2]: 'CLOSED' }, D2, { businessDay: D1, lateFrom: D2 }],
    ['today, when no day is open', { [D1]: 'CLOSED' }, D1, { businessDay: D3, lateFrom: D1 }],
  ] as const)('is %s', (_, known, day, expected) => {
    expect(bookingDayFor(day, states(known), D3)).toEqual(expected);
  });
});

describe('the Kyiv day of an instant', () => {
  test.each([
    ['2026-01-31T21:59:59.999Z', '2026-01-31', 'the last moment of a winter day'],
    ['2026-01-31T22:00:00.000Z', '2026-02-01', 'midnight in winter is 22:00 UTC'],
    ['2026-03-28T21:59:59.999Z', '2026-03-28', 'the evening before summer time begins'],
    ['2026-03-28T22:00:00.000Z', '2026-03-29', 'the day of 23 hours begins in winter time'],
    ['2026-03-29T20:59:59.999Z', '2026-03-29', 'and ends in summer time'],
    ['2026-03-29T21:00:00.000Z', '2026-03-30', 'midnight in summer is 21:00 UTC'],
    ['2026-10-24T21:00:00.000Z', '2026-10-25', 'the day of 25 hours begins in summer time'],
    ['2026-10-25T00:30:00.000Z', '2026-10-25', 'the hour that happens twice, first'],
    ['2026-10-25T01:30:00.000Z', '2026-10-25', 'the hour that happens twice, again'],
    ['2026-10-25T21:59:59.999Z', '2026-10-25', 'and ends in winter time'],
    ['2026-10-25T22:00:00.000Z', '2026-10-26', 'midnight is 22:00 UTC again'],
  ])('%s is %s: %s', (instant, day) => {
    expect(businessDayOf(new Date(instant))).toBe(day);
  });
});

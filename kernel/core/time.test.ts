import { expect, test } from 'vitest';

import { addBusinessDays, addMilliseconds, businessDayOf, startOfBusinessDay, type BusinessDay } from './time.ts';

test.each<[BusinessDay, string, number]>([
  ['2026-01-15', '2026-01-14T22:00:00.000Z', 24],
  ['2026-07-15', '2026-07-14T21:00:00.000Z', 24],
  // The clocks go forward at three and back at four: the days on which they do begin at the old offset.
  ['2026-03-29', '2026-03-28T22:00:00.000Z', 23],
  ['2026-10-25', '2026-10-24T21:00:00.000Z', 25],
])('%s begins at %s and has %i hours', (day, start, hours) => {
  expect(startOfBusinessDay(day).toISOString()).toBe(start);
  const next = startOfBusinessDay(addBusinessDays(day, 1));
  expect((next.getTime() - startOfBusinessDay(day).getTime()) / 3_600_000).toBe(hours);
  expect([addMilliseconds(next, -1), next].map(businessDayOf)).toEqual([day, addBusinessDays(day, 1)]);
});

test('days follow each other over the ends of months and years, whatever the clocks do', () => {
  expect(addBusinessDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(addBusinessDays('2028-03-01', -1)).toBe('2028-02-29');
  expect(addBusinessDays('2026-10-20', 31)).toBe('2026-11-20');
});

test('what is no day has no beginning', () => {
  expect(() => startOfBusinessDay('2026-02-30')).toThrow(RangeError);
});

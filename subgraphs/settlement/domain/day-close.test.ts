import { describe, expect, test } from 'vitest';

import { closeDueAt, missingFrom, nextCloseStep, type Booked, type CloseStep } from './day-close.ts';

const DAY = '2026-03-01';
/** 00:00:30 in Kyiv. */
const DUE = '2026-03-01T22:00:30.000Z';
const READ = { position: 10n, readAt: new Date('2026-03-01T22:01:00.000Z') };
const ALL: Booked = { position: 10n, parked: [] };

test.each([
  ['2026-03-01', DUE],
  ['2026-03-29', '2026-03-29T21:00:30.000Z'],
  ['2026-10-25', '2026-10-25T22:00:30.000Z'],
] as const)('%s may be closed from %s', (day, due) => {
  expect(closeDueAt(day).toISOString()).toBe(due);
});

describe('the next step of a day', () => {
  test.each<[string, typeof READ | null, Booked, string, CloseStep]>([
    ['in its last moment', null, ALL, '2026-03-01T21:59:59.999Z', 'NOT_DUE'],
    ['at midnight', null, ALL, '2026-03-01T22:00:00.000Z', 'NOT_DUE'],
    ['a moment before half a minute', null, ALL, '2026-03-01T22:00:29.999Z', 'NOT_DUE'],
    ['half a minute after midnight', null, ALL, DUE, 'READ_HEAD'],
    ['a month later, when nobody looked', null, ALL, '2026-04-01T22:00:30.000Z', 'READ_HEAD'],
    ['when all is booked', READ, ALL, '2026-03-01T22:01:00.000Z', 'CLOSE'],
    ['when more than that is booked', READ, { position: 99n, parked: [11n, 12n] }, '2026-03-01T22:01:00.000Z', 'CLOSE'],
    ['when one is not read yet', READ, { position: 9n, parked: [] }, '2026-03-01T22:01:00.000Z', 'WAIT'],
    ['when one is parked', READ, { position: 99n, parked: [10n] }, '2026-03-01T22:01:00.000Z', 'WAIT'],
    ['a moment before half an hour of waiting', READ, { position: 9n, parked: [] }, '2026-03-01T22:30:59.999Z', 'WAIT'],
    ['after half an hour of waiting', READ, { position: 9n, parked: [] }, '2026-03-01T22:31:00.000Z', 'CLOSE_INCOMPLETE'],
    ['after half an hour with a parked one', READ, { position: 99n, parked: [3n] }, '2026-03-01T22:31:00.000Z', 'CLOSE_INCOMPLETE'],
    ['after half an hour when all is booked', READ, ALL, '2026-03-02T22:31:00.000Z', 'CLOSE'],
  ])('%s', (_, target, booked, now, step) => {
    expect(nextCloseStep({ day: DAY, target }, booked, new Date(now))).toBe(step);
  });

  test('counts the half hour from when the head was read, wherever the clock jumped to', () => {
    const target = { position: 10n, readAt: new Date('2026-04-01T10:00:00.000Z') };
    const behind: Booked = { position: 9n, parked: [] };
    expect(nextCloseStep({ day: DAY, target }, behind, new Date('2026-04-01T10:29:59.999Z'))).toBe('WAIT');
    expect(nextCloseStep({ day: DAY, target }, behind, new Date('2026-04-01T10:30:00.000Z'))).toBe('CLOSE_INCOMPLETE');
  });
});

test('what is missing is what was not read and what is parked up to the head', () => {
  expect(missingFrom(10n, { position: 7n, parked: [2n, 7n, 11n] })).toBe(5n);
});

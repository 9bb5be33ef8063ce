import { describe, expect, test } from 'vitest';

import { readCreationTime } from './creation-time.ts';

const WINTER = new Date('2026-01-15T10:00:00Z');
const SUMMER = new Date('2026-07-15T10:00:00Z');

describe('the creation time of a payment message', () => {
  test.each([
    ['in winter both readings are UTC+2', WINTER, '2026-01-15', '11:59:00', '2026-01-15T09:59:00.000Z'],
    ['in summer UTC+2 is believed where it is past', SUMMER, '2026-07-15', '11:59:00', '2026-07-15T09:59:00.000Z'],
    ['in summer Kyiv local time is believed where UTC+2 would be the future', SUMMER, '2026-07-15', '12:59:00', '2026-07-15T09:59:00.000Z'],
    ['Kyiv local time just after midnight', new Date('2026-07-14T21:01:00Z'), '2026-07-15', '00:00:30', '2026-07-14T21:00:30.000Z'],
    ['five minutes ahead', WINTER, '2026-01-15', '12:05:00', '2026-01-15T10:05:00.000Z'],
    ['exactly 24 hours old', WINTER, '2026-01-14', '12:00:00', '2026-01-14T10:00:00.000Z'],
    ['a leap day', new Date('2028-02-29T10:00:00Z'), '2028-02-29', '12:00:00', '2028-02-29T10:00:00.000Z'],
  ])('%s', (_, now, date, time, instant) => {
    expect(readCreationTime(date, time, now)).toEqual({ ok: true, value: new Date(instant) });
  });

  test.each([
    ['in winter there is no third hour', WINTER, '2026-01-15', '12:59:00', 'CREATION_DATE_IS_NOT_PAST'],
    ['more than five minutes ahead', WINTER, '2026-01-15', '12:05:01', 'CREATION_DATE_IS_NOT_PAST'],
    ['in summer more than five minutes ahead in both readings', SUMMER, '2026-07-15', '13:05:01', 'CREATION_DATE_IS_NOT_PAST'],
    ['more than 24 hours old', WINTER, '2026-01-14', '11:59:59', 'INVALID_CREATION_DATE'],
    ['29 February of a common year', WINTER, '2026-02-29', '12:00:00', 'INVALID_CREATION_DATE'],
    ['month 13', WINTER, '2026-13-01', '12:00:00', 'INVALID_CREATION_DATE'],
    ['a date with a time in it', WINTER, '2026-01-15T00:00:00Z', '12:00:00', 'INVALID_CREATION_DATE'],
    ['no date', WINTER, undefined, '12:00:00', 'INVALID_CREATION_DATE'],
    ['a time with a zone', WINTER, '2026-01-15', '12:00:00Z', 'INVALID_CREATION_TIME'],
    ['second 60', WINTER, '2026-01-15', '11:59:60', 'INVALID_CREATION_TIME'],
    ['no time', WINTER, '2026-01-15', null, 'INVALID_CREATION_TIME'],
  ])('%s is refused', (_, now, date, time, code) => {
    expect(readCreationTime(date, time, now)).toEqual({ ok: false, failure: { code } });
  });
});

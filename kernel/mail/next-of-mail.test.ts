import { expect, test } from 'vitest';

import { MAIL_TRIES_MAX, MAIL_WAITS_MS, nextOfMail } from './next-of-mail.ts';

const now = new Date('2026-11-29T10:00:00Z');
const inMs = (milliseconds: number) => ({ state: 'WAITING', dueAt: new Date(now.getTime() + milliseconds) });

test.each([
  [1, 'SENT', { state: 'SENT' }],
  [MAIL_TRIES_MAX, 'SENT', { state: 'SENT' }],
  [1, 'REFUSED', { state: 'FAILED' }],
  [1, 'UNSENT', inMs(10_000)],
  [2, 'UNSENT', inMs(30_000)],
  [MAIL_WAITS_MS.length, 'UNSENT', inMs(3_600_000)],
  [MAIL_WAITS_MS.length + 1, 'UNSENT', inMs(3_600_000)],
  [MAIL_TRIES_MAX - 1, 'UNSENT', inMs(3_600_000)],
  [MAIL_TRIES_MAX, 'UNSENT', { state: 'FAILED' }],
] as const)('after try %i that is %s', (tries, outcome, next) => {
  expect(nextOfMail({ tries }, { outcome, now })).toEqual(next);
});

test('a mail is tried for two days', () => {
  const waits = Array.from({ length: MAIL_TRIES_MAX - 1 }, (_, n) => MAIL_WAITS_MS[Math.min(n, MAIL_WAITS_MS.length - 1)] ?? 0);
  const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(47);
  expect(hours).toBeLessThan(49);
});

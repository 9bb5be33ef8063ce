import { expect, test } from 'vitest';

import { BoardWindow, percentile } from './board-window.ts';
import { LegWindow } from './leg-window.ts';
import { LivePayments } from './live-payments.ts';
import type { LivePayment } from './payment-source.ts';

const NOW = Date.parse('2026-11-29T10:05:00.000Z');
const ALL = { bank: null, merchant: null };

function anEvent(
  type: LivePayment['type'],
  o: { secondsAgo?: number; tookMs?: number; bank?: string; merchant?: string; guid?: string } = {},
) {
  const at = NOW - (o.secondsAgo ?? 1) * 1_000;
  return {
    __typename: 'PaymentStatusChanged',
    type,
    occurredAt: new Date(at).toISOString(),
    payment: {
      guid: o.guid ?? 'p-1',
      version: 1,
      createdAt: new Date(at - (o.tookMs ?? 0)).toISOString(),
      initiatorBank: { guid: o.bank ?? 'b-1' },
      receiverBank: { guid: 'b-2' },
      merchant: { uid: o.merchant ?? 'm-1' },
    },
  } as unknown as LivePayment; // What the board reads of an event.
}

test('an empty board has no rate and no times, rather than perfect ones', () => {
  expect(new BoardWindow(() => NOW).figures(ALL)).toEqual({ perMinute: 0, successRate: null, p50: null, p95: null });
});

test('payments a minute are those of the last minute, rate and times those of the window', () => {
  const board = new BoardWindow(() => NOW);
  for (const secondsAgo of [200, 59, 1]) board.take(anEvent('PAYMENT_ACCEPTED', { secondsAgo }));
  board.take(anEvent('PAYMENT_SUCCEEDED', { secondsAgo: 200, tookMs: 100 }));
  board.take(anEvent('PAYMENT_SUCCEEDED', { tookMs: 900 }));
  board.take(anEvent('PAYMENT_REJECTED', { tookMs: 5_000 }));
  board.take(anEvent('PAYMENT_SUCCEEDED', { secondsAgo: 301, tookMs: 9_000 }));
  expect(board.figures(ALL)).toEqual({ perMinute: 2, successRate: 2 / 3, p50: 100, p95: 900 });
});

test('a bank counts what it sends and what it receives; a merchant what it is paid', () => {
  const board = new BoardWindow(() => NOW);
  board.take(anEvent('PAYMENT_ACCEPTED', { bank: 'b-1' }));
  board.take(anEvent('PAYMENT_ACCEPTED', { bank: 'b-3', merchant: 'm-2' }));
  expect(board.by('bank').map(({ id, perMinute }) => [id, perMinute])).toEqual([
    ['b-2', 2],
    ['b-1', 1],
    ['b-3', 1],
  ]);
  expect(board.by('merchant').map(({ id }) => id)).toEqual(['m-1', 'm-2']);
  expect(board.figures({ bank: 'b-3', merchant: null }).perMinute).toBe(1);
});

test('every second has its place, also one in which nothing happened', () => {
  const board = new BoardWindow(() => NOW);
  board.take(anEvent('PAYMENT_ACCEPTED', { secondsAgo: 2 }));
  board.take(anEvent('PAYMENT_SUCCEEDED', { secondsAgo: 0 }));
  expect(board.seconds(ALL, 3).map(({ accepted, succeeded }) => [accepted, succeeded])).toEqual([
    [1, 0],
    [0, 0],
    [0, 1],
  ]);
});

test.each([
  [[], 0.5, null],
  [[7], 0.95, 7],
  [[3, 1, 2], 0.5, 2],
  [Array.from({ length: 100 }, (_, i) => i + 1), 0.95, 95],
])('the percentile of %j at %d is a measured value', (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});

test('rows stand with the newest event first, and never go back to an older version', async () => {
  const live = new LivePayments({ now: () => NOW });
  const told = Promise.withResolvers<void>();
  live.subscribe(() => told.resolve());
  live.take(anEvent('PAYMENT_ACCEPTED', { guid: 'a' }));
  live.take(anEvent('PAYMENT_ACCEPTED', { guid: 'b' }));
  const newer = anEvent('PAYMENT_SUCCEEDED', { guid: 'a' });
  live.take({ ...newer, payment: { ...newer.payment, version: 4 } });
  live.take(anEvent('CALLBACK_ANSWERED', { guid: 'a' }));
  await told.promise;
  expect(live.view().rows.map(({ guid, version }) => [guid, version])).toEqual([
    ['a', 4],
    ['b', 1],
  ]);
});

test('while nobody looks nothing is told, and everything is counted', async () => {
  let hidden = true;
  const live = new LivePayments({ now: () => NOW, hidden: () => hidden });
  const notices: number[] = [];
  const told = Promise.withResolvers<void>();
  live.subscribe(() => {
    notices.push(live.view().rows.length);
    told.resolve();
  });
  live.take(anEvent('PAYMENT_ACCEPTED', { guid: 'a' }));
  live.shown(); // The page changed from hidden to hidden: whoever draws is not woken.
  hidden = false;
  live.take(anEvent('PAYMENT_ACCEPTED', { guid: 'b' }));
  live.shown();
  await told.promise;
  expect(notices).toEqual([2]);
  expect(live.board.figures(ALL).perMinute).toBe(2);
});

const answered = (callbackType: string, durationMs: number, o: Parameters<typeof anEvent>[1] & { readonly attempt?: number } = {}) => ({
  ...anEvent('CALLBACK_ANSWERED', o),
  answered: { callbackType, attempt: o.attempt ?? 1, durationMs },
});

test('a leg takes as long as the try that was answered, within the window and for whom one asks', () => {
  const legs = new LegWindow(() => NOW);
  for (const event of [
    answered('PAY_IN', 40, { attempt: 2 }),
    answered('PAY_IN', 60, { bank: 'b-9', merchant: 'm-9' }),
    answered('PAY_IN', 9_000, { secondsAgo: 301 }),
    answered('CREDIT', 7),
    { ...anEvent('CALLBACK_ANSWERED'), answered: null },
    { ...anEvent('PAYMENT_SUCCEEDED'), answered: null },
  ]) {
    legs.take(event as unknown as LivePayment); // What legs read of an event.
  }
  expect(legs.times('PAY_IN', ALL)).toEqual({ answers: 2, p50: 40, p95: 60, p99: 60 });
  expect(legs.times('PAY_IN', { bank: 'b-9', merchant: null })).toEqual({ answers: 1, p50: 60, p95: 60, p99: 60 });
  expect(legs.times('MERCHANT_PAY_IN', ALL)).toEqual({ answers: 0, p50: null, p95: null, p99: null });
});

test('a delivery that was answered late, or went to review, is counted: what is still open is asked anew then', async () => {
  const live = new LivePayments({ now: () => NOW });
  const told = Promise.withResolvers<void>();
  live.subscribe(() => told.resolve());
  for (const event of [answered('PAY_IN', 1, { attempt: 2 }), answered('PAY_IN', 1), anEvent('DELIVERY_PARKED')]) {
    live.take(event as unknown as LivePayment); // What is read of an event.
  }
  await told.promise;
  expect(live.view()).toMatchObject({ recovered: 1, parked: 1 });
});

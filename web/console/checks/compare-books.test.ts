import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { createRangeBook, RANGE_PAYMENTS_MAX, type RangeAnswer, type ReconciledPayment } from '../../../protocol/reconciliation.ts';
import { compareBooks, differencesCsv, differenceWord, type Progress } from './compare-books.ts';
import type { OwnPayment } from './own-list.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const guidOf = (n: number): string => {
  const hex = createHash('sha256').update(String(n)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};
const aPayment = (n: number, facts: Partial<OwnPayment> = {}): OwnPayment => ({
  guid: guidOf(n),
  pmType: 'trade',
  amountMinor: BigInt(n + 1),
  currency: 'UAH',
  isTypeStated: true,
  ...facts,
});
const many = (count: number): OwnPayment[] => Array.from({ length: count }, (_, n) => aPayment(n));

/** The hub with this book, answering as it does. */
function hubWith(payments: readonly ReconciledPayment[]) {
  const book = createRangeBook(payments, sha256);
  return async (prefixes: readonly string[]): Promise<RangeAnswer[]> =>
    prefixes.map((prefix) => {
      const summary = book.summary(prefix);
      const few = summary.count <= RANGE_PAYMENTS_MAX;
      const parts = '0123456789abcdef'
        .split('')
        .map((digit) => book.summary(prefix + digit))
        .filter(({ count }) => count > 0);
      return { ...summary, parts: few ? [] : parts, payments: few ? book.payments(prefix) : [] };
    });
}

async function compared(own: readonly OwnPayment[], hub: readonly ReconciledPayment[]) {
  const progress: Progress[] = [];
  const result = await compareBooks(own, { ask: hubWith(hub), onProgress: (at) => progress.push(at) });
  return { ...result, progress };
}

test('equal books take one question, asked about everything', async () => {
  const { differences, progress } = await compared(many(2_000).toReversed(), many(2_000));
  expect([differences, progress]).toEqual([[], [{ requests: 0, prefixes: [''] }]]);
});

test('walks down only where the digests differ, and names each difference from the reader’s side', async () => {
  const all = many(3_000);
  const own = [...all.filter((_, n) => n !== 7), aPayment(9_001)].map((payment) =>
    payment.guid === guidOf(8)
      ? { ...payment, amountMinor: 1n }
      : payment.guid === guidOf(9)
        ? { ...payment, pmType: 'p2p' as const }
        : payment,
  );
  const { differences, progress, ownCount, hubCount } = await compared(own, all);
  const found = differences.map((difference) => [
    (difference.kind === 'ONLY_THEIRS' ? difference.theirs : difference.own).guid,
    differenceWord(difference),
  ]);
  expect(found).toHaveLength(4);
  expect(new Map(found as [string, string][])).toEqual(
    new Map([
      [guidOf(7), 'Only with us'],
      [guidOf(9_001), 'Only with you'],
      [guidOf(8), 'Other amount'],
      [guidOf(9), 'Other type'],
    ]),
  );
  expect([ownCount, hubCount]).toEqual([3_000, 3_000]);
  expect(progress.length).toBeLessThanOrEqual(4);
  const guids = found.map(([guid = '']) => guid.replaceAll('-', ''));
  for (const { prefixes } of progress) for (const prefix of prefixes) expect(guids.some((guid) => guid.startsWith(prefix))).toBe(true);
});

test('a list that says nothing of types differs in amounts only', async () => {
  const hub = many(100).map((payment, n) => (n < 50 ? { ...payment, pmType: 'p2p' as const } : payment));
  const own = many(100).map((payment) => ({ ...payment, isTypeStated: false }));
  expect((await compared(own, hub)).differences).toEqual([]);
  const other = own.map((payment, n) => (n === 3 ? { ...payment, amountMinor: 77n } : payment));
  expect((await compared(other, hub)).differences).toMatchObject([{ kind: 'ALTERED', own: { guid: guidOf(3) } }]);
});

test('the file of differences says both sides', async () => {
  const { differences } = await compared([aPayment(1, { amountMinor: 999n }), aPayment(2)], [aPayment(1)]);
  const [, ...lines] = differencesCsv(differences).trim().split('\r\n');
  expect(lines.toSorted()).toEqual(
    [`${guidOf(1)},Other amount,0.02,9.99,UAH,trade,trade`, `${guidOf(2)},Only with you,,0.03,UAH,,trade`].toSorted(),
  );
});

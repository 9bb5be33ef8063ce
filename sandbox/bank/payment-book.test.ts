import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openPaymentBook, type BookedByBank } from './payment-book.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'payment-book-'));
});
afterAll(() => rm(folder, { recursive: true }));

const PAIR = { debtorBic: '980101', creditorBic: '980202' };
const DAY = { from: '2026-11-29', to: '2026-11-29' };
const payment = (n: number, more: Partial<BookedByBank> = {}): BookedByBank => ({
  guid: `0b6f0a44-2b5c-8d6e-8f70-00000000000${n}`,
  pmType: 'trade',
  amountMinor: '100',
  currency: 'UAH',
  ...PAIR,
  day: '2026-11-29',
  ...more,
});

test('a book has each payment once, on the day of its register, and the same after a restart', async () => {
  const file = join(folder, 'bank.jsonl');
  const book = await openPaymentBook(file);
  book.book(payment(1));
  book.book(payment(1, { amountMinor: '999' }));
  book.book(payment(2, { day: '2026-11-30' }));
  book.book(payment(3, { debtorBic: PAIR.creditorBic, creditorBic: PAIR.debtorBic }));
  book.book(payment(4));
  expect(book.of(PAIR, DAY)).toEqual([payment(1), payment(4)]);
  book.settledOn('2026-11-29', [payment(2).guid, payment(5).guid]);
  expect(book.forget(payment(4).guid)).toBe(true);
  expect(book.forget(payment(4).guid)).toBe(false);
  book.overwrite(payment(1, { amountMinor: '101' }));
  const expected = [payment(1, { amountMinor: '101' }), payment(2)];
  expect(book.of(PAIR, DAY)).toEqual(expected);
  await expect.poll(async () => (await readFile(file, 'utf8')).includes('"101"')).toBe(true);
  await appendFile(file, '{"guid":"0b6f');
  expect((await openPaymentBook(file)).of(PAIR, DAY)).toEqual(expected);
});

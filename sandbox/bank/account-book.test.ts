import { describe, expect, test } from 'vitest';

import { createAccountBook, type AccountBook } from './account-book.ts';

const IBAN = 'UA000000000000000000000000001';

function aBook(): AccountBook {
  const book = createAccountBook();
  book.open({ iban: IBAN, name: 'A', taxId: '1', phone: '+380670000001', balanceMinor: 1000n });
  return book;
}

describe('the books of a sandbox bank', () => {
  test('a hold keeps the balance and takes it from what can be spent', () => {
    const book = aBook();
    expect(book.hold('p1', IBAN, 700n)).toBeNull();
    expect(book.find(IBAN)).toMatchObject({ balanceMinor: 1000n, heldMinor: 700n });
    expect(book.hold('p2', IBAN, 400n)).toEqual({ code: 'FUNDS_MISSING' });
  });

  test('a settled hold debits once, however often the bank is told', () => {
    const book = aBook();
    book.hold('p1', IBAN, 700n);
    book.settle('p1');
    book.settle('p1');
    expect(book.find(IBAN)).toMatchObject({ balanceMinor: 300n, heldMinor: 0n });
  });

  test('a released hold leaves the balance as it was', () => {
    const book = aBook();
    book.hold('p1', IBAN, 700n);
    book.release('p1');
    book.settle('p1');
    expect(book.find(IBAN)).toMatchObject({ balanceMinor: 1000n, heldMinor: 0n });
  });

  test('a payment is credited once', () => {
    const book = aBook();
    book.credit('p1', IBAN, 5n);
    book.credit('p1', IBAN, 5n);
    expect(book.find(IBAN)).toMatchObject({ balanceMinor: 1005n });
  });

  test('an unknown account holds nothing', () => {
    expect(aBook().hold('p1', 'UA1', 1n)).toEqual({ code: 'ACCOUNT_UNKNOWN' });
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { bookPayment, checkBalanced, type LedgerEntry, type SucceededPayment } from './ledger.ts';

const BANK_A = '01890000-0000-7000-8000-00000000000a';
const BANK_B = '01890000-0000-7000-8000-00000000000b';
const DAY = { businessDay: '2026-03-01', lateFrom: null } as const;

function aPayment(facts: Partial<SucceededPayment> = {}): SucceededPayment {
  return {
    paymentGuid: '01890000-0000-8000-8000-000000000001',
    pmType: 'trade',
    initiatorBankGuid: BANK_A,
    receiverBankGuid: BANK_B,
    amount: { minor: 150_075n, currency: 'UAH' },
    succeededAt: new Date('2026-03-01T10:00:00.000Z'),
    details: { externalId: 'x', debtorAccount: 'UA1', creditorAccount: 'UA2', purpose: 'goods' },
    ...facts,
  };
}

const account = (kind: 'OBLIGATION' | 'CLAIM', bankGuid: string, counterpartyGuid: string) => ({ kind, bankGuid, counterpartyGuid });

describe('booking a payment', () => {
  test.each([
    ['between two banks', BANK_A, BANK_B],
    ['in the other direction', BANK_B, BANK_A],
    ['inside one bank', BANK_A, BANK_A],
  ])('%s debits the obligation of the initiator and credits the claim of the receiver', (_, initiatorBankGuid, receiverBankGuid) => {
    const booked = bookPayment(aPayment({ initiatorBankGuid, receiverBankGuid }), 'tx-1', DAY);
    expect(booked).toMatchObject({
      ok: true,
      value: {
        id: 'tx-1',
        debtorBankGuid: initiatorBankGuid,
        creditorBankGuid: receiverBankGuid,
        entries: [
          { account: account('OBLIGATION', initiatorBankGuid, receiverBankGuid), signedMinor: 150_075n, currency: 'UAH' },
          { account: account('CLAIM', receiverBankGuid, initiatorBankGuid), signedMinor: -150_075n, currency: 'UAH' },
        ],
      },
    });
  });

  test('a return is booked as its own payment, from the bank that sends the money back', () => {
    const original = bookPayment(aPayment(), 'tx-1', DAY);
    const returned = bookPayment(aPayment({ pmType: 'return', initiatorBankGuid: BANK_B, receiverBankGuid: BANK_A }), 'tx-2', DAY);
    if (!original.ok || !returned.ok) throw new Error('both are payable');
    expect([returned.value.debtorBankGuid, returned.value.creditorBankGuid]).toEqual([
      original.value.creditorBankGuid,
      original.value.debtorBankGuid,
    ]);
  });

  test('keeps the day that it belonged to when it comes late', () => {
    const booked = bookPayment(aPayment(), 'tx-1', { businessDay: '2026-03-02', lateFrom: '2026-03-01' });
    expect(booked).toMatchObject({ ok: true, value: { businessDay: '2026-03-02', lateFrom: '2026-03-01' } });
  });

  test.each([0n, -1n])('an amount of %d is refused', (minor) => {
    expect(bookPayment(aPayment({ amount: { minor, currency: 'UAH' } }), 'tx-1', DAY)).toEqual({
      ok: false,
      failure: { code: 'LEDGER_AMOUNT_NOT_POSITIVE' },
    });
  });

  test('every ledger transaction sums to zero, and so does any ledger of them', () => {
    const bank = fc.constantFrom(BANK_A, BANK_B, 'bank-c');
    const payment = fc.record({ from: bank, to: bank, minor: fc.bigInt({ min: 1n, max: 9_007_199_254_740_991n }) });
    fc.assert(
      fc.property(fc.array(payment, { minLength: 1 }), (payments) => {
        const entries = payments.flatMap(({ from, to, minor }) => {
          const booked = bookPayment(
            aPayment({ initiatorBankGuid: from, receiverBankGuid: to, amount: { minor, currency: 'UAH' } }),
            'tx',
            DAY,
          );
          if (!booked.ok) throw new Error(booked.failure.code);
          expect(checkBalanced(booked.value.entries).ok).toBe(true);
          return booked.value.entries;
        });
        expect(checkBalanced(entries).ok).toBe(true);
        const owed = entries.filter((entry) => entry.account.kind === 'OBLIGATION').reduce((sum, entry) => sum + entry.signedMinor, 0n);
        expect(owed).toBe(payments.reduce((sum, { minor }) => sum + minor, 0n));
      }),
    );
  });
});

describe('the balance of entries', () => {
  const entry = (signedMinor: bigint): LedgerEntry => ({ account: account('CLAIM', BANK_A, BANK_B), signedMinor, currency: 'UAH' });

  test.each([
    ['nothing', [], 'LEDGER_UNBALANCED'],
    ['a debit alone', [entry(5n)], 'LEDGER_UNBALANCED'],
    ['a kopiyka too little', [entry(5n), entry(-4n)], 'LEDGER_UNBALANCED'],
    ['an entry of nothing', [entry(5n), entry(-5n), entry(0n)], 'LEDGER_ENTRY_ZERO'],
  ])('%s is refused with its code', (_, entries, code) => {
    expect(checkBalanced(entries)).toEqual({ ok: false, failure: { code } });
  });
});

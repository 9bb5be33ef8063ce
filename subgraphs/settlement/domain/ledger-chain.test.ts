import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { chain, firstBreak, GENESIS_HASH, type ChainBreak, type ChainedTransaction } from './ledger-chain.ts';
import type { LedgerTransaction } from './ledger.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const START = { sequence: 0n, hash: GENESIS_HASH };

function aTransaction(n: number): LedgerTransaction {
  const amount = { minor: BigInt(n) * 100n, currency: 'UAH' } as const;
  const account = { kind: 'OBLIGATION', bankGuid: 'a', counterpartyGuid: 'b' } as const;
  return {
    id: `tx-${n}`,
    paymentGuid: `payment-${n}`,
    pmType: 'trade',
    debtorBankGuid: 'a',
    creditorBankGuid: 'b',
    amount,
    businessDay: '2026-03-01',
    lateFrom: null,
    succeededAt: new Date(Date.UTC(2026, 2, 1, 10, n)),
    entries: [
      { account, signedMinor: amount.minor, currency: 'UAH' },
      { account: { kind: 'CLAIM', bankGuid: 'b', counterpartyGuid: 'a' }, signedMinor: -amount.minor, currency: 'UAH' },
    ],
  };
}

const CHAINED = chain(START, [1, 2, 3, 4].map(aTransaction), sha256);

describe('the chain', () => {
  test('holds from its beginning and from any place in it', () => {
    expect(firstBreak(START, CHAINED, sha256)).toBeNull();
    expect(firstBreak(CHAINED[1] ?? START, CHAINED.slice(2), sha256)).toBeNull();
  });

  test('is the same whether transactions come together or one by one', () => {
    const oneByOne = [1, 2, 3, 4].reduce<readonly ChainedTransaction[]>(
      (chained, n) => [...chained, ...chain(chained.at(-1) ?? START, [aTransaction(n)], sha256)],
      [],
    );
    expect(oneByOne).toEqual(CHAINED);
  });
});

describe('an edit is found', () => {
  /** Every fact of a transaction that somebody could want to change. */
  const edits: readonly (readonly [string, Partial<ChainedTransaction>, ChainBreak['kind']])[] = [
    ['id', { id: 'tx-9' }, 'HASH'],
    ['payment', { paymentGuid: 'payment-9' }, 'HASH'],
    ['type', { pmType: 'return' }, 'HASH'],
    ['debtor', { debtorBankGuid: 'b' }, 'HASH'],
    ['creditor', { creditorBankGuid: 'a' }, 'HASH'],
    ['amount', { amount: { minor: 1n, currency: 'UAH' } }, 'HASH'],
    ['day', { businessDay: '2026-03-02' }, 'HASH'],
    ['lateness', { lateFrom: '2026-02-28' }, 'HASH'],
    ['time', { succeededAt: new Date(0) }, 'HASH'],
    ['entries', { entries: aTransaction(9).entries }, 'HASH'],
    ['hash', { hash: GENESIS_HASH }, 'HASH'],
    ['previous hash', { previousHash: GENESIS_HASH }, 'PREVIOUS_HASH'],
    ['place', { sequence: 9n }, 'SEQUENCE_GAP'],
  ];

  test.each(edits)('of the %s', (_, edit, kind) => {
    const edited = CHAINED.map((transaction, i) => (i === 1 ? { ...transaction, ...edit } : transaction));
    expect(firstBreak(START, edited, sha256)).toEqual({ sequence: 2n, kind });
  });

  test('that recomputes its own hash shows at the next row', () => {
    const [forged] = chain(CHAINED[0] ?? START, [{ ...aTransaction(2), paymentGuid: 'payment-9' }], sha256);
    const edited = CHAINED.map((transaction, i) => (i === 1 && forged ? forged : transaction));
    expect(firstBreak(START, edited, sha256)).toEqual({ sequence: 3n, kind: 'PREVIOUS_HASH' });
  });

  test('that removes a row', () => {
    expect(firstBreak(START, CHAINED.toSpliced(1, 1), sha256)).toEqual({ sequence: 2n, kind: 'SEQUENCE_GAP' });
  });

  test('that was booked unbalanced, with a right hash', () => {
    const unbalanced = { ...aTransaction(1), entries: aTransaction(1).entries.slice(0, 1) };
    expect(firstBreak(START, chain(START, [unbalanced], sha256), sha256)).toEqual({ sequence: 1n, kind: 'UNBALANCED' });
  });
});

import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { chain, firstBreak, GENESIS_HASH, type Chained, type ChainBreak, type ChainedTransaction } from './ledger-chain.ts';
import type { BookedPayment, BookedSettlement } from './ledger.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const START = { sequence: 0n, hash: GENESIS_HASH };

function aTransaction(n: number): BookedPayment {
  const amount = { minor: BigInt(n) * 100n, currency: 'UAH' } as const;
  const account = { kind: 'OBLIGATION', bankGuid: 'a', counterpartyGuid: 'b' } as const;
  return {
    kind: 'PAYMENT',
    id: `tx-${n}`,
    paymentGuid: `payment-${n}`,
    pmType: 'trade',
    debtorBankGuid: 'a',
    creditorBankGuid: 'b',
    amount,
    businessDay: '2026-03-01',
    lateFrom: null,
    succeededAt: new Date(Date.UTC(2026, 2, 1, 10, n)),
    fee: { rate: 0n, minor: 0n },
    details: { externalId: `x-${n}`, debtorAccount: 'UA1', creditorAccount: 'UA2', purpose: 'goods' },
    entries: [
      { account, signedMinor: amount.minor, currency: 'UAH' },
      { account: { kind: 'CLAIM', bankGuid: 'b', counterpartyGuid: 'a' }, signedMinor: -amount.minor, currency: 'UAH' },
    ],
  };
}

/** Of payments alone. */
const CHAINED = chain(START, [1, 2, 3, 4].map(aTransaction), sha256).filter(
  (transaction): transaction is Chained<BookedPayment> => transaction.kind === 'PAYMENT',
);

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
  type Edit = readonly [string, Partial<Chained<BookedPayment>>, ChainBreak['kind']];
  /** Every fact of a payment that somebody could want to change. */
  const edits: readonly Edit[] = [
    ['id', { id: 'tx-9' }, 'HASH'],
    ['payment', { paymentGuid: 'payment-9' }, 'HASH'],
    ['type', { pmType: 'return' }, 'HASH'],
    ['debtor', { debtorBankGuid: 'b' }, 'HASH'],
    ['creditor', { creditorBankGuid: 'a' }, 'HASH'],
    ['amount', { amount: { minor: 1n, currency: 'UAH' } }, 'HASH'],
    ['day', { businessDay: '2026-03-02' }, 'HASH'],
    ['lateness', { lateFrom: '2026-02-28' }, 'HASH'],
    ['time', { succeededAt: new Date(0) }, 'HASH'],
    ['fee', { fee: { rate: 0n, minor: 1n } }, 'HASH'],
    ['rate of the fee', { fee: { rate: 1n, minor: 0n } }, 'HASH'],
    ...(['externalId', 'debtorAccount', 'creditorAccount', 'purpose'] as const).map((detail): Edit => [
      detail,
      { details: { externalId: 'x-2', debtorAccount: 'UA1', creditorAccount: 'UA2', purpose: 'goods', [detail]: 'UA9' } },
      'HASH',
    ]),
    ['details, to none', { details: null }, 'HASH'],
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

  const SETTLEMENT: BookedSettlement = {
    kind: 'SETTLEMENT',
    id: 'tx-s',
    register: '0103260001',
    step: 'SENT',
    at: new Date(0),
    debtorBankGuid: 'a',
    creditorBankGuid: 'b',
    amount: { minor: 5n, currency: 'UAH' },
    businessDay: '2026-03-02',
    lateFrom: null,
    entries: aTransaction(1).entries,
  };
  const settled = chain(START, [SETTLEMENT], sha256);
  test.each<[string, Partial<BookedSettlement>]>([
    ['register', { register: '0103260002' }],
    ['step', { step: 'REJECTED' }],
    ['time', { at: new Date(1) }],
    ['amount', { amount: { minor: 6n, currency: 'UAH' } }],
  ])('of the %s of a settlement', (_, edit) => {
    expect(firstBreak(START, settled, sha256)).toBeNull();
    const edited = settled.map((transaction): ChainedTransaction => ({ ...transaction, ...edit }) as ChainedTransaction); // Still a settlement.
    expect(firstBreak(START, edited, sha256)).toEqual({ sequence: 1n, kind: 'HASH' });
  });
});

test('what was booked before fees and details were kept has the hash that it had', () => {
  const [old] = chain(START, [{ ...aTransaction(1), details: null }], sha256);
  expect(old?.hash).toBe('f9f62da024412c5b6aba810fc17d43078eff7492d12ad190be82fe21d8aad2ae');
});

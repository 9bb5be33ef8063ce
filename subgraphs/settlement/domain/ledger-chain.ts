import type { LedgerTransaction } from './ledger.ts';

/** The hash before the first transaction. Hashes are lower-case hex of SHA-256. */
export const GENESIS_HASH = '0'.repeat(64);

/** A transaction in its place: `sequence` counts from 1 without gaps, `hash` covers `previousHash` and everything that was booked. */
export interface ChainedTransaction extends LedgerTransaction {
  readonly sequence: bigint;
  readonly previousHash: string;
  readonly hash: string;
}

export interface ChainHead {
  readonly sequence: bigint;
  readonly hash: string;
}

export type Sha256 = (text: string) => string;

/** Appends transactions to the chain, in order. */
export function chain(head: ChainHead, transactions: readonly LedgerTransaction[], sha256: Sha256): readonly ChainedTransaction[] {
  let { sequence, hash } = head;
  return transactions.map((transaction) => {
    const previousHash = hash;
    sequence += 1n;
    hash = sha256(canonicalForm(transaction, sequence, previousHash));
    return { ...transaction, sequence, previousHash, hash };
  });
}

export const CHAIN_BREAKS = ['SEQUENCE_GAP', 'PREVIOUS_HASH', 'HASH', 'UNBALANCED'] as const;

/** Where the ledger is not what was booked, and how that shows. */
export interface ChainBreak {
  readonly sequence: bigint;
  readonly kind: (typeof CHAIN_BREAKS)[number];
}

/** The first break among transactions that follow `head`, in their order, or null. An edit at any row is found (I10). */
export function firstBreak(head: ChainHead, transactions: readonly ChainedTransaction[], sha256: Sha256): ChainBreak | null {
  let { sequence, hash } = head;
  for (const transaction of transactions) {
    sequence += 1n;
    if (transaction.sequence !== sequence) return { sequence, kind: 'SEQUENCE_GAP' };
    if (transaction.previousHash !== hash) return { sequence, kind: 'PREVIOUS_HASH' };
    if (transaction.hash !== sha256(canonicalForm(transaction, sequence, hash))) return { sequence, kind: 'HASH' };
    if (transaction.entries.reduce((sum, entry) => sum + entry.signedMinor, 0n) !== 0n) return { sequence, kind: 'UNBALANCED' };
    ({ hash } = transaction);
  }
  return null;
}

/** One line per fact, in a fixed order. No field can contain the separators: all are ids, numbers, days and codes. */
function canonicalForm(transaction: LedgerTransaction, sequence: bigint, previousHash: string): string {
  const { id, paymentGuid, pmType, debtorBankGuid, creditorBankGuid, amount, businessDay, lateFrom, succeededAt } = transaction;
  const entries = transaction.entries.map(
    ({ account, signedMinor, currency }) => `${account.kind}|${account.bankGuid}|${account.counterpartyGuid}|${signedMinor}|${currency}`,
  );
  return [
    previousHash,
    `${sequence}|${id}|${paymentGuid}|${pmType}|${debtorBankGuid}|${creditorBankGuid}`,
    `${amount.minor}|${amount.currency}|${businessDay}|${lateFrom ?? ''}|${succeededAt.toISOString()}`,
    ...entries,
  ].join('\n');
}

import type { LedgerTransaction } from './ledger.ts';

/** The hash before the first transaction. Hashes are lower-case hex of SHA-256. */
export const GENESIS_HASH = '0'.repeat(64);

/** A transaction in its place: `sequence` counts from 1 without gaps, `hash` covers `previousHash` and everything that was booked. */
export type Chained<Transaction extends LedgerTransaction> = Transaction & {
  readonly sequence: bigint;
  readonly previousHash: string;
  readonly hash: string;
};
export type ChainedTransaction = Chained<LedgerTransaction>;

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

/** One line per fact, in a fixed order. No field can contain the separators: all are ids, numbers, days and codes, and texts are JSON. */
export function canonicalForm(transaction: LedgerTransaction, sequence: bigint, previousHash: string): string {
  const { id, debtorBankGuid, creditorBankGuid, amount, businessDay, lateFrom } = transaction;
  const at = transaction.kind === 'PAYMENT' ? transaction.succeededAt : transaction.at;
  const entries = transaction.entries.map(
    ({ account, signedMinor, currency }) => `${account.kind}|${account.bankGuid}|${account.counterpartyGuid}|${signedMinor}|${currency}`,
  );
  return [
    previousHash,
    `${sequence}|${id}|${subjectOf(transaction)}|${debtorBankGuid}|${creditorBankGuid}`,
    `${amount.minor}|${amount.currency}|${businessDay}|${lateFrom ?? ''}|${at.toISOString()}`,
    ...entries,
    ...detailsOf(transaction),
  ].join('\n');
}

function subjectOf(transaction: LedgerTransaction): string {
  return transaction.kind === 'PAYMENT'
    ? `${transaction.paymentGuid}|${transaction.pmType}`
    : `${transaction.kind}|${transaction.register}|${transaction.step}`;
}

/** Nothing for what was booked before details were kept: its hash stays what it was. */
function detailsOf(transaction: LedgerTransaction): readonly string[] {
  if (transaction.kind !== 'PAYMENT') return [];
  const { details, fee } = transaction;
  if (details === null && fee.minor === 0n && fee.rate === 0n) return [];
  const printed = [details?.externalId, details?.debtorAccount, details?.creditorAccount, details?.purpose];
  return [JSON.stringify([...printed, fee.rate.toString(), fee.minor.toString()])];
}

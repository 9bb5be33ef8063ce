import { decimalFromMinor } from '../../../kernel/core/money.ts';
import { LEDGER_STATEMENT_KIND, type LedgerStatement } from '../../../protocol/payment-evidence.ts';
import { canonicalForm, type Chained } from '../domain/ledger-chain.ts';
import type { BookedPayment } from '../domain/ledger.ts';
import type { SealDeps } from './seal-registers.ts';

export type StatementDeps = Pick<SealDeps, 'issuer' | 'sign' | 'wallNow'>;

/** What the hub signs of the ledger transaction of a payment: the record and its place in the chain of hashes, so that whoever has it can compare it with the ledger for good. */
export function stateTransaction({ issuer, sign, wallNow }: StatementDeps, booked: Chained<BookedPayment>): Promise<string> {
  const { sequence, previousHash, hash, amount, businessDay, paymentGuid } = booked;
  const statement: LedgerStatement = {
    iss: issuer,
    iat: Math.floor(wallNow().getTime() / 1000),
    kind: LEDGER_STATEMENT_KIND,
    payment_message_guid: paymentGuid,
    sequence: sequence.toString(),
    amount: decimalFromMinor(amount.minor),
    currency: amount.currency,
    business_day: businessDay,
    previous_hash: previousHash,
    hash,
    record: canonicalForm(booked, sequence, previousHash),
  };
  return sign(JSON.stringify(statement));
}

import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

import type { Currency } from '../../../kernel/core/money.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { AccountKind, BookedPayment, LedgerTransaction, SettlementStep } from '../domain/ledger.ts';

export const ledgerTransactionEntity = defineEntity({
  name: 'LedgerTransaction',
  tableName: 'ledger_transaction',
  properties: {
    id: p.uuid().primary(),
    sequence: p.bigint('bigint'),
    kind: p.text().$type<LedgerTransaction['kind']>(),
    paymentGuid: p.uuid().nullable(),
    pmType: p.text().$type<BookedPayment['pmType']>().nullable(),
    register: p.text().nullable(),
    step: p.text().$type<SettlementStep>().nullable(),
    debtorBank: p.uuid(),
    creditorBank: p.uuid(),
    amountMinor: p.bigint('bigint'),
    currency: p.text().$type<Currency>(),
    businessDay: p.date().$type<BusinessDay>(),
    lateFrom: p.date().$type<BusinessDay>().nullable(),
    /** When it happened: the success of a payment, the step of a settlement. */
    succeededAt: p.datetime(),
    feeMinor: p.bigint('bigint'),
    feeRate: p.bigint('bigint'),
    externalId: p.text().nullable(),
    debtorAccount: p.text().nullable(),
    creditorAccount: p.text().nullable(),
    purpose: p.text().nullable(),
    previousHash: p.blob(),
    hash: p.blob(),
  },
});
export type LedgerTransactionRow = InferEntity<typeof ledgerTransactionEntity>;

export const ledgerEntryEntity = defineEntity({
  name: 'LedgerEntry',
  tableName: 'ledger_entry',
  properties: {
    transactionId: p.uuid().primary(),
    line: p.smallint().primary(),
    accountKind: p.text().$type<AccountKind>(),
    bank: p.uuid(),
    counterparty: p.uuid(),
    signedMinor: p.bigint('bigint'),
    currency: p.text().$type<Currency>(),
  },
});
export type LedgerEntryRow = InferEntity<typeof ledgerEntryEntity>;

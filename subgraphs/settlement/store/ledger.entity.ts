import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

import type { Currency } from '../../../kernel/core/money.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { AccountKind, LedgerTransaction } from '../domain/ledger.ts';

export const ledgerTransactionEntity = defineEntity({
  name: 'LedgerTransaction',
  tableName: 'ledger_transaction',
  properties: {
    id: p.uuid().primary(),
    sequence: p.bigint('bigint'),
    paymentGuid: p.uuid(),
    pmType: p.text().$type<LedgerTransaction['pmType']>(),
    debtorBank: p.uuid(),
    creditorBank: p.uuid(),
    amountMinor: p.bigint('bigint'),
    currency: p.text().$type<Currency>(),
    businessDay: p.date().$type<BusinessDay>(),
    lateFrom: p.date().$type<BusinessDay>().nullable(),
    succeededAt: p.datetime(),
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

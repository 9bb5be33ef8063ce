import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { Currency } from '../../../kernel/core/money.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { BalanceQuery, Balance, LedgerReads } from '../app/ports.ts';
import type { ChainedTransaction } from '../domain/ledger-chain.ts';
import { ledgerEntryEntity, ledgerTransactionEntity, type LedgerEntryRow, type LedgerTransactionRow } from './ledger.entity.ts';

export function createLedgerReads(deps: { readonly database: Database; readonly root: EntityManager }): LedgerReads {
  const { database, root } = deps;

  async function transactions(where: FilterQuery<LedgerTransactionRow>, limit?: number): Promise<readonly ChainedTransaction[]> {
    const em = root.fork();
    const rows = await em.find(ledgerTransactionEntity, where, { orderBy: { sequence: 'asc' }, ...(limit ? { limit } : {}) });
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const entries = await em.find(ledgerEntryEntity, { transactionId: { $in: ids } }, { orderBy: { line: 'asc' } });
    const entriesOf = Map.groupBy(entries, (entry) => entry.transactionId);
    return rows.map((row) => transactionOf(row, entriesOf.get(row.id) ?? []));
  }

  return {
    async transaction(id) {
      return (await transactions({ id }))[0] ?? null;
    },
    async transactionsOfPayments(paymentGuids) {
      const found = await transactions({ paymentGuid: { $in: paymentGuids.filter(isUuid) } });
      const byPayment = new Map(found.map((transaction) => [transaction.paymentGuid, transaction]));
      return paymentGuids.map((guid) => byPayment.get(guid) ?? null);
    },
    chainAfter: (sequence, limit) => transactions({ sequence: { $gt: sequence } }, limit),
    async head() {
      const { rows } = await database.pool.query<{ sequence: bigint; hash: string }>(
        "select sequence, encode(hash, 'hex') as hash from ledger_head",
      );
      const head = rows[0];
      if (!head) throw new Error('the ledger has no head');
      return head;
    },
    balances: (query) => readBalances(database, query),
  };
}

const BALANCES_SQL = `
select e.bank as debtor, e.counterparty as creditor, e.currency, sum(e.signed_minor)::bigint as minor, count(*)::int as payments
from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
where t.business_day = $1 and e.account_kind = 'OBLIGATION' and ($2::uuid is null or $2 in (e.bank, e.counterparty))
group by 1, 2, 3 order by 1, 2, 3`;

async function readBalances(database: Database, { businessDay, bankGuid }: BalanceQuery): Promise<readonly Balance[]> {
  const { rows } = await database.pool.query<{
    debtor: string;
    creditor: string;
    currency: Currency;
    minor: bigint;
    payments: number;
  }>(BALANCES_SQL, [businessDay, bankGuid]);
  return rows.map(({ debtor, creditor, currency, minor, payments }) => ({
    businessDay,
    debtorBankGuid: debtor,
    creditorBankGuid: creditor,
    currency,
    minor,
    paymentCount: payments,
  }));
}

function transactionOf(row: LedgerTransactionRow, entries: readonly LedgerEntryRow[]): ChainedTransaction {
  return {
    id: row.id,
    sequence: row.sequence,
    paymentGuid: row.paymentGuid,
    pmType: row.pmType,
    debtorBankGuid: row.debtorBank,
    creditorBankGuid: row.creditorBank,
    amount: { minor: row.amountMinor, currency: row.currency },
    businessDay: row.businessDay,
    lateFrom: row.lateFrom ?? null,
    succeededAt: row.succeededAt,
    previousHash: hex(row.previousHash),
    hash: hex(row.hash),
    entries: entries.map(({ accountKind, bank, counterparty, signedMinor, currency }) => ({
      account: { kind: accountKind, bankGuid: bank, counterpartyGuid: counterparty },
      signedMinor,
      currency,
    })),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { Currency } from '../../../kernel/core/money.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { BalanceQuery, Balance, LedgerReads, OpenBalance } from '../app/ports.ts';
import type { Chained, ChainedTransaction } from '../domain/ledger-chain.ts';
import type { BookedPayment } from '../domain/ledger.ts';
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
      const payments = found.filter((transaction): transaction is Chained<BookedPayment> => transaction.kind === 'PAYMENT');
      const byPayment = new Map(payments.map((transaction) => [transaction.paymentGuid, transaction]));
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
    openBalances: (bankGuid) => readOpenBalances(database, bankGuid),
  };
}

const BALANCES_SQL = `
select e.bank as debtor, e.counterparty as creditor, e.currency,
  coalesce(sum(e.signed_minor) filter (where e.account_kind = 'OBLIGATION'), 0)::bigint as minor,
  coalesce(-sum(e.signed_minor) filter (where e.account_kind = 'FEE_WITHHELD'), 0)::bigint as fee,
  (count(*) filter (where e.account_kind = 'OBLIGATION'))::int as payments
from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
where t.business_day = $1 and t.kind = 'PAYMENT' and e.account_kind in ('OBLIGATION', 'FEE_WITHHELD')
  and ($2::uuid is null or $2 in (e.bank, e.counterparty))
group by 1, 2, 3 order by 1, 2, 3`;

async function readBalances(database: Database, { businessDay, bankGuid }: BalanceQuery): Promise<readonly Balance[]> {
  const { rows } = await database.pool.query<{
    debtor: string;
    creditor: string;
    currency: Currency;
    minor: bigint;
    fee: bigint;
    payments: number;
  }>(BALANCES_SQL, [businessDay, bankGuid]);
  return rows.map(({ debtor, creditor, currency, minor, fee, payments }) => ({
    businessDay,
    debtorBankGuid: debtor,
    creditorBankGuid: creditor,
    currency,
    minor,
    feeMinor: fee,
    paymentCount: payments,
  }));
}

/** A payment is under way to a register, then its register is open or on its way: each is counted once. */
const OPEN_BALANCES_SQL = `
select debtor_bank as debtor, creditor_bank as creditor, currency, sum(accrued)::bigint as accrued, sum(due)::bigint as due, sum(moving)::bigint as moving
from (
  select debtor_bank, creditor_bank, currency, amount_minor - fee_minor as accrued, 0 as due, 0 as moving from ledger_transaction
  where kind = 'PAYMENT' and business_day in (select day from business_day where registers_made_at is null)
  union all
  select debtor_bank, creditor_bank, currency, 0, case state when 'PROCESSING' then 0 else total_minor - fee_minor end,
    case state when 'PROCESSING' then total_minor - fee_minor else 0 end
  from register where state in ('SENT', 'SENT_INTRABANK', 'PROCESSING')
) as open
where $1::uuid is null or $1 in (debtor_bank, creditor_bank)
group by 1, 2, 3 order by 1, 2, 3`;

async function readOpenBalances(database: Database, bankGuid: string | null): Promise<readonly OpenBalance[]> {
  const { rows } = await database.pool.query<{
    debtor: string;
    creditor: string;
    currency: Currency;
    accrued: bigint;
    due: bigint;
    moving: bigint;
  }>(OPEN_BALANCES_SQL, [bankGuid]);
  return rows.map(({ debtor, creditor, currency, accrued, due, moving }) => ({
    debtorBankGuid: debtor,
    creditorBankGuid: creditor,
    currency,
    accruedMinor: accrued,
    dueMinor: due,
    inTransitMinor: moving,
  }));
}

function transactionOf(row: LedgerTransactionRow, entries: readonly LedgerEntryRow[]): ChainedTransaction {
  const { id, sequence, currency, businessDay, succeededAt, kind, paymentGuid, pmType, register, step } = row;
  const common = {
    id,
    sequence,
    debtorBankGuid: row.debtorBank,
    creditorBankGuid: row.creditorBank,
    amount: { minor: row.amountMinor, currency },
    businessDay,
    lateFrom: row.lateFrom ?? null,
    previousHash: hex(row.previousHash),
    hash: hex(row.hash),
    entries: entries.map(({ accountKind, bank, counterparty, signedMinor, currency: ofEntry }) => ({
      account: { kind: accountKind, bankGuid: bank, counterpartyGuid: counterparty },
      signedMinor,
      currency: ofEntry,
    })),
  };
  if (kind === 'PAYMENT' && paymentGuid && pmType) {
    const fee = { minor: row.feeMinor, rate: row.feeRate };
    return { ...common, kind, paymentGuid, pmType, succeededAt, fee, details: detailsOf(row) };
  }
  if (kind === 'SETTLEMENT' && register && step) return { ...common, kind, register, step, at: succeededAt };
  throw new Error(`the ledger transaction ${id} is neither a payment nor a settlement`);
}

function detailsOf({ externalId, debtorAccount, creditorAccount, purpose }: LedgerTransactionRow): BookedPayment['details'] {
  const known = typeof externalId === 'string' && typeof debtorAccount === 'string' && typeof creditorAccount === 'string';
  return known && typeof purpose === 'string' ? { externalId, debtorAccount, creditorAccount, purpose } : null;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

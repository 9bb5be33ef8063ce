import type pg from 'pg';

import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import type { SettlementEventPayload } from '../../../schema/events/settlement.ts';
import type { LedgerView, OpenLedger } from '../app/ports.ts';
import type { DayState } from '../domain/business-day.ts';
import type { Chained, ChainedTransaction } from '../domain/ledger-chain.ts';
import type { BookedPayment } from '../domain/ledger.ts';
import { readFeeRules } from './fee-rules.store.ts';

/**
 * Takes the ledger's head for the rest of the transaction. Locks in this order: the head row FOR UPDATE (protects the chain and "not
 * booked yet"), then the day rows FOR SHARE.
 */
export async function openLedger(client: pg.ClientBase): Promise<OpenLedger> {
  const { rows } = await client.query<{ sequence: bigint; hash: string }>({
    name: 'lock-ledger-head',
    text: "select sequence, encode(hash, 'hex') as hash from ledger_head for update",
  });
  const head = rows[0];
  if (!head) throw new Error('the ledger has no head');
  return {
    head,
    async look(paymentGuids, days) {
      const view = await look(client, paymentGuids, days);
      const unknown = days.filter((day) => !view.days.has(day));
      const closed = days.some((day) => view.days.get(day) === 'CLOSED');
      if (unknown.length === 0 && !closed) return view;
      if (unknown.length > 0)
        await client.query('insert into business_day (day) select unnest($1::date[]) on conflict do nothing', [unknown]);
      // A day that closed while this waited for its row was still the oldest open one to the statement that waited.
      return look(client, paymentGuids, days);
    },
    feeRules: () => readFeeRules(client),
    append: (transactions, bookedAt) => append(client, transactions, bookedAt),
  };
}

const LOOK_SQL = `
with d as (
  select day, state from business_day
  where day = any($2::date[]) or day = (select min(day) from business_day where state = 'OPEN')
  for share
)
select day, state, null::uuid as booked from d
union all
select null, null, payment_guid from ledger_transaction where payment_guid = any($1::uuid[])`;

type Look =
  { readonly day: BusinessDay; readonly state: DayState; readonly booked: null } | { readonly day: null; readonly booked: string };

async function look(client: pg.ClientBase, paymentGuids: readonly string[], days: readonly BusinessDay[]): Promise<LedgerView> {
  const { rows } = await client.query<Look>({ name: 'look-at-ledger', text: LOOK_SQL, values: [paymentGuids, days] });
  return {
    booked: new Set(rows.flatMap((row) => row.booked ?? [])),
    days: new Map(rows.flatMap((row) => (row.day === null ? [] : [[row.day, row.state] as const]))),
  };
}

/** Transactions, entries and the head in one statement, so that the balance check sees whole transactions. */
const APPEND_SQL = `
with t as (
  insert into ledger_transaction (id, sequence, kind, payment_guid, pm_type, register, step, debtor_bank, creditor_bank, amount_minor, currency,
    business_day, late_from, succeeded_at, fee_minor, fee_rate, external_id, debtor_account, creditor_account, purpose, previous_hash, hash, booked_at)
  select id, sequence, kind, payment_guid, pm_type, register, step, debtor_bank, creditor_bank, amount_minor, currency,
    business_day, late_from, succeeded_at, fee_minor, fee_rate, external_id, debtor_account, creditor_account, purpose,
    decode(previous_hash, 'hex'), decode(hash, 'hex'), $23
  from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::uuid[], $10::bigint[], $11::text[],
    $12::date[], $13::date[], $14::timestamptz[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[])
    as new (id, sequence, kind, payment_guid, pm_type, register, step, debtor_bank, creditor_bank, amount_minor, currency,
      business_day, late_from, succeeded_at, fee_minor, fee_rate, external_id, debtor_account, creditor_account, purpose, previous_hash, hash)
), e as (
  insert into ledger_entry (transaction_id, line, account_kind, bank, counterparty, signed_minor, currency)
  select * from unnest($24::uuid[], $25::smallint[], $26::text[], $27::uuid[], $28::uuid[], $29::bigint[], $30::text[])
)
update ledger_head set sequence = $31, hash = decode($32, 'hex')`;

async function append(client: pg.ClientBase, transactions: readonly ChainedTransaction[], bookedAt: Instant): Promise<void> {
  const last = transactions.at(-1);
  if (!last) return;
  const rows = transactions.map(transactionColumns);
  const entries = transactions.flatMap(({ id, entries: lines }) =>
    lines.map(({ account, signedMinor, currency }, line) => [
      id,
      line,
      account.kind,
      account.bankGuid,
      account.counterpartyGuid,
      signedMinor,
      currency,
    ]),
  );
  await client.query({
    name: 'append-ledger',
    text: APPEND_SQL,
    values: [...columnsOf(rows, TRANSACTION_COLUMNS), bookedAt, ...columnsOf(entries, ENTRY_COLUMNS), last.sequence, last.hash],
  });
  const payments = transactions.filter((transaction): transaction is Chained<BookedPayment> => transaction.kind === 'PAYMENT');
  await insertEvents(
    client,
    payments.map((transaction) => ({
      audience: [transaction.debtorBankGuid, transaction.creditorBankGuid],
      subject: transaction.id,
      version: 1,
      type: 'PaymentBooked',
      payload: bookedPayload(transaction),
      at: bookedAt,
    })),
  );
}

const TRANSACTION_COLUMNS = 22;
const ENTRY_COLUMNS = 7;

/** In the order of the statement's first parameters. */
function transactionColumns(t: ChainedTransaction): readonly unknown[] {
  const common = [t.debtorBankGuid, t.creditorBankGuid, t.amount.minor, t.amount.currency, t.businessDay, t.lateFrom] as const;
  const chained = [t.previousHash, t.hash] as const;
  if (t.kind === 'SETTLEMENT') {
    const noDetails = [0n, 0n, null, null, null, null] as const;
    return [t.id, t.sequence, t.kind, null, null, t.register, t.step, ...common, t.at.toISOString(), ...noDetails, ...chained];
  }
  const { fee, details } = t;
  const printed = [details?.externalId, details?.debtorAccount, details?.creditorAccount, details?.purpose].map((text) => text ?? null);
  const happened = [t.succeededAt.toISOString(), fee.minor, fee.rate];
  return [t.id, t.sequence, t.kind, t.paymentGuid, t.pmType, null, null, ...common, ...happened, ...printed, ...chained];
}

/** Rows as the arrays that unnest wants, one for each column. */
function columnsOf(rows: readonly (readonly unknown[])[], count: number): unknown[][] {
  return Array.from({ length: count }, (_, column) => rows.map((row) => row[column]));
}

function bookedPayload(transaction: Chained<BookedPayment>): SettlementEventPayload<'PaymentBooked'> {
  const { id: ledgerTransactionId, paymentGuid, debtorBankGuid, creditorBankGuid, businessDay, amount } = transaction;
  return {
    ledgerTransactionId,
    paymentGuid,
    debtorBankGuid,
    creditorBankGuid,
    businessDay,
    amountMinor: amount.minor.toString(),
    currency: amount.currency,
  };
}

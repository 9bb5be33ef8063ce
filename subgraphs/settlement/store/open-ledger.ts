import type pg from 'pg';

import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import type { SettlementEventPayload } from '../../../schema/events/settlement.ts';
import type { LedgerView, OpenLedger } from '../app/ports.ts';
import type { DayState } from '../domain/business-day.ts';
import type { ChainedTransaction } from '../domain/ledger-chain.ts';

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
  insert into ledger_transaction (id, sequence, payment_guid, pm_type, debtor_bank, creditor_bank, amount_minor, currency,
    business_day, late_from, succeeded_at, booked_at, previous_hash, hash)
  select id, sequence, payment_guid, pm_type, debtor_bank, creditor_bank, amount_minor, currency,
    business_day, late_from, succeeded_at, $13, decode(previous_hash, 'hex'), decode(hash, 'hex')
  from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::bigint[], $8::text[],
    $9::date[], $10::date[], $11::timestamptz[], $12::text[], $14::text[])
    as new (id, sequence, payment_guid, pm_type, debtor_bank, creditor_bank, amount_minor, currency,
      business_day, late_from, succeeded_at, previous_hash, hash)
), e as (
  insert into ledger_entry (transaction_id, line, account_kind, bank, counterparty, signed_minor, currency)
  select * from unnest($15::uuid[], $16::smallint[], $17::text[], $18::uuid[], $19::uuid[], $20::bigint[], $21::text[])
)
update ledger_head set sequence = $22, hash = decode($23, 'hex')`;

async function append(client: pg.ClientBase, transactions: readonly ChainedTransaction[], bookedAt: Instant): Promise<void> {
  const last = transactions.at(-1);
  if (!last) return;
  const entries = transactions.flatMap((transaction) => transaction.entries.map((entry, line) => ({ id: transaction.id, line, ...entry })));
  await client.query({
    name: 'append-ledger',
    text: APPEND_SQL,
    values: [
      transactions.map((t) => t.id),
      transactions.map((t) => t.sequence),
      transactions.map((t) => t.paymentGuid),
      transactions.map((t) => t.pmType),
      transactions.map((t) => t.debtorBankGuid),
      transactions.map((t) => t.creditorBankGuid),
      transactions.map((t) => t.amount.minor),
      transactions.map((t) => t.amount.currency),
      transactions.map((t) => t.businessDay),
      transactions.map((t) => t.lateFrom),
      transactions.map((t) => t.succeededAt.toISOString()),
      transactions.map((t) => t.previousHash),
      bookedAt,
      transactions.map((t) => t.hash),
      entries.map((entry) => entry.id),
      entries.map((entry) => entry.line),
      entries.map((entry) => entry.account.kind),
      entries.map((entry) => entry.account.bankGuid),
      entries.map((entry) => entry.account.counterpartyGuid),
      entries.map((entry) => entry.signedMinor),
      entries.map((entry) => entry.currency),
      last.sequence,
      last.hash,
    ],
  });
  await insertEvents(
    client,
    transactions.map((transaction) => ({
      audience: [transaction.debtorBankGuid, transaction.creditorBankGuid],
      subject: transaction.id,
      version: 1,
      type: 'PaymentBooked',
      payload: bookedPayload(transaction),
      at: bookedAt,
    })),
  );
}

function bookedPayload(transaction: ChainedTransaction): SettlementEventPayload<'PaymentBooked'> {
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

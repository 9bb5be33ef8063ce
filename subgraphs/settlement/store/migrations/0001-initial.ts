import { GENESIS_HASH } from '../../domain/ledger-chain.ts';
import { eventLogMigrationSql } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** The ledger: append-only, balanced, chained. */
export const initial: Migration = {
  name: '0001-initial',
  sql: `
create table business_day (
  day date primary key,
  state text not null default 'OPEN' check (state in ('OPEN', 'CLOSED')),
  closed_at timestamptz
);
create index on business_day (day) where state = 'OPEN';

create table ledger_transaction (
  id uuid primary key,
  sequence bigint not null unique,
  payment_guid uuid not null unique,
  pm_type text not null,
  debtor_bank uuid not null,
  creditor_bank uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  business_day date not null,
  late_from date,
  succeeded_at timestamptz not null,
  booked_at timestamptz not null,
  previous_hash bytea not null,
  hash bytea not null
);
create index on ledger_transaction (business_day);

create table ledger_entry (
  -- Of a ledger_transaction: assert_ledger_entries sees to it, once per statement; a foreign key would look once per row.
  transaction_id uuid not null,
  line smallint not null,
  account_kind text not null check (account_kind in ('OBLIGATION', 'CLAIM')),
  bank uuid not null,
  counterparty uuid not null,
  -- Debit positive, credit negative.
  signed_minor bigint not null check (signed_minor <> 0),
  currency text not null,
  primary key (transaction_id, line)
);

create table ledger_head (
  only_row boolean primary key default true check (only_row),
  sequence bigint not null,
  hash bytea not null
) with (fillfactor = 10);
insert into ledger_head (sequence, hash) values (0, decode('${GENESIS_HASH}', 'hex'));

-- One look per statement at all of its entries: a statement inserts whole transactions or nothing.
create function assert_ledger_entries() returns trigger language plpgsql as $$ begin
  if exists (select from booked b where not exists (select from ledger_transaction t where t.id = b.transaction_id)) then
    raise exception 'an entry belongs to no ledger transaction' using errcode = 'foreign_key_violation';
  end if;
  if exists (select from booked group by transaction_id, currency having sum(signed_minor) <> 0) then
    raise exception 'the entries of a ledger transaction do not sum to zero' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger ledger_entry_complete after insert on ledger_entry
  referencing new table as booked for each statement execute function assert_ledger_entries();

create function refuse_ledger_change() returns trigger language plpgsql as $$ begin
  raise exception 'the ledger is append-only' using errcode = 'restrict_violation';
end $$;
create trigger ledger_transaction_append_only before update or delete or truncate on ledger_transaction
  for each statement execute function refuse_ledger_change();
create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
  for each statement execute function refuse_ledger_change();

${eventLogMigrationSql('settlement')}
`,
};

import { CALLBACK_MIGRATION_SQL, CALLBACK_TRACE_SQL } from '../../../../kernel/wire/callback.sql.ts';
import { IDEMPOTENCY_MIGRATION_SQL } from '../../../../kernel/runtime/idempotency.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Fees, what registers print of a payment, days that close, registers and their settlement. */
export const registers: Migration = {
  name: '0002-registers',
  sql: `
alter table ledger_transaction
  alter column payment_guid drop not null,
  alter column pm_type drop not null,
  add column kind text not null default 'PAYMENT' check (kind in ('PAYMENT', 'SETTLEMENT')),
  add column register text,
  add column step text check (step in ('SENT', 'REJECTED', 'PAID', 'PAID_INTERNALLY')),
  add column fee_minor bigint not null default 0 check (fee_minor >= 0 and fee_minor < amount_minor),
  -- Millionths.
  add column fee_rate bigint not null default 0,
  add column external_id text,
  add column debtor_account text,
  add column creditor_account text,
  add column purpose text,
  add check ((kind = 'PAYMENT') = (payment_guid is not null and pm_type is not null)),
  add check ((kind = 'SETTLEMENT') = (register is not null and step is not null));
-- The rows of a register are the payments of its day and pair, in the order of the ledger: a closed day takes no more.
create index ledger_payment_of_register on ledger_transaction (business_day, debtor_bank, creditor_bank, currency, sequence) where kind = 'PAYMENT';
drop index ledger_transaction_business_day_idx;
create index on ledger_transaction (register) where register is not null;

alter table ledger_entry drop constraint ledger_entry_account_kind_check;
alter table ledger_entry add constraint ledger_entry_account_kind_check
  check (account_kind in ('OBLIGATION', 'CLAIM', 'FEE_WITHHELD', 'FEE_CHARGED', 'TRANSIT_OUT', 'TRANSIT_IN'));

alter table business_day
  -- Where the payments log ended when the day had ended, and when that was read.
  add column target_position bigint,
  add column target_read_at timestamptz,
  -- Events that were missing when the day closed all the same; 0 when none was.
  add column missing bigint check (missing >= 0),
  add column registers_made_at timestamptz,
  add check ((target_position is null) = (target_read_at is null)),
  add check (state = 'CLOSED' or registers_made_at is null);
create index on business_day (day) where registers_made_at is null;

create table fee_rule (
  id uuid primary key,
  debtor_bank uuid not null,
  creditor_bank uuid not null,
  kind text not null check (kind in ('trade', 'p2p')),
  rate bigint not null check (rate between 0 and 1000000),
  fixed_minor bigint not null check (fixed_minor >= 0),
  min_minor bigint not null check (min_minor >= 0),
  max_minor bigint check (max_minor >= min_minor),
  valid_from date not null,
  valid_until date check (valid_until >= valid_from),
  set_by text not null,
  set_at timestamptz not null,
  unique (debtor_bank, creditor_bank, kind, valid_from)
);

create table register (
  number text primary key,
  business_day date not null references business_day,
  debtor_bank uuid not null,
  creditor_bank uuid not null,
  debtor_name text not null,
  debtor_bic text not null,
  creditor_name text not null,
  creditor_bic text not null,
  creditor_code text not null,
  charging_account text not null,
  purpose text not null,
  currency text not null,
  total_minor bigint not null check (total_minor >= 0),
  fee_minor bigint not null check (fee_minor >= 0 and fee_minor <= total_minor),
  payment_count int not null check (payment_count >= 0),
  state text not null check (state in ('SENT', 'SENT_NO_PM', 'SENT_INTRABANK', 'PROCESSING', 'PAID')),
  -- Of the events of the register; 1 when it is made.
  version int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- When its callbacks were written.
  announced_at timestamptz,
  unique (business_day, debtor_bank, creditor_bank, currency),
  check ((state = 'SENT_NO_PM') = (payment_count = 0)),
  check ((payment_count = 0) = (total_minor = 0))
);
create index on register (debtor_bank, created_at desc, number desc);
create index on register (creditor_bank, created_at desc, number desc);
create index on register (created_at desc, number desc);
create index on register (number) where announced_at is null;

create table settlement_payment (
  register text not null references register,
  debtor_bank uuid not null,
  -- Its id in the paying bank, which may not pay two registers.
  external_id text not null,
  state text not null check (state in ('SENT', 'REJECTED', 'PAID')),
  creation_date text,
  sent_at timestamptz not null,
  ended_at timestamptz,
  primary key (debtor_bank, external_id),
  check ((state = 'SENT') = (ended_at is null))
);
create index on settlement_payment (register, sent_at);
-- One on its way, or one that paid it.
create unique index on settlement_payment (register) where state <> 'REJECTED';

${CALLBACK_MIGRATION_SQL}
${CALLBACK_TRACE_SQL}
${IDEMPOTENCY_MIGRATION_SQL}
`,
};

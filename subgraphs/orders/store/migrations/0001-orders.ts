import { eventLogMigrationSql } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import { IDEMPOTENCY_MIGRATION_SQL } from '../../../../kernel/runtime/idempotency.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * An order is two rows that are inserted by one statement. `order_facts` never changes and carries the wide columns and the lists'
 * indexes; `order_state` is what a payment rewrites twice, and stays narrow. The view `orders` is what reads see.
 */
export const ordersMigration: Migration = {
  name: '0001-orders',
  sql: `
${eventLogMigrationSql('orders')}
${IDEMPOTENCY_MIGRATION_SQL}

create table order_facts (
  order_id uuid primary key,
  merchant_uid text not null,
  reference text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  purpose text not null,
  redirect_url text not null,
  issued_at timestamptz,
  expires_at timestamptz not null,
  beneficiary jsonb,
  created_at timestamptz not null,
  merchant_name text not null,
  merchant_tax_number text not null,
  merchant_iban text not null,
  merchant_mcc int not null,
  merchant_logo_url text,
  merchant_callback_url text not null,
  receiver_bank_guid uuid not null,
  receiver_bank_bic text not null,
  unique (merchant_uid, reference)
);
create index on order_facts (merchant_uid, order_id);
create index on order_facts (receiver_bank_guid, order_id);

create table order_state (
  order_id uuid primary key,
  status text not null check (status in ('CREATED', 'IN_PROGRESS', 'SUCCESS', 'CANCELED')),
  version int not null,
  expires_at timestamptz not null,
  rejects jsonb not null,
  holder_guid uuid,
  holder_bank_guid uuid,
  holder_external_id text,
  holder_debtor_account text,
  claimed_at timestamptz,
  claim_check_at timestamptz,
  ended_at timestamptz,
  cancel_cause text check (cancel_cause in ('EXPIRED', 'MERCHANT')),
  check ((status in ('IN_PROGRESS', 'SUCCESS')) = (holder_guid is not null)),
  check ((status in ('SUCCESS', 'CANCELED')) = (ended_at is not null)),
  check ((status = 'CANCELED') = (cancel_cause is not null))
);
create index on order_state (expires_at) where status = 'CREATED';
create index on order_state (claim_check_at) where status = 'IN_PROGRESS';

create view orders as
  select f.*, s.status, s.version, s.rejects, s.holder_guid, s.holder_bank_guid, s.holder_external_id, s.holder_debtor_account,
    s.claimed_at, s.ended_at, s.cancel_cause
  from order_facts f join order_state s using (order_id);

create table expiration_callback (
  delivery_id uuid primary key,
  order_id uuid not null unique,
  merchant_uid text not null,
  url text not null,
  body text not null,
  state text not null check (state in ('PENDING', 'DELIVERED', 'FAILED')),
  attempts int not null,
  due_at timestamptz not null,
  lease uuid,
  last_status int,
  ended_at timestamptz
);
create index on expiration_callback (due_at) where state = 'PENDING';
create index on expiration_callback (merchant_uid, delivery_id);

create table expiration_attempt (
  delivery_id uuid not null,
  attempt int not null,
  started_at timestamptz not null,
  duration_ms int not null,
  status int,
  failure text,
  stray boolean not null
);
create index on expiration_attempt (delivery_id, attempt);
`,
};

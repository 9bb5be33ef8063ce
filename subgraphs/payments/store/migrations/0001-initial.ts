import { eventLogMigrationSql } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import { IDEMPOTENCY_MIGRATION_SQL } from '../../../../kernel/runtime/idempotency.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * `payment` and `delivery` are updated at every step and therefore narrow; what never changes (the message, the signed payloads, the
 * tries) lies beside them in tables that only grow. There are no foreign keys on this path: every row is written by the one
 * statement of its step, which takes its parent from the same statement.
 */
export const initial: Migration = {
  name: '0001-initial',
  sql: `
create table payment (
  guid uuid primary key,
  version int not null,
  event_version int not null,
  state text not null check (state in ('TOMBSTONE', 'PENDING', 'SUCCESS', 'REJECT')),
  order_id uuid,
  reason_code text,
  created_at timestamptz not null,
  decided_at timestamptz,
  updated_at timestamptz not null
) with (fillfactor = 80);
-- Two payments never hold one order, whatever orders believes.
create unique index payment_holder on payment (order_id) where state in ('PENDING', 'SUCCESS');

create table payment_message (
  guid uuid primary key,
  pm_type text not null,
  order_id uuid,
  merchant_uid text,
  initiator_bank_guid uuid not null,
  receiver_bank_guid uuid,
  external_id text not null,
  amount_minor bigint not null,
  currency text not null,
  debtor_account text not null,
  creditor_account text not null,
  purpose text not null,
  accepted_at timestamptz not null,
  body bytea not null,
  body_sha256 text not null,
  sender_kid text not null,
  received_at timestamptz not null,
  order_snapshot jsonb
) with (toast_tuple_target = 8160);
create index on payment_message (initiator_bank_guid, accepted_at, guid);
create index on payment_message (receiver_bank_guid, accepted_at, guid);
create index on payment_message (merchant_uid, accepted_at, guid);
create index on payment_message (accepted_at, guid);
create index on payment_message (order_id);

-- due_at: when the next try may start; under a lease, when the lease ends.
create table delivery (
  id uuid primary key,
  payment_guid uuid not null,
  sequence int not null,
  callback_type text not null,
  receiver_kind text not null,
  receiver_id text not null,
  state text not null check (state in ('WAITING', 'DONE', 'REFUSED', 'EXHAUSTED', 'PARKED', 'FAILED', 'RESOLVED')),
  attempts int not null default 0,
  last_answer text,
  refused_in_row int not null default 0,
  unclear_tries int not null default 0,
  http_answers int not null default 0,
  one_more boolean not null default false,
  due_at timestamptz not null,
  lease_token uuid,
  outcome text,
  outcome_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (payment_guid, sequence)
) with (fillfactor = 80);
create index delivery_due on delivery (receiver_id, due_at) where state = 'WAITING';
create index delivery_shown on delivery (updated_at, id) where state in ('PARKED', 'FAILED');

-- The payload token of a delivery, byte-equal over its tries.
create table delivery_payload (
  delivery_id uuid primary key,
  token text not null
) with (toast_tuple_target = 8160);

-- One lease allows one try. A stray try came back after its lease had passed to somebody else, and changed nothing.
create table attempt (
  delivery_id uuid not null,
  lease_token uuid not null,
  attempt int not null,
  started_at timestamptz not null,
  duration_ms int not null,
  answer text not null,
  status int,
  error text,
  stray boolean not null,
  primary key (delivery_id, lease_token)
);

-- Messages that were refused at once: nothing of a person, nothing that could be replayed.
create table refused_message (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  body_sha256 text not null,
  sender_id text not null,
  code text not null
);

create table operation_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  subject text not null,
  action text not null,
  payment_guid uuid not null,
  delivery_id uuid not null,
  outcome text,
  reason text
);
${IDEMPOTENCY_MIGRATION_SQL}${eventLogMigrationSql('payments')}`,
};

import { CALLBACK_MIGRATION_SQL, CALLBACK_QUESTIONS_SQL, CALLBACK_TRACE_SQL } from '../../../../kernel/wire/callback.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * Orders between people, pay requests, searches for receivers. The order's row is the lock of all three, and `version` counts the events of all of
 * them. Which payment holds an order, the table `payment` says.
 */
export const p2p: Migration = {
  name: '0007-p2p',
  sql: `
create table p2p_order (
  guid uuid primary key,
  version int not null,
  status text not null check (status in ('CREATED', 'PENDING', 'PROCESSING', 'PAID', 'REJECTED', 'EXPIRED')),
  type text not null check (type in ('phone', 'link')),
  bank_guid uuid not null,
  external_id text not null,
  -- Of the request's payload: the same request again is answered with the same order.
  request_sha256 text not null,
  phone text,
  debtor_account text,
  receiver_account text,
  receiver_bank_guid uuid,
  amount_minor bigint,
  currency text not null,
  purpose text not null,
  expires_at timestamptz not null,
  reject_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (bank_guid, external_id),
  check ((type = 'phone') = (phone is not null and debtor_account is not null)),
  check ((receiver_account is null) = (receiver_bank_guid is null)),
  check ((status = 'REJECTED') = (reject_reason is not null))
);
create index on p2p_order (bank_guid, created_at, guid);
create index on p2p_order (created_at, guid);
create index p2p_order_ending on p2p_order (expires_at) where status in ('CREATED', 'PROCESSING');

create table pay_request (
  guid uuid primary key,
  order_guid uuid not null references p2p_order,
  version int not null,
  status text not null check (status in ('CREATED', 'FETCHING', 'COMPLETED', 'FAILED')),
  bank_guid uuid not null,
  debtor_account text not null,
  jti text not null,
  receiver_account text,
  receiver_bank_guid uuid,
  -- As the receiver's bank sealed it; the hub cannot open it.
  data jsonb,
  reason text,
  -- While FETCHING: when the receiver's bank is asked next, or when a try under way must have ended.
  due_at timestamptz,
  lease uuid,
  tries int not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (bank_guid, jti),
  check ((status = 'COMPLETED') = (data is not null)),
  check ((status = 'FAILED') = (reason is not null)),
  check ((status = 'FETCHING') = (due_at is not null))
);
create index on pay_request (order_guid);
create index pay_request_due on pay_request (due_at) where status = 'FETCHING';

create table receiver_search (
  order_guid uuid primary key references p2p_order,
  phone text not null,
  status text not null check (status in ('OPEN', 'FOUND', 'FAILED')),
  deadline timestamptz not null,
  -- How far each asked bank got.
  banks jsonb not null,
  receiver_account text,
  receiver_bank_guid uuid,
  -- Wall-clock time of the consent; the directory is told until it knows.
  consented_at timestamptz,
  directory_due_at timestamptz,
  started_at timestamptz not null,
  check ((status = 'FOUND') = (receiver_account is not null))
);
create unique index one_open_search on receiver_search (phone) where status = 'OPEN';
create index on receiver_search (phone, started_at);
create index receiver_search_ending on receiver_search (deadline) where status = 'OPEN';
create index receiver_search_untold on receiver_search (directory_due_at) where directory_due_at is not null;

create table search_bucket (
  bank_guid uuid not null,
  debtor_account text not null,
  tokens int not null,
  filled_at timestamptz not null,
  primary key (bank_guid, debtor_account)
);

-- A bank's own id of a p2p payment that was accepted is taken for ever; a refused message takes none.
create unique index p2p_external_id on payment_message (initiator_bank_guid, external_id) where pay_request_guid is not null;

${CALLBACK_MIGRATION_SQL}
${CALLBACK_TRACE_SQL}
${CALLBACK_QUESTIONS_SQL}
`,
};

import { eventLogMigrationSql } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import { IDEMPOTENCY_MIGRATION_SQL } from '../../../../kernel/runtime/idempotency.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Banks, merchants, their keys, and the published directory. */
export const initial: Migration = {
  name: '0001-initial',
  sql: `
create table participant (
  id uuid primary key,
  kind text not null check (kind in ('BANK', 'MERCHANT')),
  -- How many events the participant has; the next one gets the next number.
  event_version int not null default 0
);

create table bank (
  guid uuid primary key references participant (id),
  bic text not null unique,
  name text not null,
  tax_code text not null,
  charging_account text not null,
  email text not null,
  routes jsonb not null,
  app_scheme text,
  logo_url text,
  registered_at timestamptz not null
);

create table bank_code (
  code text primary key check (code ~ '^[0-9]{6}$'),
  bank_guid uuid not null references bank (guid),
  place int not null
);
create index on bank_code (bank_guid);

create table merchant (
  uid uuid primary key references participant (id),
  name text not null,
  tax_number text not null,
  iban text not null,
  mcc int not null,
  bank_guid uuid not null references bank (guid),
  callback_url text not null,
  redirect_origins text[] not null,
  logo_url text,
  registered_at timestamptz not null
);
create index on merchant (bank_guid, uid);

-- The primary key makes a kid unique in the whole hub.
create table participant_key (
  kid text primary key,
  participant_id uuid not null references participant (id),
  jwk jsonb not null,
  purpose text not null check (purpose in ('SIGN', 'ENCRYPT', 'BOTH')),
  encryption_profiles text[] not null,
  valid_from timestamptz not null,
  valid_until timestamptz,
  revoked_from timestamptz
);
create index on participant_key (participant_id);

create table api_key (
  id uuid primary key,
  participant_id uuid not null references participant (id),
  kind text not null check (kind in ('SECRET', 'PUBLISHABLE', 'BANK')),
  sha256 text not null unique,
  tail text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
) with (fillfactor = 80);
create index on api_key (participant_id);

-- One row. Its lock is held by every change, so snapshots are made one after the other and each contains all earlier changes.
create table directory_head (
  only_row boolean primary key default true check (only_row),
  version int not null
);
insert into directory_head (version) values (0);

create table directory_snapshot (
  version int primary key,
  snapshot jsonb not null,
  issued_at timestamptz not null
);

${IDEMPOTENCY_MIGRATION_SQL}
${eventLogMigrationSql('participants')}
`,
};

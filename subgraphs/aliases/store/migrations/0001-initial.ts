import { CALLBACK_MIGRATION_SQL } from '../../../../kernel/wire/callback.sql.ts';
import { eventLogMigrationSql } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import { IDEMPOTENCY_MIGRATION_SQL } from '../../../../kernel/runtime/idempotency.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Numbers, and every change of each with who asked. */
export const initial: Migration = {
  name: '0001-initial',
  sql: `
create table alias (
  id uuid primary key,
  -- E.164.
  phone text not null unique,
  version int not null default 0,
  iban text,
  bank_guid uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((iban is null) = (bank_guid is null))
);
create index on alias (bank_guid) where bank_guid is not null;

create table alias_change (
  alias_id uuid not null references alias,
  version int not null,
  linked boolean not null,
  iban text,
  bank_guid uuid,
  previous_iban text,
  previous_bank_guid uuid,
  asked_by_kind text not null check (asked_by_kind in ('bank', 'operations')),
  asked_by text not null,
  reason text,
  at timestamptz not null,
  primary key (alias_id, version),
  check (linked = (iban is not null)),
  check ((asked_by_kind = 'operations') = (reason is not null))
);
create function refuse_alias_history_change() returns trigger language plpgsql as $$ begin
  raise exception 'the history of aliases is append-only' using errcode = 'restrict_violation';
end $$;
create trigger alias_change_append_only before update or delete or truncate on alias_change
  for each statement execute function refuse_alias_history_change();

${CALLBACK_MIGRATION_SQL}
${IDEMPOTENCY_MIGRATION_SQL}
${eventLogMigrationSql('aliases')}
`,
};

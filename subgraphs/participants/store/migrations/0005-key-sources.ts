import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Key sets that participants publish themselves, and who was told of the end of a key. */
export const keySources: Migration = {
  name: '0005-key-sources',
  sql: `
alter table participant_key
  add column origin text not null default 'REGISTERED' check (origin in ('REGISTERED', 'KEY_SET')),
  add column vanished_at timestamptz,
  -- The end of the key that operations were warned of.
  add column warned_of timestamptz;
-- Few keys have an end that is set.
create index on participant_key (valid_until) where valid_until is not null and revoked_from is null;

create table key_source (
  participant_id uuid primary key references participant (id),
  url text not null,
  polls int not null,
  -- Null: asked no more.
  due_at timestamptz,
  last_polled_at timestamptz,
  last_read_at timestamptz,
  last_failure text,
  failures int not null,
  unused_keys jsonb not null
) with (fillfactor = 80);
create index on key_source (due_at) where due_at is not null;
`,
};

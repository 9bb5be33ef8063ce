import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** The last run of test callbacks of each participant. */
export const callbackTests: Migration = {
  name: '0007-callback-tests',
  sql: `
create table callback_test (
  participant_id uuid primary key references participant (id),
  guid uuid not null,
  -- Null for a merchant, which has one address.
  route text,
  url text not null,
  started_at timestamptz not null,
  started_by text not null check (started_by in ('OPERATIONS', 'PARTICIPANT')),
  ended_at timestamptz,
  results jsonb not null
);
`,
};

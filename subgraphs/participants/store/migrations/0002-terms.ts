import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What operations agreed with each participant. Whoever has a key for both ends already is in the compatibility mode. */
export const terms: Migration = {
  name: '0002-terms',
  sql: `
alter table participant
  add column limit_per_second int not null default 200 check (limit_per_second > 0),
  add column limit_burst int not null default 1000 check (limit_burst > 0),
  add column bound_tokens text not null default 'when-present' check (bound_tokens in ('when-present', 'required')),
  add column key_use text not null default 'SEPARATE' check (key_use in ('SEPARATE', 'SHARED'));

update participant set key_use = 'SHARED'
where id in (select participant_id from participant_key where purpose = 'BOTH' and revoked_from is null);

-- Operations ask who still has which terms; most participants have the defaults.
create index on participant (id) where key_use = 'SHARED';
create index on participant (id) where bound_tokens = 'required';
`,
};

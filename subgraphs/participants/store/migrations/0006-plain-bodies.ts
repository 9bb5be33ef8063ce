import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Whose header tokens need not name the request under a body that nobody signed. */
export const plainBodies: Migration = {
  name: '0006-plain-bodies',
  sql: `
alter table participant
  add column plain_bodies text not null default 'bound' check (plain_bodies in ('bound', 'bare'));
create index on participant (id) where plain_bodies = 'bare';
`,
};

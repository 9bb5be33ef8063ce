import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What of a paid order is asked to be given back, and what was. */
export const returnsMigration: Migration = {
  name: '0005-returns',
  sql: `
alter table order_state add column return_requested_minor bigint not null default 0, add column returned_minor bigint not null default 0,
  add check (status = 'SUCCESS' or (return_requested_minor = 0 and returned_minor = 0));

create or replace view orders as
  select f.*, s.status, s.version, s.rejects, s.holder_guid, s.holder_bank_guid, s.holder_external_id, s.holder_debtor_account,
    s.claimed_at, s.ended_at, s.cancel_cause, s.return_requested_minor, s.returned_minor
  from order_facts f join order_state s using (order_id);
`,
};

import type { Migration } from '../../../../kernel/runtime/migrations.ts';
import { CALLBACK_OPERATIONS_SQL } from '../../../../kernel/wire/callback.sql.ts';

/** What operations said about registers and about callbacks, with their reasons; and where open registers are found. */
export const operations: Migration = {
  name: '0005-operations',
  sql: `
create table register_operation (
  id bigint generated always as identity primary key,
  register text not null references register,
  at timestamptz not null,
  -- Who said it.
  subject text not null,
  outcome text not null check (outcome in ('ACCEPTED', 'REJECTED')),
  reason text not null
);
create index on register_operation (register, id);
create index on register (debtor_bank, creditor_bank) where state in ('SENT', 'SENT_INTRABANK', 'PROCESSING');
${CALLBACK_OPERATIONS_SQL}
`,
};

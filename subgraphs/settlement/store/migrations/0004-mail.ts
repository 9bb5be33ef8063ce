import { MAIL_MIGRATION_SQL } from '../../../../kernel/mail/mail.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Mails to banks, and which days have theirs. */
export const mail: Migration = {
  name: '0004-mail',
  sql: `
${MAIL_MIGRATION_SQL}
alter table business_day
  -- When the mails about its registers were written, and the reports about the time until then.
  add column mails_made_at timestamptz,
  add column reports_made_at timestamptz,
  add check (registers_made_at is not null or (mails_made_at is null and reports_made_at is null));
-- Of days that were closed before there were mails, nobody is told any more.
update business_day set mails_made_at = registers_made_at, reports_made_at = registers_made_at where registers_made_at is not null;
create index on business_day (day) where registers_made_at is not null and mails_made_at is null;
create index on business_day (day) where registers_made_at is not null and reports_made_at is null;
-- What a report reads: the registers of a pair in a period.
create index on register (debtor_bank, creditor_bank, business_day);
`,
};

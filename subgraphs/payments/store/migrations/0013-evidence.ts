import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What shows later how a message came in, where each try went, and how its answer began. All of it is null for what was written before. */
export const evidence: Migration = {
  name: '0013-evidence',
  sql: `
alter table payment_message add column mode text check (mode in ('answer', 'promised', 'refused'));
alter table attempt add column address text, add column answer_text text;
`,
};

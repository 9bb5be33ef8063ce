import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** A message of which the bytes are forgotten has none: the retention is over. */
export const messageRetention: Migration = {
  name: '0006-message-retention',
  sql: `alter table payment_message alter column body drop not null;`,
};

import { eventLogTraceSql } from '../../../../kernel/runtime/event-log/event-log-trace.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** The trace that a callback comes from. */
export const traceMigration: Migration = {
  name: '0004-trace',
  sql: `alter table expiration_callback add column traceparent text;
${eventLogTraceSql('orders')}`,
};

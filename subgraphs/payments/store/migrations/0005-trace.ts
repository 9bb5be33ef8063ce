import { eventLogTraceSql } from '../../../../kernel/runtime/event-log/event-log-trace.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** The trace that a message came in, so that callbacks which are made later, or by another process, are steps of the same one. */
export const trace: Migration = {
  name: '0005-trace',
  sql: `alter table payment_message add column traceparent text;
${eventLogTraceSql('payments')}`,
};

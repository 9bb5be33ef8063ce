import { CALLBACK_TRACE_SQL } from '../../../../kernel/wire/callback.sql.ts';
import { eventLogTraceSql } from '../../../../kernel/runtime/event-log/event-log-trace.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** The trace of a change, for its events and callbacks. */
export const trace: Migration = { name: '0002-trace', sql: `${CALLBACK_TRACE_SQL}${eventLogTraceSql('aliases')}` };

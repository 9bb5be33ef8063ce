import { CALLBACK_OPERATIONS_SQL } from '../../../../kernel/wire/callback.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What people decide about the questions to banks. */
export const callbackOperations: Migration = { name: '0008-callback-operations', sql: CALLBACK_OPERATIONS_SQL };

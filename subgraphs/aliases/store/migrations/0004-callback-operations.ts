import { CALLBACK_OPERATIONS_SQL } from '../../../../kernel/wire/callback.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What people decide about "Alias updated" that no bank would hear. */
export const callbackOperations: Migration = { name: '0004-callback-operations', sql: CALLBACK_OPERATIONS_SQL };

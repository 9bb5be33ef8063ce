import { auditLogMigrationSql } from '../../../../kernel/runtime/audit-log.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What operations did with aliases and their callbacks, by whom and why. Nothing is written to `callback_operation` any more. */
export const auditLog: Migration = { name: '0005-audit-log', sql: auditLogMigrationSql('aliases') };

import { auditLogMigrationSql } from '../../../../kernel/runtime/audit-log.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What people did with payments, by whom and why. Nothing is written to `operation_audit` and `callback_operation` any more. */
export const auditLog: Migration = { name: '0014-audit-log', sql: auditLogMigrationSql('payments') };

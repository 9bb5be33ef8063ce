import { auditLogMigrationSql } from '../../../../kernel/runtime/audit-log.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What operations did with participants, by whom and why. */
export const auditLog: Migration = { name: '0008-audit-log', sql: auditLogMigrationSql('participants') };

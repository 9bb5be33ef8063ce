import { auditLogMigrationSql } from '../../../../kernel/runtime/audit-log.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What operations did with registers, fees, mails and jobs, by whom and why. */
export const auditLog: Migration = { name: '0006-audit-log', sql: auditLogMigrationSql('settlement') };

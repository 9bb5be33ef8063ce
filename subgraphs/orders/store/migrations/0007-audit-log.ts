import { auditLogMigrationSql } from '../../../../kernel/runtime/audit-log.sql.ts';
import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Who canceled which order. */
export const auditLog: Migration = { name: '0007-audit-log', sql: auditLogMigrationSql('orders') };

import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** The name that a payer gave, sealed for the banks that may be asked: until one was. */
export const payeeCheck: Migration = { name: '0011-payee-check', sql: 'alter table pay_request add column payee_check jsonb;' };

import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * Staff look for payments that are under way, and for rejected ones: of a million payments a few, found among a merchant's or a bank's own without reading
 * the row of every payment that went well. Of a payment that goes well, the index has an entry for as long as it is under way.
 */
export const openPayments: Migration = {
  name: '0015-open-payments',
  sql: `create index payment_open on payment (state, guid) where state in ('PENDING', 'REJECT');`,
};

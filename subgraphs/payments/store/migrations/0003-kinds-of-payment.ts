import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What a payment is for, where it is not a merchant's order: the pay request that it answers, or the payment that it gives back. */
export const kindsOfPayment: Migration = {
  name: '0003-kinds-of-payment',
  sql: `
alter table payment_message add column pay_request_guid uuid, add column original_guid uuid,
  add check (pay_request_guid is null or pm_type = 'p2p'), add check ((original_guid is not null) = (pm_type = 'return'));
`,
};

import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * Payments are found by amount and by the ends of accounts and phone numbers. One inverted index instead of three ordered ones: writing
 * into it is an append, and what was appended is sorted in for many payments at once. Its list of appended rows is kept short (in kB),
 * so that nobody's payment waits for a long sorting.
 */
export const paymentSearch: Migration = {
  name: '0012-payment-search',
  sql: `
create index payment_message_search on payment_message
  using gin ((array['=' || amount_minor::text, right(debtor_account, 4), right(creditor_account, 4)])) with (gin_pending_list_limit = 256);
create index p2p_order_phone_tail on p2p_order (right(phone, 4)) where phone is not null;
`,
};

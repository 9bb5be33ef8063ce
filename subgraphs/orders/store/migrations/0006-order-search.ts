import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Operations look for the number that a customer reads from a receipt, whoever's it is, and for an amount. */
export const orderSearch: Migration = {
  name: '0006-order-search',
  sql: `
create index order_facts_reference on order_facts (reference, order_id);
create index order_facts_amount on order_facts (amount_minor, order_id);
`,
};

import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * A bank may use one `jti` for messages about two orders at the same moment; both have the same guid, and only one becomes a payment.
 * Without this index both orders could be held by it, and the success of the one payment be taken for that of both.
 */
export const oneOrderPerPaymentMigration: Migration = {
  name: '0002-one-order-per-payment',
  sql: `create unique index order_state_holder on order_state (holder_guid) where holder_guid is not null;`,
};

/** The name under which Postgres reports a second order of one payment. */
export const ONE_ORDER_PER_PAYMENT = 'order_state_holder';

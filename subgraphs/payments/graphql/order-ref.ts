import type { PaymentView } from '../app/payment-reads.ts';
import type { PaymentsBuilder } from './builder.ts';

interface OrderKey {
  readonly orderId: string;
}

/** Order belongs to orders; payments adds what it knows about one. */
export function createOrderRef(builder: PaymentsBuilder) {
  return builder.externalRef('Order', builder.selection<OrderKey>('orderId'), ({ orderId }) => ({ orderId }));
}
export type OrderRef = ReturnType<typeof createOrderRef>;

type PaymentRef = PothosSchemaTypes.ObjectRef<
  PaymentsBuilder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never,
  PaymentView
>;

export function addOrderFields(order: OrderRef, payment: PaymentRef): void {
  order.implement({
    fields: (t) => ({
      orderId: t.exposeString('orderId', { description: 'The order id of the guide.' }),
      payment: t.field({
        type: payment,
        requiresScopes: [['payments:read']],
        nullable: true,
        description: 'The payment that holds the order; while none does, the last one that was rejected.',
        resolve: async ({ orderId }, _args, { load }) => (await load.paymentsOfOrder(orderId))[0] ?? null,
      }),
      payments: t.field({
        type: [payment],
        requiresScopes: [['payments:read']],
        nullable: true,
        description: 'Every payment of the order that the caller may see: first the one that holds it, then the newest, then returns.',
        resolve: async ({ orderId }, _args, { load }) => [...(await load.paymentsOfOrder(orderId))],
      }),
    }),
  });
}

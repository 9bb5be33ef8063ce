import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { Result } from '../../../kernel/core/result.ts';
import type { OrderMutationFailureCode } from '../app/failure-codes.ts';
import { cancelByMutation, createByMutation, type Mutated } from '../app/order-mutations.ts';
import type { SeenOrder } from '../app/ports.ts';
import type { OrdersBuilder, OrdersContext } from './builder.ts';
import { failureError } from './failure-messages.ts';
import type { OrderRefs } from './order.ts';

export function addOrderMutations(builder: OrdersBuilder, { order }: OrderRefs): void {
  addOrderCreate(builder, order);
  addOrderCancel(builder, order);
}

interface Answer {
  readonly order: SeenOrder | null;
  readonly replayed: boolean;
  readonly errors: readonly UserError[];
}

async function answerOf(
  done: Result<Mutated, { readonly code: OrderMutationFailureCode }>,
  { loadOrder }: Pick<OrdersContext, 'loadOrder'>,
): Promise<Answer> {
  if (!done.ok) return { order: null, replayed: false, errors: [failureError(done.failure)] };
  return { order: await loadOrder(done.value.orderId), replayed: done.value.replayed, errors: [] };
}

function addOrderCreate(builder: OrdersBuilder, order: OrderRefs['order']): void {
  const beneficiary = builder.inputType('BeneficiaryInput', {
    description: 'The one the merchant collects for (`fri`).',
    fields: (t) => ({
      name: t.string({ required: true, description: 'Name.' }),
      taxNumber: t.string({ required: true, description: 'Tax number.' }),
      iban: t.string({ required: true, description: 'Account.' }),
      bic: t.string({ required: true, description: 'Six-digit code of the bank that holds the account.' }),
      mcc: t.int({ required: true, description: 'Merchant category code.' }),
    }),
  });
  const input = builder.inputType('OrderCreateInput', {
    description: 'An order to make. Everything but the key belongs to its terms.',
    fields: (t) => ({
      amount: t.field({ type: 'MoneyInput', required: true, description: 'What is to be paid.' }),
      reference: t.string({ required: true, description: 'The merchant’s own order number. It is taken for ever.' }),
      purpose: t.string({ required: true, description: 'What is paid for.' }),
      redirectUrl: t.string({
        required: true,
        description: 'Where the customer goes afterwards; on an origin that the merchant registered.',
      }),
      expiresAt: t.field({ type: 'DateTime', required: true, description: 'Until when it can be paid: one minute to 30 days ahead.' }),
      beneficiary: t.field({ type: beneficiary, description: 'The one the merchant collects for, when that is not the merchant.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly order: SeenOrder | null; readonly clientSecret: string | null }, OrdersContext>(
    builder,
    'OrderCreate',
    (t) => ({
      order: t.field({ type: order, nullable: true, description: 'The order.', resolve: (result) => result.order }),
      clientSecret: t.string({
        nullable: true,
        description: 'Lets a browser watch this one order. Only this answer has it. It never belongs into an address.',
        resolve: (result) => result.clientSecret,
      }),
    }),
  );
  builder.mutationField('orderCreate', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['orders:write']],
      description: 'Makes an order. For merchants.',
      args: { input: t.arg({ type: input, required: true, description: 'The order.' }) },
      resolve: async (_root, { input: given }, context) => {
        const { orders, caller } = context;
        const done = await createByMutation(orders, caller, { ...given, beneficiary: given.beneficiary ?? null });
        const clientSecret = done.ok ? orders.clientSecrets.of(done.value.orderId) : null;
        return { ...(await answerOf(done, context)), clientSecret };
      },
    }),
  );
}

function addOrderCancel(builder: OrdersBuilder, order: OrderRefs['order']): void {
  const input = builder.inputType('OrderCancelInput', {
    description: 'An order to cancel.',
    fields: (t) => ({
      orderId: t.id({ required: true, description: 'Either id.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly order: SeenOrder | null }, OrdersContext>(builder, 'OrderCancel', (t) => ({
    order: t.field({ type: order, nullable: true, description: 'The order as it is now.', resolve: (result) => result.order }),
  }));
  builder.mutationField('orderCancel', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['orders:write']],
      description: 'Ends an order that nobody is paying: its links and its page say so from now on. The merchant gets no callback for it.',
      args: { input: t.arg({ type: input, required: true, description: 'Which order.' }) },
      resolve: async (_root, { input: given }, context) => {
        const orderId = wireIdOf('Order', given.orderId) ?? '';
        return await answerOf(await cancelByMutation(context.orders, context.caller, { ...given, orderId }), context);
      },
    }),
  );
}

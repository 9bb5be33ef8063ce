import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { OperationRequest } from '../app/operate-delivery.ts';
import type { DeliveryView } from '../app/payment-reads.ts';
import type { PaymentsBuilder, PaymentsContext } from './builder.ts';
import type { DeliveryRefs } from './delivery.ts';
import { failureError } from './failure-messages.ts';

/** What people of operations decide in manual review. */
export function addDeliveryMutations(builder: PaymentsBuilder, refs: DeliveryRefs): void {
  addDeliveryRetry(builder, refs);
  addDeliveryResolve(builder, refs);
}

interface Answer {
  readonly delivery: DeliveryView | null;
  readonly replayed: boolean;
  readonly errors: readonly UserError[];
}

async function operate(request: OperationRequest, { payments, caller }: PaymentsContext): Promise<Answer> {
  const deliveryId = wireIdOf('Delivery', request.deliveryId) ?? '';
  const done = await payments.operateDelivery(caller, { ...request, deliveryId });
  if (!done.ok) return { delivery: null, replayed: false, errors: [failureError(done.failure)] };
  return { delivery: await payments.reads.delivery(done.value.deliveryId), replayed: done.value.replayed, errors: [] };
}

function payloadOf(builder: PaymentsBuilder, name: string, { delivery }: DeliveryRefs) {
  return mutationPayload<{ readonly delivery: DeliveryView | null }, PaymentsContext>(builder, name, (t) => ({
    delivery: t.field({ type: delivery, nullable: true, description: 'The delivery as it is now.', resolve: (result) => result.delivery }),
  }));
}

function addDeliveryRetry(builder: PaymentsBuilder, refs: DeliveryRefs): void {
  const input = builder.inputType('DeliveryRetryInput', {
    description: 'A delivery to try once more.',
    fields: (t) => ({
      deliveryId: t.id({ required: true, description: 'Either id.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField('deliveryRetry', (t) =>
    t.field({
      type: payloadOf(builder, 'DeliveryRetry', refs),
      requiresScopes: [['payments:resolve']],
      description: 'One more try of a delivery in manual review. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'Which delivery.' }) },
      resolve: (_root, args, context) => operate({ kind: 'retry', ...args.input }, context),
    }),
  );
}

function addDeliveryResolve(builder: PaymentsBuilder, refs: DeliveryRefs): void {
  const input = builder.inputType('DeliveryResolveInput', {
    description: 'How a delivery in manual review ended.',
    fields: (t) => ({
      deliveryId: t.id({ required: true, description: 'Either id.' }),
      outcome: t.field({ type: refs.outcome, required: true, description: 'How it ended.' }),
      reason: t.string({ required: true, description: 'How that is known. 1 to 500 characters, kept in the audit log.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField('deliveryResolve', (t) =>
    t.field({
      type: payloadOf(builder, 'DeliveryResolve', refs),
      requiresScopes: [['payments:resolve']],
      description: 'Says how a delivery in manual review ended. A real answer of the receiver that came first counts. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'Which delivery, and how.' }) },
      resolve: (_root, args, context) => operate({ kind: 'resolve', ...args.input }, context),
    }),
  );
}

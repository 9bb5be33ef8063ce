import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { OrderId } from '../domain/order.ts';
import { cancelOrder } from './cancel-order.ts';
import type { CallbackMaker } from './change-order.ts';
import { createOrder, type CreationDeps, type OrderCreationFailure } from './create-order.ts';
import { isIdempotencyKey, type OrderCancelFailure, type OrderCreateFailure } from './failure-codes.ts';
import { termsOfInput, type OrderInput } from './order-input.ts';
import type { Once } from './ports.ts';

/** What a mutation did: `replayed` when the answer is that of an earlier request. */
export interface Mutated {
  readonly orderId: OrderId;
  readonly replayed: boolean;
}

export interface MutationDeps extends CreationDeps {
  readonly once: Once;
  readonly callbackFor: CallbackMaker;
  /** Reads the participants again. Throws when whoever publishes them is away. */
  readonly lookAgain: () => Promise<void>;
}

/** `orderCreate`: for merchants. Its key and the merchant's reference both make a repetition safe. */
export async function createByMutation(
  deps: MutationDeps,
  caller: Caller,
  { idempotencyKey: key, ...input }: OrderInput & { readonly idempotencyKey: string },
): Promise<Result<Mutated, OrderCreateFailure>> {
  if (caller.kind !== 'merchant') return fail({ code: 'MERCHANT_ONLY' });
  if (!isIdempotencyKey(key)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
  const terms = termsOfInput(input);
  if (!terms.ok) return terms;
  const { merchantUid } = caller;
  // Its API key was believed, so the merchant is registered: what is known here may be a second older.
  if (!deps.participants.merchantByUid(merchantUid)) await deps.lookAgain();
  let existed = false;
  const request = { participant: merchantUid, mutation: 'orderCreate', key, input };
  const done = await deps.once<OrderCreationFailure>(request, async (orders) => {
    const created = await createOrder(deps, orders, { merchantUid, terms: terms.value });
    if (!created.ok) return created;
    existed = created.value.replayed;
    return ok(created.value.order.facts.id);
  });
  return done.ok ? ok({ orderId: done.value.orderId, replayed: done.value.replayed || existed }) : done;
}

/** `orderCancel`: for merchants, each its own orders, and for operations. */
export async function cancelByMutation(
  deps: MutationDeps,
  caller: Caller,
  request: { readonly orderId: string; readonly idempotencyKey: string },
): Promise<Result<Mutated, OrderCancelFailure>> {
  if (caller.kind !== 'merchant' && caller.kind !== 'operations') return fail({ code: 'MERCHANT_ONLY' });
  if (!isIdempotencyKey(request.idempotencyKey)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
  const merchantUid = caller.kind === 'merchant' ? caller.merchantUid : null;
  const participant = caller.kind === 'merchant' ? caller.merchantUid : `operations:${caller.subject}`;
  return await cancelOrder(deps, { ...request, participant, by: auditActorOf(caller), merchantUid });
}

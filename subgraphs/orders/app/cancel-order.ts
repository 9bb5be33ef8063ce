import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { AuditActor } from '../../../schema/audit-entry.ts';
import { decideCancel, type CancelFailure } from '../domain/decide-order.ts';
import { ABSENT, type OrderId } from '../domain/order.ts';
import { changesBy, type CallbackMaker } from './change-order.ts';
import type { Clocks, IdempotencyFailure, Once } from './ports.ts';

export interface CancelRequest {
  /** Whoever asks, for the idempotency record: the merchant's uid, or the person of operations. */
  readonly participant: string;
  readonly by: AuditActor;
  /** The merchant whose orders may be canceled; null for operations, which may cancel any. */
  readonly merchantUid: string | null;
  readonly orderId: string;
  readonly idempotencyKey: string;
}

/** Ends an order that nobody is paying. The merchant did it, so it hears nothing back. Another merchant's order is ORDER_NOT_FOUND. */
export async function cancelOrder(
  deps: { readonly once: Once; readonly clocks: Clocks; readonly callbackFor: CallbackMaker },
  request: CancelRequest,
): Promise<Result<{ readonly orderId: OrderId; readonly replayed: boolean }, CancelFailure | IdempotencyFailure>> {
  if (!isUuid(request.orderId)) return fail({ code: 'ORDER_NOT_FOUND' });
  const orderId = request.orderId as OrderId; // Checked above.
  const { participant, idempotencyKey: key } = request;
  return await deps.once<CancelFailure>({ participant, mutation: 'orderCancel', key, input: { orderId } }, async (orders, audit) => {
    const found = (await orders.load([orderId])).get(orderId);
    const order = found && (request.merchantUid === null || found.facts.merchant.uid === request.merchantUid) ? found : ABSENT;
    const decided = decideCancel(order, deps.clocks.business.now());
    if (!decided.ok) return decided;
    const changes = changesBy(order, decided.value, deps.callbackFor);
    await orders.save(changes);
    const after = changes.at(-1)?.after;
    if (after) {
      const { terms, merchant } = after.facts;
      const details = { reference: terms.reference, merchantUid: merchant.uid, before: order.status, after: after.status };
      await audit({ by: request.by, action: 'orderCancel', target: { kind: 'order', id: orderId }, details });
    }
    return ok(orderId);
  });
}

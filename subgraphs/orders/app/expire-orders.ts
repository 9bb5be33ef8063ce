import { decideExpire } from '../domain/decide-order.ts';
import { changesBy, type CallbackMaker } from './change-order.ts';
import type { Clocks, Transaction } from './ports.ts';

/** Orders per transaction: few enough that a claim which waits for one of their locks hardly notices. */
export const EXPIRY_BATCH_MAX = 200;

/** Cancels orders whose validity ran out, each with its callback in the same commit. Returns how many; the caller comes again while it is a full batch. */
export async function expireOrders(deps: {
  readonly transaction: Transaction;
  readonly clocks: Clocks;
  readonly callbackFor: CallbackMaker;
}): Promise<number> {
  return await deps.transaction(async (orders) => {
    const now = deps.clocks.business.now();
    const due = await orders.loadDue(now, EXPIRY_BATCH_MAX);
    const changes = due.flatMap((order) => {
      const decided = decideExpire(order, now);
      if (!decided.ok) throw new Error(`order ${order.facts.id} was read as due, and is not: ${decided.failure.code}`);
      return changesBy(order, decided.value, deps.callbackFor);
    });
    await orders.save(changes);
    return changes.length;
  });
}

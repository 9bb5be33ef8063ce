import type { ExpirationCallback, OrderChange } from './ports.ts';
import { evolveOrder } from '../domain/decide-order.ts';
import type { Order, OrderEvent, OrderState } from '../domain/order.ts';

/** Makes the expiration callback of an order that has just expired. */
export type CallbackMaker = (order: Order) => ExpirationCallback;

/** The change that an event makes to an order. An expiry owes the merchant a callback, and it is part of the same change. */
export function changeBy(before: OrderState, event: OrderEvent, callbackFor: CallbackMaker): OrderChange {
  const after = evolveOrder(before, event);
  const expired = event.type === 'OrderCanceled' && event.cause === 'EXPIRED';
  return { before, event, after, callback: expired ? callbackFor(after) : null };
}

/** The changes of several events in a row, each on top of the one before. */
export function changesBy(before: OrderState, events: readonly OrderEvent[], callbackFor: CallbackMaker): readonly OrderChange[] {
  const changes: OrderChange[] = [];
  for (const event of events) changes.push(changeBy(changes.at(-1)?.after ?? before, event, callbackFor));
  return changes;
}

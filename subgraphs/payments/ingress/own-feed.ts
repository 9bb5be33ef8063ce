import type { LoggedEvent } from '../../../kernel/runtime/event-log/feed.ts';
import { paymentEventSchemas } from '../../../schema/events/payments.ts';
import { changeP2pWithin } from '../app/change-p2p.ts';
import type { P2pTools } from '../app/p2p-callbacks.ts';
import type { P2pRecord } from '../app/p2p-ports.ts';

/** orders and payments of this subgraph disagree about a p2p order. Nobody may guess: the event is parked and a person looks at it. */
export class P2pContradictionError extends Error {
  override readonly name = 'P2pContradictionError';
}

/**
 * What the log of payments says about orders between people: which were paid. The orders hear it as everybody else does, so that the commit that
 * decides a payment stays as small as it is. Throws P2pContradictionError.
 */
export async function recordPaidOrders(tools: P2pTools, record: P2pRecord, events: readonly LoggedEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type !== 'PaymentSucceeded') continue;
    const { pmType, orderId, paymentGuid } = paymentEventSchemas.PaymentSucceeded.parse(event.payload);
    if (pmType !== 'p2p' || orderId === null) continue;
    const paid = await changeP2pWithin(tools, record, {
      orderGuid: orderId,
      command: () => ({ type: 'PAID', now: tools.businessClock.now() }),
    });
    if (!paid.ok) throw new P2pContradictionError(`payment ${paymentGuid} does not fit order ${orderId}: ${paid.failure.code}`);
  }
}

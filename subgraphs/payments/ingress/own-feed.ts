import type { LoggedEvent } from '../../../kernel/runtime/event-log/feed.ts';
import { paymentEventSchemas } from '../../../schema/events/payments.ts';
import { changeP2pWithin } from '../app/change-p2p.ts';
import type { P2pTools } from '../app/p2p-callbacks.ts';
import type { P2pRecord } from '../app/p2p-ports.ts';
import { changeReturns } from '../app/change-returns.ts';
import type { Clock } from '../app/ports.ts';
import type { AnsweredRequest, ReturnRecord } from '../app/returns-ports.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import type { ReturnCommand } from '../domain/returns.ts';

/** Whether an event may say something about orders between people or returns: how any payment but a customer's at a shop ended. */
export function concernsOthersThanTrade({ type, payload }: Pick<LoggedEvent, 'type' | 'payload'>): boolean {
  if (type !== 'PaymentSucceeded' && type !== 'PaymentRejected') return false;
  const known = paymentEventSchemas[type].safeParse(payload);
  return !known.success || known.data.pmType !== 'trade'; // What cannot be read goes to whoever parks it.
}

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

/** A return and the request that it answers disagree. Nobody may guess: the event is parked and a person looks at it. */
export class ReturnContradictionError extends Error {
  override readonly name = 'ReturnContradictionError';
}

/**
 * What the log says about returns: how they ended. Until it is heard the request keeps its amount, so nothing is given back twice. Throws
 * ReturnContradictionError.
 */
export async function recordReturns(
  o: {
    readonly record: ReturnRecord;
    readonly requestOf: (returnGuid: string) => Promise<AnsweredRequest | null>;
    readonly clock: Clock;
  },
  events: readonly LoggedEvent[],
): Promise<void> {
  for (const event of events) {
    const ended = endedReturn(event);
    const answered = ended && (await o.requestOf(ended.returnGuid));
    if (!answered) continue; // No return, or one that was refused and answers no request.
    const locked = await o.record.lock(answered.originalGuid);
    const command: ReturnCommand = { ...ended, guid: answered.requestGuid };
    const changed = locked && (await changeReturns(o.record, locked, { command, at: o.clock.now() }));
    if (!changed?.ok) {
      throw new ReturnContradictionError(`return ${ended.returnGuid} does not fit its request: ${changed?.failure.code ?? 'no original'}`);
    }
  }
}

type EndOfReturn =
  | { readonly type: 'SUCCEED'; readonly returnGuid: PaymentGuid }
  | { readonly type: 'REJECT'; readonly returnGuid: PaymentGuid; readonly reasonCode: string };

function endedReturn({ type, payload }: LoggedEvent): EndOfReturn | null {
  if (type === 'PaymentSucceeded') {
    const { pmType, paymentGuid } = paymentEventSchemas.PaymentSucceeded.parse(payload);
    return pmType === 'return' ? { type: 'SUCCEED', returnGuid: paymentGuid as PaymentGuid } : null; // The schema checked that it is a UUID.
  }
  if (type !== 'PaymentRejected') return null;
  const { pmType, paymentGuid, reasonCode } = paymentEventSchemas.PaymentRejected.parse(payload);
  return pmType === 'return' ? { type: 'REJECT', returnGuid: paymentGuid as PaymentGuid, reasonCode } : null; // The same.
}

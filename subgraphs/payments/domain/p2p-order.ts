import type { Currency } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { FoundReceiver } from './receiver-search.ts';

/**
 * An order between people (guide 8). By phone: a payer's bank wants to pay whoever has the number. By link: a receiver's bank asks to be
 * paid by whoever opens the link. Business time throughout.
 */
export interface P2pOrderFacts {
  readonly guid: string;
  /** The bank that made it: the payer's for an order by phone, the receiver's for a link. */
  readonly bankGuid: string;
  readonly externalId: string;
  /** Null where the payer enters the amount. */
  readonly amountMinor: bigint | null;
  readonly currency: Currency;
  readonly purpose: string;
  readonly expiresAt: Instant;
  readonly target: P2pTarget;
}
export type P2pTarget =
  | { readonly type: 'phone'; readonly phone: string; readonly debtorAccount: string }
  | { readonly type: 'link'; readonly receiver: FoundReceiver };

export type P2pRejectReason = 'RECEIVER_NOT_FOUND' | 'PAY_REQUEST_FAILED';

/**
 * CREATED: a link that anybody may pay. PENDING: the receiver of a phone order is searched. PROCESSING: the receiver is known. PAID: a payment of
 * it has succeeded. REJECTED: it cannot be paid. EXPIRED: its time has run out.
 */
export type P2pOrder =
  | { readonly status: 'CREATED' | 'PENDING' | 'PAID' | 'EXPIRED'; readonly facts: P2pOrderFacts }
  | { readonly status: 'PROCESSING'; readonly facts: P2pOrderFacts; readonly receiver: FoundReceiver }
  | { readonly status: 'REJECTED'; readonly facts: P2pOrderFacts; readonly reason: P2pRejectReason };
export type P2pOrderStatus = P2pOrder['status'];

export type P2pOrderCommand =
  | { readonly type: 'FIND'; readonly receiver: FoundReceiver }
  | { readonly type: 'REJECT'; readonly reason: P2pRejectReason }
  | { readonly type: 'PAY' }
  /** `held`: a payment holds the order, pending or successful. */
  | { readonly type: 'EXPIRE'; readonly held: boolean; readonly now: Instant };

export type P2pOrderEvent =
  | { readonly type: 'P2pOrderCreated'; readonly order: P2pOrder }
  | { readonly type: 'P2pReceiverFound'; readonly receiver: FoundReceiver }
  | { readonly type: 'P2pOrderRejected'; readonly reason: P2pRejectReason }
  | { readonly type: 'P2pOrderPaid' }
  | { readonly type: 'P2pOrderExpired' };

/** Which event leads where. README.md draws it; a test compares the two. */
export const P2P_ORDER_TRANSITIONS = {
  CREATED: { P2pOrderPaid: 'PAID', P2pOrderExpired: 'EXPIRED' },
  PENDING: { P2pReceiverFound: 'PROCESSING', P2pOrderRejected: 'REJECTED' },
  PROCESSING: { P2pOrderPaid: 'PAID', P2pOrderRejected: 'REJECTED', P2pOrderExpired: 'EXPIRED' },
  PAID: {},
  REJECTED: {},
  EXPIRED: {},
} as const satisfies Record<P2pOrderStatus, Partial<Record<P2pOrderEvent['type'], P2pOrderStatus>>>;

/** The command does not fit the state. For PAY that is a contradiction that a person has to see. */
export type P2pOrderFailure = { readonly code: 'P2P_ORDER_OVER' | 'P2P_ORDER_HAS_NO_RECEIVER' };

/** What a new order begins as: a link waits for payers; a phone order knows its receiver, or has it searched. */
export function newP2pOrder(facts: P2pOrderFacts, receiver: FoundReceiver | null): P2pOrder {
  if (facts.target.type === 'link') return { status: 'CREATED', facts };
  return receiver ? { status: 'PROCESSING', facts, receiver } : { status: 'PENDING', facts };
}

/** No events: it is so already, or it is not yet time. */
export function decideP2pOrder(order: P2pOrder, command: P2pOrderCommand): Result<readonly P2pOrderEvent[], P2pOrderFailure> {
  switch (command.type) {
    case 'FIND':
      return order.status === 'PENDING' ? ok([{ type: 'P2pReceiverFound', receiver: command.receiver }]) : over();
    case 'REJECT':
      if (order.status === 'REJECTED') return ok([]);
      return order.status === 'PENDING' || order.status === 'PROCESSING'
        ? ok([{ type: 'P2pOrderRejected', reason: command.reason }])
        : over();
    case 'PAY':
      if (order.status === 'PAID') return ok([]);
      if (order.status === 'PENDING') return fail({ code: 'P2P_ORDER_HAS_NO_RECEIVER' });
      return isPayable(order) ? ok([{ type: 'P2pOrderPaid' }]) : over();
    case 'EXPIRE': {
      // A search ends at the order's end by itself, and rejects the order.
      const mayExpire = isPayable(order) && !command.held && hasExpired(order, command.now);
      return ok(mayExpire ? [{ type: 'P2pOrderExpired' }] : []);
    }
    default:
      return command satisfies never;
  }
}

/** Throws for an event that the state cannot have. */
export function evolveP2pOrder(order: P2pOrder, event: P2pOrderEvent): P2pOrder {
  const { facts } = order;
  if (event.type === 'P2pOrderCreated') return event.order;
  if (!Object.hasOwn(P2P_ORDER_TRANSITIONS[order.status], event.type)) throw new Error(`${event.type} cannot happen in ${order.status}`);
  switch (event.type) {
    case 'P2pReceiverFound':
      return { status: 'PROCESSING', facts, receiver: event.receiver };
    case 'P2pOrderRejected':
      return { status: 'REJECTED', facts, reason: event.reason };
    case 'P2pOrderPaid':
      return { status: 'PAID', facts };
    case 'P2pOrderExpired':
      return { status: 'EXPIRED', facts };
    default:
      return event satisfies never;
  }
}

/** Whether somebody may pay it, as far as its state says; its time is another matter. */
export function isPayable({ status }: P2pOrder): boolean {
  return status === 'CREATED' || status === 'PROCESSING';
}

/** At its very end it is too late. */
export function hasExpired({ facts }: P2pOrder, now: Instant): boolean {
  return facts.expiresAt <= now;
}

function over(): Result<never, P2pOrderFailure> {
  return fail({ code: 'P2P_ORDER_OVER' });
}

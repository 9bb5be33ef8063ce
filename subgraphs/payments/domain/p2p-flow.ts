import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import { decideP2pOrder, evolveP2pOrder, hasExpired, type P2pOrder, type P2pOrderEvent, type P2pOrderFailure } from './p2p-order.ts';
import {
  decidePayRequest,
  evolvePayRequest,
  type PayRequest,
  type PayRequestEvent,
  type PayRequestFailure,
  type PayRequestFailureReason,
  type ReceiverData,
} from './pay-request.ts';
import { decideSearch, evolveSearch, type ReceiverSearch, type SearchEvent, type SearchFailure } from './receiver-search.ts';

/**
 * The three machines of one p2p order as one: the order, the search for its receiver if there is one, and the pay request that a command is
 * about. An order by phone has one pay request for life; a link has one for every payer who asks.
 */
export interface P2pFlow {
  readonly order: P2pOrder;
  readonly search: ReceiverSearch | null;
  readonly request: PayRequest | null;
}

/** `now` is business time. */
export type FlowCommand =
  /** What an asked bank answered at once. */
  | { readonly type: 'BANK_ANSWERED'; readonly bankGuid: string; readonly answer: 'KNOWS' | 'UNKNOWN' | 'SILENT'; readonly now: Instant }
  /** "Creditor linked": the customer consented, or did not. */
  | { readonly type: 'CONSENT'; readonly bankGuid: string; readonly account: string; readonly now: Instant }
  | { readonly type: 'NO_CONSENT'; readonly bankGuid: string; readonly now: Instant }
  /** What the receiver's bank said about its customer. */
  | { readonly type: 'DATA'; readonly data: ReceiverData; readonly now: Instant }
  | { readonly type: 'NO_DATA'; readonly reason: 'RECEIVER_DATA_REFUSED' | 'RECEIVER_DATA_MISSING'; readonly now: Instant }
  /** The payer's bank cannot use what it got. */
  | { readonly type: 'DATA_UNUSABLE'; readonly held: boolean; readonly now: Instant }
  /** Time has passed. */
  | { readonly type: 'TIME'; readonly held: boolean; readonly now: Instant }
  /** A payment of the order has succeeded. */
  | { readonly type: 'PAID'; readonly now: Instant };

export type FlowEvent =
  | { readonly of: 'order'; readonly event: P2pOrderEvent }
  | { readonly of: 'search'; readonly event: SearchEvent }
  | { readonly of: 'request'; readonly event: PayRequestEvent };

export type FlowFailure =
  | SearchFailure
  | PayRequestFailure
  | P2pOrderFailure
  /** The order has no search: its receiver was known, or is named by its link. */
  | { readonly code: 'NOT_SEARCHED' }
  | { readonly code: 'NO_PAY_REQUEST' };

type Decision = Result<readonly FlowEvent[], FlowFailure>;

/** What a command does to the three together. No events: it is so already. */
export function decideFlow(flow: P2pFlow, command: FlowCommand): Decision {
  const { now } = command;
  switch (command.type) {
    case 'BANK_ANSWERED':
      return searching(flow, now, (search) =>
        decideSearch(search, { type: 'ANSWER', bankGuid: command.bankGuid, answer: command.answer, now }),
      );
    case 'CONSENT':
      return searching(flow, now, (search) =>
        decideSearch(search, { type: 'LINK', bankGuid: command.bankGuid, account: command.account, now }),
      );
    case 'NO_CONSENT':
      return searching(flow, now, (search) => decideSearch(search, { type: 'DECLINE', bankGuid: command.bankGuid, now }));
    case 'DATA':
      return requesting(flow, (request) => decidePayRequest(request, { type: 'COMPLETE', data: command.data, now }));
    case 'NO_DATA':
      // A request whose receiver is still searched asks no bank for data, and ends with its search.
      if (flow.request?.status === 'CREATED') return fail({ code: 'PAY_REQUEST_NOT_THERE_YET' });
      return requesting(flow, (request) => decidePayRequest(request, { type: 'FAIL', reason: command.reason, now }));
    case 'DATA_UNUSABLE':
      // Whoever pays has opened it: nothing is taken away from under a payment.
      return command.held ? ok([]) : requesting(flow, (request) => decidePayRequest(request, { type: 'REFUSE', now }));
    case 'TIME':
      return afterTime(flow, command);
    case 'PAID':
      return ofOrder(decideP2pOrder(flow.order, { type: 'PAY' }));
    default:
      return command satisfies never;
  }
}

export function evolveFlow(flow: P2pFlow, { of, event }: FlowEvent): P2pFlow {
  switch (of) {
    case 'order':
      return { ...flow, order: evolveP2pOrder(flow.order, event) };
    case 'search':
      if (!flow.search) throw new Error(`${event.type} cannot happen without a search`);
      return { ...flow, search: evolveSearch(flow.search, event) };
    case 'request':
      if (!flow.request) throw new Error(`${event.type} cannot happen without a pay request`);
      return { ...flow, request: evolvePayRequest(flow.request, event) };
    default:
      return of satisfies never;
  }
}

function searching(
  flow: P2pFlow,
  now: Instant,
  decide: (search: ReceiverSearch) => Result<readonly SearchEvent[], SearchFailure>,
): Decision {
  if (!flow.search) return fail({ code: 'NOT_SEARCHED' });
  const decided = decide(flow.search);
  return decided.ok
    ? ok(decided.value.flatMap((event) => [{ of: 'search', event }, ...consequencesOf(flow, event, now)] as const))
    : decided;
}

/** The end of a search is the receiver of the order and of its pay request, or the end of both. */
function consequencesOf({ order, request }: P2pFlow, event: SearchEvent, now: Instant): readonly FlowEvent[] {
  switch (event.type) {
    case 'BankAnswered':
      return [];
    case 'ReceiverFound':
      return [
        ...eventsOf('order', decideP2pOrder(order, { type: 'FIND', receiver: event.receiver })),
        ...(request ? eventsOf('request', decidePayRequest(request, { type: 'FIND', receiver: event.receiver, now })) : []),
      ];
    case 'SearchFailed':
      return [
        ...(request ? eventsOf('request', decidePayRequest(request, { type: 'FAIL', reason: 'RECEIVER_NOT_FOUND', now })) : []),
        ...eventsOf('order', decideP2pOrder(order, { type: 'REJECT', reason: 'RECEIVER_NOT_FOUND' })),
      ];
    default:
      return event satisfies never;
  }
}

/** A pay request that fails takes its phone order along; a link waits for the next payer. */
function requesting(flow: P2pFlow, decide: (request: PayRequest) => Result<readonly PayRequestEvent[], PayRequestFailure>): Decision {
  const { order, request } = flow;
  if (!request) return fail({ code: 'NO_PAY_REQUEST' });
  const decided = decide(request);
  if (!decided.ok) return decided;
  const failed = decided.value.some(({ type }) => type === 'PayRequestFailed') && order.facts.target.type === 'phone';
  return ok([
    ...decided.value.map((event) => ({ of: 'request', event }) as const),
    ...(failed ? eventsOf('order', decideP2pOrder(order, { type: 'REJECT', reason: 'PAY_REQUEST_FAILED' })) : []),
  ]);
}

function afterTime(flow: P2pFlow, { held, now }: Extract<FlowCommand, { type: 'TIME' }>): Decision {
  if (flow.search?.status === 'OPEN') return searching(flow, now, (search) => decideSearch(search, { type: 'END', now }));
  const expired = eventsOf('order', decideP2pOrder(flow.order, { type: 'EXPIRE', held, now }));
  const { request } = flow;
  const waits = request?.status === 'FETCHING' && !held && hasExpired(flow.order, now);
  const ended: PayRequestFailureReason = 'ORDER_ENDED';
  return ok([...(waits ? eventsOf('request', decidePayRequest(request, { type: 'FAIL', reason: ended, now })) : []), ...expired]);
}

function ofOrder(decided: Result<readonly P2pOrderEvent[], P2pOrderFailure>): Decision {
  return decided.ok ? ok(decided.value.map((event) => ({ of: 'order', event }) as const)) : decided;
}

/** The events of a part that follows another. A part that is over already stays as it is. */
function eventsOf<Of extends FlowEvent['of'], Event>(
  of: Of,
  decided: Result<readonly Event[], unknown>,
): readonly { of: Of; event: Event }[] {
  return decided.ok ? decided.value.map((event) => ({ of, event })) : [];
}

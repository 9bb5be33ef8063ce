import type { P2pEventPayload, P2pEventType } from '../../../schema/events/payments.ts';
import type { P2pPublished } from './p2p-ports.ts';
import { evolveFlow, type FlowEvent, type P2pFlow } from '../domain/p2p-flow.ts';
import type { P2pOrderFacts } from '../domain/p2p-order.ts';

/** The event of the log for each event of a flow that others may know of. The answers of asked banks stay inside. */
interface Published<T extends P2pEventType = P2pEventType> {
  readonly type: T;
  readonly payload: P2pEventPayload<T>;
  readonly audience: readonly string[];
}

/**
 * What the log `payments` says about a p2p order. Its subject is the order, and every event names the status that it led to. Nobody reads of
 * numbers, names, or accounts of others. `after.version` events are counted on from `version`.
 */
export function p2pEvents(
  before: P2pFlow,
  events: readonly FlowEvent[],
  o: { readonly version: number; readonly at: Date },
): readonly P2pPublished[] {
  let flow = before;
  const published = events.flatMap((event) => {
    flow = evolveFlow(flow, event);
    return publishedEvent(flow, event);
  });
  return published.map(({ type, payload, audience }, index) => ({
    audience,
    subject: before.order.facts.guid,
    version: o.version + index + 1,
    type,
    payload,
    at: o.at,
  }));
}

/** The first event of a new order. */
export function p2pCreatedEvent({ order }: P2pFlow, at: Date): P2pPublished {
  const { facts, status } = order;
  const payload: P2pEventPayload<'P2pOrderCreated'> = { orderGuid: facts.guid, status, type: facts.target.type, bankGuid: facts.bankGuid };
  return { audience: [facts.bankGuid], subject: facts.guid, version: 1, type: 'P2pOrderCreated', payload, at };
}

function publishedEvent({ order, request }: P2pFlow, { of, event }: FlowEvent): readonly Published[] {
  const { guid: orderGuid, bankGuid, target } = order.facts;
  const audience = [bankGuid];
  const common = { orderGuid, status: order.status };
  switch (of) {
    case 'search':
      return [];
    case 'request': {
      if (!request || event.type === 'ReceiverKnown') return [];
      // Who wants to pay a link is the payer's business, and no event for the bank that made it.
      const told = target.type === 'phone' ? audience : [];
      const payload = { ...common, payRequestGuid: request.facts.guid, bankGuid: request.facts.bankGuid };
      if (event.type === 'PayRequestCompleted') return [{ type: 'P2pPayRequestCompleted', audience: told, payload }];
      return [{ type: 'P2pPayRequestFailed', audience: told, payload: { ...payload, reasonCode: event.reason } }];
    }
    case 'order':
      switch (event.type) {
        case 'P2pOrderCreated':
          throw new Error('a new order has its event from p2pCreatedEvent');
        case 'P2pReceiverFound':
          return [{ type: event.type, audience, payload: { ...common, receiverBankGuid: event.receiver.bankGuid } }];
        case 'P2pOrderRejected':
          return [{ type: event.type, audience, payload: { ...common, reasonCode: event.reason } }];
        case 'P2pOrderPaid':
          return [{ type: event.type, audience, payload: { ...common, askedBy: askedBy(order.facts) } }];
        case 'P2pOrderExpired':
          return [{ type: event.type, audience, payload: common }];
        default:
          return event satisfies never;
      }
    default:
      return of satisfies never;
  }
}

/** Whose look-up a paid order by phone was: aliases gives its token back. */
function askedBy({ bankGuid, target }: P2pOrderFacts) {
  return target.type === 'phone' ? { bankGuid, debtorAccount: target.debtorAccount } : null;
}

import { isUuid } from '../../../kernel/core/ids.ts';
import { createGatheredReads } from '../../../kernel/runtime/gathered-reads.ts';
import type { P2pOrderView, P2pReads, PayRequestView } from '../app/p2p-ports.ts';
import type { AttemptView, DeliveryView, MessageView, PaymentReads, PaymentView, Viewer } from '../app/payment-reads.ts';
import type { ReturnReads, ReturnRequestView } from '../app/returns-ports.ts';

/** Reads that many fields of an operation need, and many operations of one moment. */
export interface PaymentLoaders {
  payment(guid: string): Promise<PaymentView | null>;
  /** The payment that holds the order before the rejected ones, then the newest. */
  paymentsOfOrder(orderId: string): Promise<readonly PaymentView[]>;
  deliveriesOfPayment(guid: string): Promise<readonly DeliveryView[]>;
  attemptsOfDelivery(id: string): Promise<readonly AttemptView[]>;
  /** Whoever may read it: that is the resolver's to check, as with the payload. */
  messageOfPayment(guid: string): Promise<MessageView | null>;
  /** The signed payload of a callback; null when its retention is over, and for a question to a bank. */
  payloadOfDelivery(id: string): Promise<string | null>;
  /** Whoever it belongs to: that is the resolver's to check. */
  p2pOrder(guid: string): Promise<P2pOrderView | null>;
  payRequestsOfOrder(guid: string): Promise<readonly PayRequestView[]>;
  /** Of a payment that the caller sees. */
  returnRequestsOf(paymentGuid: string): Promise<readonly ReturnRequestView[]>;
}

/**
 * One for the whole process: an event wakes every stream of its payment at once, and each wants the payment as it is at that moment. It
 * remembers nothing, because payments change. The result gives each viewer its own view.
 */
export function createPaymentLoaders(api: {
  readonly reads: PaymentReads;
  readonly p2p: { readonly reads: P2pReads };
  readonly returns: { readonly reads: ReturnReads };
}): (viewer: Viewer) => PaymentLoaders {
  const { reads } = api;
  const payments = forViewers(async (guids, viewer) => byKey(await reads.paymentsByGuid({ guids, viewer }), ({ guid }) => guid));
  const ofOrders = forViewers(async (orderIds, viewer) =>
    Map.groupBy(await reads.paymentsOfOrders({ orderIds, viewer }), ({ orderId }) => orderId ?? ''),
  );
  const deliveries = createGatheredReads({
    read: async (guids: readonly string[]) => Map.groupBy(await reads.deliveriesOfPayments(guids), ({ paymentGuid }) => paymentGuid ?? ''),
  });
  const attempts = createGatheredReads({
    read: async (ids: readonly string[]) => Map.groupBy(await reads.attemptsOfDeliveries(ids), ({ deliveryId }) => deliveryId),
  });
  const messages = createGatheredReads({
    read: async (guids: readonly string[]) => byKey(await reads.messagesOfPayments(guids), ({ guid }) => guid),
  });
  const payloads = createGatheredReads({
    read: async (ids: readonly string[]) => byKey(await reads.payloadsOfDeliveries(ids), ({ deliveryId }) => deliveryId),
  });
  const p2pOrders = createGatheredReads({
    read: async (guids: readonly string[]) => byKey(await api.p2p.reads.orders(guids), ({ order }) => order.facts.guid),
  });
  const payRequests = createGatheredReads({
    read: async (guids: readonly string[]) =>
      Map.groupBy(await api.p2p.reads.requestsOfOrders(guids), ({ request }) => request.facts.orderGuid),
  });
  const returnRequests = createGatheredReads({
    read: async (guids: readonly string[]) => Map.groupBy(await api.returns.reads.requestsOf(guids), ({ originalGuid }) => originalGuid),
  });
  return (viewer) => ({
    returnRequestsOf: async (guid) => (await returnRequests(guid)) ?? [],
    p2pOrder: async (guid) => (isUuid(guid) ? ((await p2pOrders(guid)) ?? null) : null),
    payRequestsOfOrder: async (guid) => (await payRequests(guid)) ?? [],
    payment: async (guid) => (isUuid(guid) ? ((await payments(guid, viewer)) ?? null) : null),
    paymentsOfOrder: async (orderId) => (isUuid(orderId) ? ((await ofOrders(orderId, viewer)) ?? []) : []),
    deliveriesOfPayment: async (guid) => (await deliveries(guid)) ?? [],
    attemptsOfDelivery: async (id) => (await attempts(id)) ?? [],
    messageOfPayment: async (guid) => (await messages(guid)) ?? null,
    payloadOfDelivery: async (id) => (await payloads(id))?.token ?? null,
  });
}

/** Gathers the look-ups of all viewers, and reads for each viewer what it may see. */
function forViewers<Value>(
  read: (ids: readonly string[], viewer: Viewer) => Promise<ReadonlyMap<string, Value>>,
): (id: string, viewer: Viewer) => Promise<Value | undefined> {
  const load = createGatheredReads<string, Value>({
    async read(keys) {
      const asked = keys.map((key) => ({ key, ...(JSON.parse(key) as Asked) })); // Made by `keyOf`.
      const found = new Map<string, Value>();
      for (const ofViewer of Map.groupBy(asked, ({ viewer }) => JSON.stringify(viewer)).values()) {
        const [{ viewer } = { viewer: NOBODY }] = ofViewer;
        const rows = await read(
          ofViewer.map(({ id }) => id),
          viewer,
        );
        for (const { key, id } of ofViewer) {
          const row = rows.get(id);
          if (row !== undefined) found.set(key, row);
        }
      }
      return found;
    },
  });
  return (id, viewer) => load(keyOf({ id, viewer }));
}

interface Asked {
  readonly id: string;
  readonly viewer: Viewer;
}
const keyOf = (asked: Asked): string => JSON.stringify(asked);
const NOBODY: Viewer = { kind: 'nobody' };

function byKey<Row>(rows: readonly Row[], key: (row: Row) => string): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [key(row), row]));
}

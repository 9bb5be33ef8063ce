import DataLoader from 'dataloader';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { P2pOrderView, P2pReads, PayRequestView } from '../app/p2p-ports.ts';
import type { ReturnReads, ReturnRequestView } from '../app/returns-ports.ts';
import type { AttemptView, DeliveryView, PaymentReads, PaymentView, Viewer } from '../app/payment-reads.ts';

/** Reads that many fields of one operation need. They remember nothing: a subscription lives long, and payments change meanwhile. */
export interface PaymentLoaders {
  payment(guid: string): Promise<PaymentView | null>;
  /** The payment that holds the order before the rejected ones, then the newest. */
  paymentsOfOrder(orderId: string): Promise<readonly PaymentView[]>;
  deliveriesOfPayment(guid: string): Promise<readonly DeliveryView[]>;
  attemptsOfDelivery(id: string): Promise<readonly AttemptView[]>;
  /** Whoever it belongs to: that is the resolver's to check. */
  p2pOrder(guid: string): Promise<P2pOrderView | null>;
  payRequestsOfOrder(guid: string): Promise<readonly PayRequestView[]>;
  /** Of a payment that the caller sees. */
  returnRequestsOf(paymentGuid: string): Promise<readonly ReturnRequestView[]>;
}

export function createPaymentLoaders(
  api: {
    readonly reads: PaymentReads;
    readonly p2p: { readonly reads: P2pReads };
    readonly returns: { readonly reads: ReturnReads };
  },
  viewer: Viewer,
): PaymentLoaders {
  const { reads } = api;
  const payments = new DataLoader<string, PaymentView | null>(
    async (guids) => {
      const found = new Map((await reads.paymentsByGuid({ guids, viewer })).map((payment) => [payment.guid, payment]));
      return guids.map((guid) => found.get(guid) ?? null);
    },
    { cache: false },
  );
  const ofOrders = lists(
    (orderIds) => reads.paymentsOfOrders({ orderIds, viewer }),
    ({ orderId }) => orderId ?? '',
  );
  const deliveries = lists(
    (guids) => reads.deliveriesOfPayments(guids),
    ({ paymentGuid }) => paymentGuid ?? '',
  );
  const attempts = lists(
    (ids) => reads.attemptsOfDeliveries(ids),
    ({ deliveryId }) => deliveryId,
  );
  const p2pOrders = new DataLoader<string, P2pOrderView | null>(
    async (guids) => {
      const found = new Map((await api.p2p.reads.orders(guids)).map((order) => [order.order.facts.guid, order]));
      return guids.map((guid) => found.get(guid) ?? null);
    },
    { cache: false },
  );
  const payRequests = lists(
    (guids) => api.p2p.reads.requestsOfOrders(guids),
    ({ request }) => request.facts.orderGuid,
  );
  const returnRequests = lists(
    (guids) => api.returns.reads.requestsOf(guids),
    ({ originalGuid }) => originalGuid,
  );
  return {
    returnRequestsOf: (guid) => returnRequests.load(guid),
    p2pOrder: async (guid) => (isUuid(guid) ? await p2pOrders.load(guid) : null),
    payRequestsOfOrder: (guid) => payRequests.load(guid),
    payment: async (guid) => (isUuid(guid) ? await payments.load(guid) : null),
    paymentsOfOrder: async (orderId) => (isUuid(orderId) ? await ofOrders.load(orderId) : []),
    deliveriesOfPayment: (guid) => deliveries.load(guid),
    attemptsOfDelivery: (id) => attempts.load(id),
  };
}

/** A loader of lists: one read gives the rows of many keys, each in the order of the read. */
function lists<Row>(
  read: (keys: readonly string[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
): DataLoader<string, readonly Row[]> {
  return new DataLoader(
    async (keys) => {
      const byKey = Map.groupBy(await read(keys), keyOf);
      return keys.map((key) => byKey.get(key) ?? []);
    },
    { cache: false },
  );
}

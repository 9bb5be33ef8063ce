import { type PageState, pageStateAfter, pageStateOf } from '../checkout/page-state.ts';
import { followOrders } from '../client/order-events.ts';

/** How an order stands, in the words of the payment page: `PAID`, `REJECTED` (try again), `EXPIRED` and so on. */
export interface OrderStatusView {
  readonly orderId: string;
  readonly state: PageState;
  /** Counts the order's events. */
  readonly version: number;
}

/** What the merchant's server gave its page: the order, and the two halves of the credential that may read it and nothing else. */
export interface OrderCredential {
  /** The address of `/graphql`. */
  readonly gateway: string;
  readonly publishableKey: string;
  readonly clientSecret: string;
  readonly orderId: string;
}

export interface OrderStatusHandlers {
  readonly onStatus: (view: OrderStatusView) => void;
  /** False while changes do not come through at once. */
  readonly onConnected?: (connected: boolean) => void;
  readonly signal: AbortSignal;
}

/** The credential of a customer's page: both halves, as the gateway reads them. */
export function bearerOf({ publishableKey, clientSecret }: Pick<OrderCredential, 'publishableKey' | 'clientSecret'>): string {
  return `${publishableKey}.${clientSecret}`;
}

/**
 * Tells how an order stands, now and after every change, until the signal is aborted: over WebSocket, server-sent events or polling,
 * whichever comes through, and across every cut. Rejects with a GatewayFailure that no repetition can help, such as a client secret
 * that is not the order's.
 */
export async function watchOrderStatus(order: OrderCredential, { onStatus, onConnected, signal }: OrderStatusHandlers): Promise<void> {
  const { orderId } = order;
  let expiresAt = Number.POSITIVE_INFINITY;
  await followOrders({
    url: order.gateway,
    credential: () => bearerOf(order),
    orderId,
    onSnapshot({ status, version, expiresAt: end }) {
      expiresAt = Date.parse(end);
      const cause = Date.now() >= expiresAt ? 'EXPIRED' : 'MERCHANT'; // A snapshot of a canceled order does not say why.
      onStatus({ orderId, version, state: pageStateOf({ status, cause, rejected: version > 1 }) });
    },
    onEvent({ status, orderVersion: version, occurredAt }) {
      onStatus({ orderId, version, state: pageStateAfter({ status, version }, { expired: Date.parse(occurredAt) >= expiresAt }) });
    },
    onState: ({ state }) => onConnected?.(state === 'LIVE'),
    signal,
  });
}

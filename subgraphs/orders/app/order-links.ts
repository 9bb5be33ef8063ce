import type { Order, OrderId } from '../domain/order.ts';

/** Where the edge serves people and banks: the addresses that leave the hub. */
export interface OrderLinks {
  /** The payment page as a phone is sent to it (guide: `link_deeplinks`). */
  readonly deepLink: string;
  /** The payment page for other screens; also what the QR says (guide: `link_qr`). */
  readonly qr: string;
  readonly svgUrl: string;
  readonly pngUrl: string;
}

/** The public addresses of an order below the edge's base URL, which has no slash at its end. */
export function orderLinks(publicEdgeUrl: string, orderId: OrderId): OrderLinks {
  const page = `${publicEdgeUrl}/api/v1/merchants/order?id=${orderId}`;
  return {
    deepLink: `${page}&mobile=1`,
    qr: `${page}&mobile=0`,
    svgUrl: `${publicEdgeUrl}/pay/${orderId}/qr.svg`,
    pngUrl: `${publicEdgeUrl}/pay/${orderId}/qr.png`,
  };
}

/**
 * What the customer's browser does next: while the order is free, show the QR or, on a phone, open the payment page; wait while a
 * payment holds it; then go back to the shop.
 */
export type NextAction =
  | { readonly kind: 'SHOW_QR'; readonly links: OrderLinks; readonly expiresAt: Date }
  | { readonly kind: 'OPEN_DEEP_LINK'; readonly url: string }
  | { readonly kind: 'WAIT'; readonly pollAfterMs: number }
  | { readonly kind: 'REDIRECT'; readonly url: string };

/** A payment under way takes some seconds; asking more often would show nothing new. */
const POLL_AFTER_MS = 1_000;

export function nextActionOf(order: Order, o: { readonly publicEdgeUrl: string; readonly device: 'DESKTOP' | 'MOBILE' }): NextAction {
  const links = orderLinks(o.publicEdgeUrl, order.facts.id);
  switch (order.status) {
    case 'CREATED':
      if (o.device === 'MOBILE') return { kind: 'OPEN_DEEP_LINK', url: links.deepLink };
      return { kind: 'SHOW_QR', links, expiresAt: order.facts.terms.expiresAt };
    case 'IN_PROGRESS':
      return { kind: 'WAIT', pollAfterMs: POLL_AFTER_MS };
    case 'SUCCESS':
    case 'CANCELED':
      return { kind: 'REDIRECT', url: order.facts.terms.redirectUrl };
    default:
      return order satisfies never;
  }
}

import { decimalFromMinor } from '../../../kernel/core/money.ts';
import { qrArtwork } from '../../../kernel/runtime/qr-image.ts';
import type { PaymentPageView } from '../../../schema/payment-page.ts';
import type { OrderLinks } from '../app/order-links.ts';
import type { Order } from '../domain/order.ts';

/** What the payment page shows of an order: no account, no bank of the merchant, nothing of a payer. */
export function paymentPageView(order: Order, links: OrderLinks, now: Date): PaymentPageView {
  const { id, createdAt, terms, merchant } = order.facts;
  return {
    orderId: id,
    merchantUid: merchant.uid,
    merchant: { name: merchant.name, logoUrl: merchant.logoUrl },
    amount: decimalFromMinor(terms.amount.minor),
    currency: terms.amount.currency,
    purpose: terms.purpose,
    status: order.status,
    version: order.version,
    cause: order.status === 'CANCELED' ? order.cause : null,
    rejected: order.rejects.length > 0,
    now: now.toISOString(),
    createdAt: createdAt.toISOString(),
    expiresAt: terms.expiresAt.toISOString(),
    redirectUrl: terms.redirectUrl,
    qr: qrArtwork(links.qr),
  };
}

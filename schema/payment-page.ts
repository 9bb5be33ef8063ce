import { z } from 'zod';

import { ORDER_STATUSES } from './events/orders.ts';

/**
 * What the hosted payment page shows of an order. Whoever has the page's address reads it, so it has no account, no bank of the
 * merchant and nothing of a payer.
 */
export const paymentPageSchema = z.object({
  orderId: z.uuid(),
  merchantUid: z.string().min(1),
  merchant: z.object({ name: z.string(), logoUrl: z.string().nullable() }),
  /** Decimal, with a point and two places. */
  amount: z.string(),
  currency: z.string(),
  purpose: z.string(),
  status: z.enum(ORDER_STATUSES),
  /** Counts the order's events: an event with this number or less is in here already. */
  version: z.number().int(),
  /** Why a canceled order was canceled. */
  cause: z.enum(['EXPIRED', 'MERCHANT']).nullable(),
  /** Whether a payment of it was rejected. */
  rejected: z.boolean(),
  /** The hub's business time when this was read: what the expiry is compared with. */
  now: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  redirectUrl: z.url({ protocol: /^https?$/ }),
  /** What the QR code says. */
  qr: z.object({
    /** Modules of a side. */
    size: z.number().int(),
    /** SVG path of the dark modules, one unit each, without the finders and the middle. */
    modules: z.string(),
    /** Side of the free square in the middle. */
    hole: z.number().int(),
  }),
});
export type PaymentPageView = z.infer<typeof paymentPageSchema>;

/** A bank whose app the page can open: the guide's list of emitters. */
export const payingBankSchema = z.object({ name: z.string(), logoUrl: z.string().nullable(), deepLink: z.string() });
export type PayingBank = z.infer<typeof payingBankSchema>;

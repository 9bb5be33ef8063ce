import { z } from 'zod';

import { CURRENCIES } from '../../kernel/core/money.ts';

/** The statuses of the guide, as orders stores and publishes them. */
export const ORDER_STATUSES = ['CREATED', 'IN_PROGRESS', 'SUCCESS', 'CANCELED'] as const;

const orderFacts = {
  orderId: z.uuid(),
  merchantUid: z.string(),
  receiverBankGuid: z.uuid(),
  reference: z.string(),
  amountMinor: z.string(),
  currency: z.enum(CURRENCIES),
  status: z.enum(ORDER_STATUSES),
};

/** The log `orders`. Audience: the merchant, the receiver bank and, while a payment holds the order, the initiator bank. */
export const orderEventSchemas = {
  OrderCreated: z.object({ ...orderFacts, expiresAt: z.iso.datetime() }),
  OrderClaimed: z.object({ ...orderFacts, paymentGuid: z.uuid() }),
  /** The payment was rejected and the order is still valid: the customer may try again. */
  OrderReleased: z.object({ ...orderFacts, paymentGuid: z.uuid(), reason: z.string() }),
  OrderSucceeded: z.object({ ...orderFacts, paymentGuid: z.uuid() }),
  /** The payment of a paid order is given back, or asked to be. The totals are those after the event. */
  OrderReturnsChanged: z.object({ ...orderFacts, paymentGuid: z.uuid(), returnRequestedMinor: z.string(), returnedMinor: z.string() }),
  OrderCanceled: z.object({ ...orderFacts, cause: z.enum(['EXPIRED', 'MERCHANT']) }),
} as const;
export type OrderEventType = keyof typeof orderEventSchemas;
export type OrderEventPayload<T extends OrderEventType> = z.infer<(typeof orderEventSchemas)[T]>;

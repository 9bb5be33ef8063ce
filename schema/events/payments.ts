import { z } from 'zod';

import { CURRENCIES } from '../../kernel/core/money.ts';

/** The statuses of the guide, as payments stores and publishes them. */
export const PAYMENT_STATUSES = ['PENDING', 'SUCCESS', 'REJECT'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** As the sender wrote it: the message that named it may have been refused because no order has it, and none could. */
const orderId = z.guid().nullable();

/** What every event of a payment says about it. Audience: initiator bank, receiver bank and, for an order, the merchant. */
const paymentFacts = {
  paymentGuid: z.uuid(),
  pmType: z.enum(['trade', 'p2p', 'return']),
  orderId,
  merchantUid: z.string().nullable(),
  initiatorBankGuid: z.uuid(),
  receiverBankGuid: z.uuid(),
  externalId: z.string(),
  amountMinor: z.string(),
  currency: z.enum(CURRENCIES),
};

/** The statuses of an order between people, as payments stores and publishes them. */
export const P2P_ORDER_STATUSES = ['CREATED', 'PENDING', 'PROCESSING', 'PAID', 'REJECTED', 'EXPIRED'] as const;

/** What every event of a p2p order says; its subject is the order. `status`: what the event led to. Audience: the bank that made the order. */
const p2pFacts = { orderGuid: z.uuid(), status: z.enum(P2P_ORDER_STATUSES) };
/** Of a link, whose payers are nobody else's business, for operations alone. */
const payRequestFacts = { ...p2pFacts, payRequestGuid: z.uuid(), bankGuid: z.uuid() };

/** The events of orders between people in the log `payments`. */
export const p2pEventSchemas = {
  P2pOrderCreated: z.object({ ...p2pFacts, type: z.enum(['phone', 'link']), bankGuid: z.uuid() }),
  /** A bank's customer consented to be found under the number. */
  P2pReceiverFound: z.object({ ...p2pFacts, receiverBankGuid: z.uuid() }),
  /** The payer's bank is told whom it pays. */
  P2pPayRequestCompleted: z.object(payRequestFacts),
  P2pPayRequestFailed: z.object({ ...payRequestFacts, reasonCode: z.string() }),
  P2pOrderRejected: z.object({ ...p2pFacts, reasonCode: z.string() }),
  /** `askedBy`: of an order by phone, who had the number looked up; its audience is that bank alone. */
  P2pOrderPaid: z.object({ ...p2pFacts, askedBy: z.object({ bankGuid: z.uuid(), debtorAccount: z.string() }).nullable().default(null) }),
  P2pOrderExpired: z.object(p2pFacts),
} as const;
export type P2pEventType = keyof typeof p2pEventSchemas;
export type P2pEventPayload<T extends P2pEventType> = z.infer<(typeof p2pEventSchemas)[T]>;

/** What every event of a return says, on the stream of the payment that is given back. The totals are those after it; audience: all parties. */
const returnFacts = {
  paymentGuid: z.uuid(),
  pmType: z.enum(['trade', 'p2p', 'return']),
  orderId,
  merchantUid: z.string().nullable(),
  returnRequestGuid: z.uuid(),
  /** The payment that gives it back, once there is one. */
  returnGuid: z.uuid().nullable(),
  amountMinor: z.string(),
  currency: z.enum(CURRENCIES),
  /** Asked for and not returned yet. */
  requestedMinor: z.string(),
  returnedMinor: z.string(),
};

/** The events of payments in the log `payments`. Payloads only grow: a field is never renamed or dropped while readers of the old form may run. */
export const paymentEventSchemas = {
  PaymentAccepted: z.object({ ...paymentFacts, acceptedAt: z.iso.datetime() }),
  /** A callback got an answer that decides something: 2xx, or the refusal that rejects the payment. Audience: who was called back. */
  CallbackAnswered: z.object({
    paymentGuid: z.uuid(),
    orderId,
    deliveryId: z.uuid(),
    callbackType: z.string(),
    status: z.number().int().nullable(),
    accepted: z.boolean(),
    /** Which try it was, and how long it took; null in what was written before they were told. */
    attempt: z.number().int().nullable().default(null),
    durationMs: z.number().int().nullable().default(null),
    /** Of the payment, after the answer took effect. */
    paymentStatus: z.enum(PAYMENT_STATUSES),
  }),
  /** The point of no return. Carries what settlement books and prints in registers. */
  PaymentSucceeded: z.object({
    ...paymentFacts,
    debtorAccount: z.string(),
    creditorAccount: z.string(),
    purpose: z.string(),
    succeededAt: z.iso.datetime(),
  }),
  PaymentRejected: z.object({ ...paymentFacts, rejectedAt: z.iso.datetime(), reasonCode: z.string(), reason: z.string() }),
  /** A delivery needs a person: it used up its tries, or was refused twice after the point of no return. */
  DeliveryParked: z.object({
    paymentGuid: z.uuid(),
    orderId,
    deliveryId: z.uuid(),
    callbackType: z.string(),
    paymentStatus: z.enum(PAYMENT_STATUSES),
  }),
  /** The bank that received the payment is asked to give it back. */
  ReturnRequested: z.object(returnFacts),
  /** Whoever asked took it back. */
  ReturnCanceled: z.object(returnFacts),
  /** The return passed its point of no return. */
  ReturnSucceeded: z.object(returnFacts),
  ReturnRejected: z.object({ ...returnFacts, reasonCode: z.string(), reason: z.string() }),
} as const;
export type PaymentEventType = keyof typeof paymentEventSchemas;
export type PaymentEventPayload<T extends PaymentEventType> = z.infer<(typeof paymentEventSchemas)[T]>;

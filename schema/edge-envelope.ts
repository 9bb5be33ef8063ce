import { z } from 'zod';

/**
 * How the edge hands a verified request to the core. The raw body travels untouched as the HTTP body; this envelope travels beside it
 * in the header `Edge-Envelope`, a compact EdDSA token that the edge signs anew at each send. The core verifies the envelope, then
 * the message inside again with its own directory: an edge with a stale directory can delay money, never move it.
 */
export const ENVELOPE_HEADER = 'edge-envelope';

export const envelopeSchema = z.object({
  /** Stable over every send of one message: the core dedupes by it. For a payment message, the payment's guid. */
  eventId: z.string(),
  /**
   * answer: the sender is waiting, a 4xx is passed on. promised: the sender has its 202, a 4xx would be a lie. refused: the same, but
   * operations refused the message, which is to be recorded. through: no inbox row.
   */
  mode: z.enum(['answer', 'promised', 'refused', 'through']),
  operation: z.string(),
  method: z.string(),
  /** Path and query of the request as the edge received it. */
  target: z.string(),
  /** Null for a caller that needs no key (order status, QR images). */
  participant: z.object({ kind: z.enum(['bank', 'merchant']), id: z.string(), kid: z.string() }).nullable(),
  bodySha256: z.string(),
  directoryVersion: z.number().int(),
  receivedAt: z.iso.datetime(),
  sentAt: z.iso.datetime(),
  /** Set for a durable message: UUIDv8 over the sender's guid and the payload jti, fixed at the edge. Of a payment message, the payment's guid. */
  paymentGuid: z.string().nullable(),
  /** The trace that the request began at the edge, whenever the message is sent. Absent in what an older edge wrote down. */
  traceparent: z.string().optional(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** An envelope older than this was not just sent: somebody replays it. Milliseconds. */
export const ENVELOPE_AGE_MAX_MS = 60_000;

/** Where each operation of the edge goes: the subgraph that owns the noun, and the path on that subgraph's internal address. */
export const INGRESS = {
  'order-json': { subgraph: 'orders', method: 'GET', path: '/ingress/order-json' },
  'order-create': { subgraph: 'orders', method: 'POST', path: '/ingress/order-create' },
  'order-status': { subgraph: 'orders', method: 'GET', path: '/ingress/order-status' },
  'order-qr': { subgraph: 'orders', method: 'GET', path: '/ingress/order-qr' },
  'payment-page': { subgraph: 'orders', method: 'GET', path: '/ingress/payment-page' },
  'page-grant': { subgraph: 'orders', method: 'GET', path: '/ingress/page-grant' },
  'payment-message': { subgraph: 'payments', method: 'POST', path: '/ingress/payment-message' },
  'payment-message-status': { subgraph: 'payments', method: 'GET', path: '/ingress/payment-message-status' },
  'parked-messages': { subgraph: 'payments', method: 'POST', path: '/ingress/parked-messages' },
  'p2p-order-create': { subgraph: 'payments', method: 'POST', path: '/ingress/p2p-order-create' },
  'p2p-order': { subgraph: 'payments', method: 'GET', path: '/ingress/p2p-order' },
  'p2p-page': { subgraph: 'payments', method: 'GET', path: '/ingress/p2p-page' },
  'pay-request-create': { subgraph: 'payments', method: 'POST', path: '/ingress/pay-request-create' },
  'pay-request': { subgraph: 'payments', method: 'GET', path: '/ingress/pay-request' },
  'p2p-payment-message': { subgraph: 'payments', method: 'POST', path: '/ingress/p2p-payment-message' },
  'p2p-payment-message-status': { subgraph: 'payments', method: 'GET', path: '/ingress/p2p-payment-message-status' },
  'creditor-linked': { subgraph: 'payments', method: 'POST', path: '/ingress/creditor-linked' },
  'alias-change': { subgraph: 'aliases', method: 'POST', path: '/ingress/alias-change' },
  'alias-status': { subgraph: 'aliases', method: 'GET', path: '/ingress/alias-status' },
  'register-list': { subgraph: 'settlement', method: 'GET', path: '/ingress/register-list' },
  'register-by-id': { subgraph: 'settlement', method: 'GET', path: '/ingress/register' },
  'register-transfer': { subgraph: 'settlement', method: 'GET', path: '/ingress/register-transfer' },
  'register-pay': { subgraph: 'settlement', method: 'POST', path: '/ingress/register-pay' },
  'register-confirm': { subgraph: 'settlement', method: 'POST', path: '/ingress/register-confirm' },
  'register-confirm-internal': { subgraph: 'settlement', method: 'POST', path: '/ingress/register-confirm-internal' },
  emitters: { subgraph: 'participants', method: 'GET', path: '/ingress/emitters' },
  jwks: { subgraph: 'participants', method: 'GET', path: '/ingress/jwks' },
} as const;
export type IngressOperation = keyof typeof INGRESS;

/** Operations that carry identifiers of the path to the core put them into the query of the ingress path under these names. */
export const INGRESS_PARAMETERS = {
  orderId: 'id',
  paymentGuid: 'guid',
  registerId: 'register',
  payRequestGuid: 'request',
  format: 'format',
  custom: 'custom',
} as const;

import { z } from 'zod';

import { CURRENCIES } from '../../../kernel/core/money.ts';
import { orderSnapshotSchema } from '../../../schema/commands/orders.ts';
import type { MessageRecord, StoredPayment } from '../app/ports.ts';
import { CALLBACK_TYPES, type Delivery, type DeliveryId, OTHER_OUTCOMES, PAY_IN_OUTCOMES } from '../domain/delivery.ts';
import { type Payment, type PaymentFacts, type PaymentGuid, type PaymentKind, PM_TYPES } from '../domain/payment.ts';

/** One payment with everything that belongs to it, as LOAD_PAYMENT_SQL reads it. */
export const LOAD_PAYMENT_SQL = `
select p.version, p.event_version, p.state, p.reason_code, p.decided_at, p.created_at, m.guid is not null as known,
  m.pm_type, m.order_id, m.merchant_uid, m.initiator_bank_guid, m.receiver_bank_guid, m.external_id, m.amount_minor, m.currency,
  m.debtor_account, m.creditor_account, m.purpose, m.pay_request_guid, m.original_guid, m.return_request_guid, m.accepted_at, m.body, m.body_sha256, m.sender_kid, m.received_at, m.order_snapshot,
  coalesce((select json_agg(json_build_object('id', d.id, 'sequence', d.sequence, 'callbackType', d.callback_type, 'kind', d.receiver_kind,
      'receiverId', d.receiver_id, 'state', d.state, 'attempts', d.attempts, 'lastAnswer', d.last_answer, 'refusedInRow', d.refused_in_row,
      'unclearTries', d.unclear_tries, 'httpAnswers', d.http_answers, 'oneMore', d.one_more,
      'dueAtMs', floor(extract(epoch from d.due_at) * 1000)::float8, 'leaseToken', d.lease_token, 'outcome', d.outcome,
      'outcomeReason', d.outcome_reason, 'payload', case when d.state in ('WAITING', 'PARKED') then t.token end) order by d.sequence)
    from delivery d left join delivery_payload t on t.delivery_id = d.id where d.payment_guid = p.guid), '[]') as deliveries
from payment p left join payment_message m using (guid) where p.guid = $1`;

const deliveryRowSchema = z.object({
  id: z.string(),
  sequence: z.number(),
  callbackType: z.enum(CALLBACK_TYPES),
  kind: z.enum(['bank', 'merchant']),
  receiverId: z.string(),
  state: z.enum(['WAITING', 'DONE', 'REFUSED', 'EXHAUSTED', 'PARKED', 'FAILED', 'RESOLVED']),
  attempts: z.number(),
  lastAnswer: z.enum(['accepted', 'refused', 'unclear']).nullable(),
  refusedInRow: z.number(),
  unclearTries: z.number(),
  httpAnswers: z.number(),
  oneMore: z.boolean(),
  dueAtMs: z.number(),
  leaseToken: z.string().nullable(),
  outcome: z.enum([...PAY_IN_OUTCOMES, ...OTHER_OUTCOMES]).nullable(),
  outcomeReason: z.string().nullable(),
  payload: z.string().nullable(),
});
type DeliveryRow = z.infer<typeof deliveryRowSchema>;

const messageRowSchema = z.object({
  pm_type: z.enum(PM_TYPES),
  order_id: z.string().nullable(),
  merchant_uid: z.string().nullable(),
  initiator_bank_guid: z.string(),
  receiver_bank_guid: z.string().nullable(),
  external_id: z.string(),
  amount_minor: z.bigint(),
  currency: z.enum(CURRENCIES),
  debtor_account: z.string(),
  creditor_account: z.string(),
  purpose: z.string(),
  pay_request_guid: z.string().nullable(),
  original_guid: z.string().nullable(),
  return_request_guid: z.string().nullable(),
  accepted_at: z.date(),
  /** Null when its retention is over. */
  body: z.instanceof(Uint8Array).nullable(),
  body_sha256: z.string(),
  sender_kid: z.string(),
  received_at: z.date(),
  order_snapshot: orderSnapshotSchema.nullable(),
});
type MessageRow = z.infer<typeof messageRowSchema>;

const paymentRowSchema = z.object({
  version: z.number(),
  event_version: z.number(),
  state: z.enum(['TOMBSTONE', 'PENDING', 'SUCCESS', 'REJECT']),
  reason_code: z.string().nullable(),
  decided_at: z.date().nullable(),
  created_at: z.date(),
  known: z.boolean(),
  deliveries: z.array(deliveryRowSchema),
});
type PaymentRow = z.infer<typeof paymentRowSchema>;

/** Turns the row of LOAD_PAYMENT_SQL into domain values. Throws for a row that no step writes. */
export function storedPaymentOf(guid: PaymentGuid, row: unknown): StoredPayment {
  const payment = paymentRowSchema.parse(row);
  const message = payment.known ? messageRowSchema.parse(row) : null;
  const payloads = new Map<DeliveryId, string>();
  const leases = new Map<DeliveryId, string>();
  for (const delivery of payment.deliveries) {
    const id = delivery.id as DeliveryId; // Written from a DeliveryId.
    if (delivery.payload !== null) payloads.set(id, delivery.payload);
    if (delivery.leaseToken !== null) leases.set(id, delivery.leaseToken);
  }
  return {
    payment: paymentOf(guid, payment, message),
    version: payment.version,
    eventVersion: payment.event_version,
    message: message && recordOf(message),
    payloads,
    leases,
  };
}

function recordOf({ body, ...row }: MessageRow): MessageRecord | null {
  if (body === null) return null;
  return {
    pmType: row.pm_type,
    body,
    bodySha256: row.body_sha256,
    senderKid: row.sender_kid,
    receivedAt: row.received_at,
    order: row.order_snapshot,
  };
}

function paymentOf(guid: PaymentGuid, row: PaymentRow, message: MessageRow | null): Payment {
  const decidedAtMs = row.decided_at?.getTime() ?? 0;
  if (row.state === 'TOMBSTONE') return { state: 'TOMBSTONE', abandonedAtMs: decidedAtMs };
  if (!message) throw new Error(`payment ${guid} has no message`);
  const common = {
    facts: factsOf(guid, message),
    acceptedAtMs: message.accepted_at.getTime(),
    deliveries: row.deliveries.map(deliveryOf),
  };
  switch (row.state) {
    case 'PENDING':
      return { state: 'PENDING', ...common };
    case 'SUCCESS':
      return { state: 'SUCCESS', ...common, succeededAtMs: decidedAtMs };
    case 'REJECT':
      return { state: 'REJECT', ...common, rejectedAtMs: decidedAtMs, reasonCode: row.reason_code ?? '' };
    default:
      return row.state satisfies never;
  }
}

function factsOf(guid: PaymentGuid, row: MessageRow): PaymentFacts {
  return {
    guid,
    ...kindOf(guid, row),
    initiatorBankGuid: row.initiator_bank_guid,
    receiverBankGuid: row.receiver_bank_guid,
    externalId: row.external_id,
    amount: { minor: row.amount_minor, currency: row.currency },
    debtorAccount: row.debtor_account,
    creditorAccount: row.creditor_account,
    purpose: row.purpose,
  };
}

function kindOf(guid: PaymentGuid, row: MessageRow): PaymentKind {
  const { pm_type: pmType, order_id: orderId, merchant_uid: merchantUid } = row;
  if (pmType === 'return') {
    if (row.original_guid === null) throw new Error(`return ${guid} has no original`);
    const originalGuid = row.original_guid as PaymentGuid; // Written from a PaymentGuid.
    return { pmType, orderId, merchantUid, originalGuid, returnRequestGuid: row.return_request_guid };
  }
  if (orderId === null) throw new Error(`payment ${guid} has no order`);
  return pmType === 'trade'
    ? { pmType, orderId, merchantUid }
    : { pmType, orderId, merchantUid: null, payRequestGuid: row.pay_request_guid };
}

function deliveryOf(row: DeliveryRow): Delivery {
  const { attempts, lastAnswer, refusedInRow, unclearTries, httpAnswers, dueAtMs, oneMore } = row;
  const facts = {
    id: row.id as DeliveryId, // Written from a DeliveryId.
    callbackType: row.callbackType,
    sequence: row.sequence,
    receiver: { kind: row.kind, id: row.receiverId },
    tries: { attempts, lastAnswer, refusedInRow, unclearTries, httpAnswers },
  };
  switch (row.state) {
    case 'WAITING':
      return { ...facts, state: 'WAITING', dueAtMs, oneMore };
    case 'RESOLVED':
      if (row.outcome === null) throw new Error(`delivery ${row.id} is resolved without an outcome`);
      return { ...facts, state: 'RESOLVED', outcome: row.outcome, reason: row.outcomeReason ?? '' };
    case 'DONE':
    case 'REFUSED':
    case 'EXHAUSTED':
    case 'PARKED':
    case 'FAILED':
      return { ...facts, state: row.state };
    default:
      return row.state satisfies never;
  }
}

import { z } from 'zod';

import { CURRENCIES } from '../../../kernel/core/money.ts';
import { PAYMENT_STATUSES } from '../../../schema/events/payments.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { DeliveryView, PageRequest, PayloadView, PaymentReads, PaymentSearch, PaymentView, Viewer } from '../app/payment-reads.ts';
import { reasonText } from '../app/reason-text.ts';
import { CALLBACK_TYPES, OTHER_OUTCOMES, PAY_IN_OUTCOMES } from '../domain/delivery.ts';
import { PM_TYPES } from '../domain/payment.ts';
import { readOpenDeliveries } from './open-deliveries.reads.ts';
import { SEARCH_TERMS_SQL } from './search-terms.sql.ts';

/** Reads straight from the tables; no lock, no memory. */
export function createPaymentReads(database: Database): PaymentReads {
  const { pool } = database;

  async function payments(where: readonly Condition[], tail: Condition): Promise<PaymentView[]> {
    const { text, values } = select(PAYMENT_SELECT, where, tail);
    const { rows } = await pool.query<object>({ text, values });
    return rows.map(paymentViewOf);
  }
  async function deliveries(where: readonly Condition[], tail: Condition): Promise<DeliveryView[]> {
    const { text, values } = select(DELIVERY_SELECT, where, tail);
    const { rows } = await pool.query<object>({ text, values });
    return rows.map(deliveryViewOf);
  }

  return {
    async payment({ guid, viewer }) {
      return (await payments([['m.guid = $', guid], ...visibleTo(viewer)], UNORDERED))[0] ?? null;
    },
    paymentsByGuid: ({ guids, viewer }) => payments([['m.guid = any ($::uuid[])', guids], ...visibleTo(viewer)], UNORDERED),
    payments: ({ viewer, filter, page }) =>
      payments(
        [
          ...visibleTo(viewer),
          ...(filter.statuses === undefined ? [] : [['p.state = any ($::text[])', filter.statuses] as const]),
          ...(filter.orderId === undefined ? [] : [['m.order_id = $::uuid', filter.orderId] as const]),
          ...searched(filter.search ?? {}),
          ...following(page, 'm.accepted_at', 'm.guid'),
        ],
        ['order by m.accepted_at desc, m.guid desc limit $', page.limit],
      ),
    paymentsOfOrders: ({ orderIds, viewer }) =>
      payments(
        [['m.order_id = any ($::uuid[])', orderIds], ...visibleTo(viewer)],
        ['order by m.pm_type = $, p.state = $, m.accepted_at desc, m.guid desc', 'return', 'REJECT'],
      ),
    deliveriesOfPayments: (guids) => deliveries([['d.payment_guid = any ($::uuid[])', guids]], ['order by d.payment_guid, d.sequence']),
    async delivery(id) {
      return (await deliveries([['d.id = $::uuid', id]], UNORDERED))[0] ?? null;
    },
    deliveries: ({ state, page }) =>
      deliveries(
        [['d.state = $', state], ...following(page, 'd.updated_at', 'd.id')],
        ['order by d.updated_at desc, d.id desc limit $', page.limit],
      ),
    async messagesOfPayments(guids) {
      const { rows } = await pool.query<object>(MESSAGES_SQL, [guids]);
      return z.array(messageRowSchema).parse(rows);
    },
    async payloadsOfDeliveries(ids) {
      return (await pool.query<PayloadView>(PAYLOADS_SQL, [ids])).rows;
    },
    openDeliveries: () => readOpenDeliveries(pool),
    async attemptsOfDeliveries(ids) {
      const { rows } = await pool.query<object>(ATTEMPTS_SQL, [ids]);
      return z.array(attemptRowSchema).parse(rows);
    },
  };
}

/** A piece of SQL whose `$` signs stand for its values, in order. */
type Condition = readonly [sql: string, ...values: unknown[]];

const UNORDERED: Condition = [''];

function select(from: string, where: readonly Condition[], tail: Condition): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const numbered = ([sql, ...given]: Condition): string => {
    let next = 0;
    return sql.replaceAll('$', () => `$${values.push(given[next++])}`);
  };
  const conditions = where.map(numbered).join(' and ');
  return { text: `${from} ${conditions === '' ? '' : `where ${conditions}`} ${numbered(tail)}`, values };
}

function visibleTo(viewer: Viewer): readonly Condition[] {
  switch (viewer.kind) {
    case 'all':
      return [];
    case 'nobody':
      return [['false']];
    case 'bank':
      return [['(m.initiator_bank_guid = $::uuid or m.receiver_bank_guid = $::uuid)', viewer.id, viewer.id]];
    case 'merchant':
      return [['m.merchant_uid = $', viewer.id]];
    default:
      return viewer satisfies never;
  }
}

function searched({ amount, tail, bankGuid, merchantUid, from, until }: PaymentSearch): readonly Condition[] {
  const conditions: (Condition | false)[] = [
    amount !== undefined && [`${SEARCH_TERMS_SQL} @> array[$] and m.currency = $`, `=${amount.minor}`, amount.currency],
    tail !== undefined && [
      `(${SEARCH_TERMS_SQL} @> array[$] or m.order_id = any (array(select guid from p2p_order where right(phone, 4) = $)))`,
      tail,
      tail,
    ],
    bankGuid !== undefined && ['(m.initiator_bank_guid = $::uuid or m.receiver_bank_guid = $::uuid)', bankGuid, bankGuid],
    merchantUid !== undefined && ['m.merchant_uid = $', merchantUid],
    from !== undefined && ['m.accepted_at >= $::timestamptz', from.toISOString()],
    until !== undefined && ['m.accepted_at < $::timestamptz', until.toISOString()],
  ];
  return conditions.filter((condition) => condition !== false);
}

function following({ after }: PageRequest, at: string, id: string): readonly Condition[] {
  return after ? [[`(${at}, ${id}) < ($::timestamptz, $::uuid)`, after.at.toISOString(), after.id]] : [];
}

const PAYMENT_SELECT = `
select m.guid, p.state as status, p.reason_code, m.pm_type, m.amount_minor, m.currency, m.external_id, m.purpose, m.order_id, m.merchant_uid, m.original_guid,
  m.initiator_bank_guid, m.receiver_bank_guid, m.debtor_account, m.creditor_account, m.accepted_at, p.updated_at, p.event_version,
  h.epoch, h.pos as head
from log_head h cross join payment_message m join payment p using (guid)`;

const paymentRowSchema = z.object({
  guid: z.string(),
  status: z.enum(PAYMENT_STATUSES),
  reason_code: z.string().nullable(),
  pm_type: z.enum(PM_TYPES),
  amount_minor: z.bigint(),
  currency: z.enum(CURRENCIES),
  external_id: z.string(),
  purpose: z.string(),
  order_id: z.string().nullable(),
  merchant_uid: z.string().nullable(),
  original_guid: z.string().nullable(),
  initiator_bank_guid: z.string(),
  receiver_bank_guid: z.string().nullable(),
  debtor_account: z.string(),
  creditor_account: z.string(),
  accepted_at: z.date(),
  updated_at: z.date(),
  event_version: z.number(),
  epoch: z.number(),
  head: z.bigint(),
});

function paymentViewOf(row: object): PaymentView {
  const read = paymentRowSchema.parse(row);
  return {
    guid: read.guid,
    status: read.status,
    reasonCode: read.reason_code,
    reason: read.reason_code === null ? null : reasonText(read.reason_code),
    pmType: read.pm_type,
    amount: { minor: read.amount_minor, currency: read.currency },
    externalId: read.external_id,
    purpose: read.purpose,
    orderId: read.order_id,
    merchantUid: read.merchant_uid,
    originalGuid: read.original_guid,
    initiatorBankGuid: read.initiator_bank_guid,
    receiverBankGuid: read.receiver_bank_guid,
    debtorAccount: read.debtor_account,
    creditorAccount: read.creditor_account,
    createdAt: read.accepted_at,
    updatedAt: read.updated_at,
    eventVersion: read.event_version,
    seenAt: { epoch: read.epoch, head: read.head },
  };
}

const DELIVERY_SELECT = `
select d.id, d.payment_guid, d.callback_type, d.sequence, d.receiver_kind, d.receiver_id, d.state, d.attempts, d.last_answer, d.due_at, d.outcome,
  d.outcome_reason, d.created_at, d.updated_at
from delivery d`;

const deliveryRowSchema = z.object({
  id: z.string(),
  payment_guid: z.string(),
  callback_type: z.enum(CALLBACK_TYPES),
  sequence: z.number(),
  receiver_kind: z.enum(['bank', 'merchant']),
  receiver_id: z.string(),
  state: z.enum(['WAITING', 'DONE', 'REFUSED', 'EXHAUSTED', 'PARKED', 'FAILED', 'RESOLVED']),
  attempts: z.number(),
  last_answer: z.string().nullable(),
  due_at: z.date(),
  outcome: z.enum([...PAY_IN_OUTCOMES, ...OTHER_OUTCOMES]).nullable(),
  outcome_reason: z.string().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
});

function deliveryViewOf(row: object): DeliveryView {
  const read = deliveryRowSchema.parse(row);
  return {
    id: read.id,
    paymentGuid: read.payment_guid,
    questionSubject: null,
    callbackType: read.callback_type,
    sequence: read.sequence,
    receiver: { kind: read.receiver_kind, id: read.receiver_id },
    state: read.state,
    attempts: read.attempts,
    lastAnswer: read.last_answer,
    dueAt: read.state === 'WAITING' ? read.due_at : null,
    outcome: read.outcome,
    outcomeReason: read.outcome_reason,
    createdAt: read.created_at,
    updatedAt: read.updated_at,
  };
}

/** What was read as strict JSON, or as a token, is UTF-8: its text has the same bytes. */
const MESSAGES_SQL = `
select guid, convert_from(body, 'UTF8') as text, body_sha256 as sha256, sender_kid as kid, received_at as "receivedAt", mode
from payment_message where guid = any ($1::uuid[])`;

const messageRowSchema = z.object({
  guid: z.string(),
  text: z.string().nullable(),
  sha256: z.string(),
  kid: z.string(),
  receivedAt: z.date(),
  mode: z.enum(['answer', 'promised', 'refused']).nullable(),
});

const PAYLOADS_SQL = 'select delivery_id as "deliveryId", token from delivery_payload where delivery_id = any ($1::uuid[])';

const ATTEMPTS_SQL = `
select delivery_id as "deliveryId", attempt, started_at as "startedAt", duration_ms as "durationMs", status, answer, error,
  answer_sha256 as "answerSha256", address, answer_text as "answerText", stray
from attempt where delivery_id = any ($1::uuid[]) order by delivery_id, started_at, attempt`;

const attemptRowSchema = z.object({
  deliveryId: z.string(),
  attempt: z.number(),
  startedAt: z.date(),
  durationMs: z.number(),
  status: z.number().nullable(),
  answer: z.enum(['accepted', 'refused', 'unclear']),
  error: z.string().nullable(),
  answerSha256: z.string().nullable(),
  address: z.string().nullable(),
  answerText: z.string().nullable(),
  stray: z.boolean(),
});

import type { Statement } from '../../../kernel/runtime/commit-queue.ts';
import { causeOf, currentTraceparent } from '../../../kernel/runtime/tracing.ts';
import { publishedEvent } from '../app/order-events.ts';
import type { ExpirationCallback, OrderChange } from '../app/ports.ts';
import type { MerchantUid, OrderId } from '../domain/order.ts';
import { factsRow, SELECT_ORDERS, stateRow } from './order.row.ts';

/** Every statement that writes an order also writes its event, so that neither is ever without the other. */

const FIND_ORDER = `${SELECT_ORDERS} where s.order_id = $1`;
const FIND_BY_REFERENCE = `${SELECT_ORDERS} where f.merchant_uid = $1 and f.reference = $2`;

export const findOrder = (id: OrderId): Statement => ({ name: 'find-order', text: FIND_ORDER, values: [id] });

export const findByReference = (merchantUid: MerchantUid, reference: string): Statement => ({
  name: 'find-order-by-reference',
  text: FIND_BY_REFERENCE,
  values: [merchantUid, reference],
});

/** The locks keep claims and sweeps from deciding on the same version; ids in order, so that two batches cannot wait for each other. */
export const LOCK_ORDERS = `${SELECT_ORDERS} where s.order_id = any ($1::uuid[]) order by s.order_id for update of s`;

/** Whoever has a due order locked is about to claim, cancel or expire it; the next sweep sees what became of it. */
export const LOCK_DUE_ORDERS = `${SELECT_ORDERS} where s.status = 'CREATED' and s.expires_at <= $1 order by s.expires_at limit $2 for update of s skip locked`;

const INSERT_ORDER = `
with f as (
  insert into order_facts select * from jsonb_populate_record(null::order_facts, $1::jsonb)
  on conflict (merchant_uid, reference) do nothing returning order_id, expires_at
), s as (
  insert into order_state (order_id, status, version, expires_at, rejects) select order_id, 'CREATED', 1, expires_at, '[]' from f
)
insert into event_outbox (audience, subject, version, type, payload, at, traceparent)
select $2::text[], order_id, 1, $3, $4::jsonb, $5::timestamptz, $6::text from f`;

/** One row when the order was inserted, none when its reference is taken. */
export function insertOrder(change: OrderChange): Statement {
  const { audience, type, payload, at } = publishedEvent(change);
  const values = [JSON.stringify(factsRow(change.after.facts)), audience, type, JSON.stringify(payload), at, currentTraceparent()];
  const { merchant, terms } = change.after.facts;
  return { name: 'insert-order', text: INSERT_ORDER, values, row: `${merchant.uid} ${terms.reference}` };
}

const CLAIM_ORDER = `
with s as (
  update order_state set status = 'IN_PROGRESS', version = $2::int + 1, holder_guid = $3, holder_bank_guid = $4, holder_external_id = $5,
    holder_debtor_account = $6, claimed_at = $7, claim_check_at = $7::timestamptz + $8::int * interval '1 millisecond'
  where order_id = $1 and version = $2::int and status = 'CREATED'
  returning order_id, version
)
insert into event_outbox (audience, subject, version, type, payload, at, traceparent)
select $9::text[], order_id, version, 'OrderClaimed', $10::jsonb, $11::timestamptz, $12::text from s`;

/** One row when the claim holds, none when the order has moved on. The version is the guard: claim and expiry race for one row lock. */
export function claimOrder(change: OrderChange, checkAfterMs: number): Statement {
  const { after, before } = change;
  if (after.status !== 'IN_PROGRESS' || before.status !== 'CREATED')
    throw new Error(`a claim leads from CREATED to IN_PROGRESS, not to ${after.status}`);
  const { paymentGuid, initiatorBankGuid, externalId, debtorAccount, claimedAt } = after.hold;
  const { audience, payload, at } = publishedEvent(change);
  const values = [after.facts.id, before.version, paymentGuid, initiatorBankGuid, externalId, debtorAccount, claimedAt, checkAfterMs];
  return {
    name: 'claim-order',
    text: CLAIM_ORDER,
    values: [...values, audience, JSON.stringify(payload), at, currentTraceparent()],
    row: after.facts.id,
  };
}

const SAVE_ORDERS = `
with r as (
  select * from jsonb_to_recordset($1::jsonb) as r (order_id uuid, version_before int, status text, version int, rejects jsonb, holder_guid uuid,
    holder_bank_guid uuid, holder_external_id text, holder_debtor_account text, claimed_at timestamptz, ended_at timestamptz, cancel_cause text, return_requested_minor bigint, returned_minor bigint)
), s as (
  update order_state s set status = r.status, version = r.version, rejects = r.rejects, holder_guid = r.holder_guid,
    holder_bank_guid = r.holder_bank_guid, holder_external_id = r.holder_external_id, holder_debtor_account = r.holder_debtor_account,
    claimed_at = r.claimed_at, claim_check_at = case when r.status = 'IN_PROGRESS' then s.claim_check_at end, ended_at = r.ended_at, cancel_cause = r.cancel_cause,
    return_requested_minor = r.return_requested_minor, returned_minor = r.returned_minor
  from r where s.order_id = r.order_id and s.version = r.version_before
  returning s.order_id
), e as (
  insert into event_outbox (audience, subject, version, type, payload, at, traceparent)
  select array(select jsonb_array_elements_text(e.audience)), e.subject, e.version, e.type, e.payload, e.at, e.traceparent
  from jsonb_array_elements($2::jsonb) with ordinality as item (value, n),
    jsonb_to_record(item.value) as e (audience jsonb, subject text, version int, type text, payload jsonb, at timestamptz, traceparent text)
  where e.subject::uuid in (select order_id from s)
  order by item.n
), c as (
  insert into expiration_callback (delivery_id, order_id, merchant_uid, url, body, state, attempts, due_at, traceparent)
  select c.delivery_id, c.order_id, c.merchant_uid, c.url, c.body, 'PENDING', 0, c.due_at, c.traceparent
  from jsonb_to_recordset($3::jsonb) as c (delivery_id uuid, order_id uuid, merchant_uid text, url text, body text, due_at timestamptz, traceparent text)
  where c.order_id in (select order_id from s)
)
select order_id from s`;

/** One row per order that was at its version. Several changes of one order are one update and all their events. */
export function saveOrders(changes: readonly OrderChange[]): Statement {
  const states = new Map<OrderId, Record<string, unknown>>();
  for (const { before, after } of changes) {
    if (before.status === 'ABSENT') throw new Error('an order is saved by insertOrder when it is made');
    const first = states.get(after.facts.id);
    states.set(after.facts.id, { ...stateRow(after, before.version), ...(first ? { version_before: first['version_before'] } : {}) });
  }
  const callbacks = changes.flatMap(({ callback }) => (callback ? [callbackRow(callback)] : []));
  return {
    name: 'save-orders',
    text: SAVE_ORDERS,
    values: [[...states.values()], changes.map(tracedEvent), callbacks].map((rows) => JSON.stringify(rows)),
  };
}

/** The event with the trace of the payment's event that caused it; of whoever asked, where it was not a payment. */
function tracedEvent(change: OrderChange) {
  const event = publishedEvent(change);
  const traceparent = 'paymentGuid' in event.payload ? causeOf(event.payload.paymentGuid) : currentTraceparent();
  return { ...event, traceparent };
}

function callbackRow(callback: ExpirationCallback): Record<string, unknown> {
  return {
    delivery_id: callback.deliveryId,
    order_id: callback.orderId,
    merchant_uid: callback.merchantUid,
    url: callback.url,
    body: callback.body,
    due_at: callback.dueAt,
    traceparent: currentTraceparent(),
  };
}

/** Taking a claim puts its next question off, which is also the lease: whoever took it asks, and if it dies the next sweep does. */
export const TAKE_SILENT_CLAIMS = `
with due as (
  select order_id from order_state where status = 'IN_PROGRESS' and claim_check_at <= $1 order by claim_check_at limit $3 for update skip locked
)
update order_state s set claim_check_at = $2 from due where s.order_id = due.order_id
returning s.order_id as "orderId", s.holder_guid as "paymentGuid", s.holder_bank_guid as "initiatorBankGuid"`;

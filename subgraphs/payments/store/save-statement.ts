import type { Statement } from '../../../kernel/runtime/commit-queue.ts';
import { currentTraceparent } from '../../../kernel/runtime/tracing.ts';
import type { PaymentStep } from '../app/ports.ts';
import type { Delivery, WaitingDelivery } from '../domain/delivery.ts';
import { heldOrderOf, isKnown, type Payment, type PaymentFacts } from '../domain/payment.ts';

/** What a saved step answers: no row means that nothing was written. */
export interface SavedRow {
  readonly forwarded: string | null;
}

/**
 * One step of a payment as one statement: the payment row guarded by its version (and, for a try, by its lease), then everything else
 * `from p`, so that nothing is written when the guard fails. Steps of the same shape have the same text and share a prepared statement.
 */
export function saveStatement(step: PaymentStep): Statement {
  const sql = new StatementText();
  if (step.tried) sql.part(holdLease(sql, step.tried), 'held');
  if (step.hold) sql.part(hold(sql, step.hold), step.hold.kind);
  sql.part(step.before.version === 0 ? insertPayment(sql, step) : updatePayment(sql, step), step.before.version === 0 ? 'new' : 'next');
  if (step.message) sql.part(insertMessage(sql, step), 'message');
  if (step.hold?.kind === 'return') sql.part(answerRequest(sql, step, step.hold), 'answered');
  const { created, changed, forwarded } = deliveryChanges(step);
  if (created.length > 0) {
    sql.part(insertDeliveries(sql, step, created), `created${created.length}`);
    sql.part(insertPayloads(sql, step, created), 'payloads');
  }
  for (const delivery of changed) sql.part(updateDelivery(sql, step, delivery), 'changed');
  if (step.tried) sql.part(insertAttempt(sql, step.tried), 'tried');
  if (forwarded) sql.part(forwardDelivery(sql, step, forwarded), 'forwarded');
  if (step.published.length > 0) sql.part(insertOutbox(sql, step), `events${step.published.length}`);
  const saved = sql.statement(`select ${forwarded ? '(select id from forwarded)' : 'null::uuid'} as forwarded from p`);
  return { ...saved, row: step.guid };
}

/** The text of one statement under construction, and its values in order. */
class StatementText {
  readonly #parts: string[] = [];
  readonly #shape: string[] = [];
  readonly #values: unknown[] = [];

  value(value: unknown, type: string): string {
    return `$${this.#values.push(value)}::${type}`;
  }

  part(text: string, shape: string): void {
    this.#parts.push(text);
    this.#shape.push(shape);
  }

  statement(result: string): Statement {
    return { name: `payment ${this.#shape.join(' ')}`, text: `with ${this.#parts.join(',\n')}\n${result}`, values: this.#values };
  }
}

interface Outcome {
  readonly reasonCode: string | null;
  readonly decidedAt: Date | null;
  /** Set while the payment holds or held its order. */
  readonly orderId: string | null;
}

function outcomeOf(step: PaymentStep): Outcome {
  const { after } = step;
  const refusedAtOnce = step.message !== undefined && after.state === 'REJECT';
  const orderId = isKnown(after) && !refusedAtOnce ? heldOrderOf(after.facts) : null;
  switch (after.state) {
    case 'UNKNOWN':
    case 'PENDING':
      return { reasonCode: null, decidedAt: null, orderId };
    case 'TOMBSTONE':
      return { reasonCode: null, decidedAt: new Date(after.abandonedAtMs), orderId };
    case 'SUCCESS':
      return { reasonCode: null, decidedAt: new Date(after.succeededAtMs), orderId };
    case 'REJECT':
      return { reasonCode: after.reasonCode, decidedAt: new Date(after.rejectedAtMs), orderId };
    default:
      return after satisfies never;
  }
}

function insertPayment(sql: StatementText, step: PaymentStep): string {
  const { reasonCode, decidedAt, orderId } = outcomeOf(step);
  const at = sql.value(iso(step.at), 'timestamptz');
  return `p as (insert into payment (guid, version, event_version, state, order_id, reason_code, created_at, decided_at, updated_at)
    select ${sql.value(step.guid, 'uuid')}, 1, ${sql.value(step.published.length, 'int')}, ${sql.value(step.after.state, 'text')},
      ${sql.value(orderId, 'uuid')}, ${sql.value(reasonCode, 'text')}, ${at}, ${sql.value(iso(decidedAt), 'timestamptz')}, ${at}
    ${step.hold ? 'from hold' : ''} on conflict do nothing returning guid)`;
}

type HoldOf<Kind extends NonNullable<PaymentStep['hold']>['kind']> = Extract<PaymentStep['hold'], { kind: Kind }>;

function hold(sql: StatementText, held: NonNullable<PaymentStep['hold']>): string {
  return held.kind === 'p2p-order' ? holdOrder(sql, held) : holdRequest(sql, held);
}

/** Under the original's row lock, which everything takes first that changes its requests. */
function holdRequest(sql: StatementText, { originalGuid, requestGuid, amountMinor }: HoldOf<'return'>): string {
  return `hold as (select from payment o join return_request r on r.original_guid = o.guid
    where o.guid = ${sql.value(originalGuid, 'uuid')} and o.state = 'SUCCESS' and r.guid = ${sql.value(requestGuid, 'uuid')}
      and r.status = 'REQUESTED' and r.amount_minor = ${sql.value(amountMinor, 'bigint')} for no key update of o, r)`;
}

function answerRequest(sql: StatementText, step: PaymentStep, { requestGuid }: HoldOf<'return'>): string {
  return `answered as (update return_request set status = 'PENDING', return_guid = p.guid, updated_at = ${sql.value(iso(step.at), 'timestamptz')}
    from p where return_request.guid = ${sql.value(requestGuid, 'uuid')})`;
}

/**
 * Keeps order and pay request as they are until the commit: whoever is changing them at this moment is waited for, and then they are looked at again.
 * The order's row comes first, as in every change of it.
 */
function holdOrder(sql: StatementText, { orderGuid, payRequestGuid, now }: HoldOf<'p2p-order'>): string {
  return `hold as (select from p2p_order o join pay_request r on r.order_guid = o.guid
    where o.guid = ${sql.value(orderGuid, 'uuid')} and r.guid = ${sql.value(payRequestGuid, 'uuid')} and o.status in ('CREATED', 'PROCESSING')
      and o.expires_at > ${sql.value(iso(now), 'timestamptz')} and r.status = 'COMPLETED' for share of o, r)`;
}

function updatePayment(sql: StatementText, step: PaymentStep): string {
  const { reasonCode, decidedAt } = outcomeOf(step);
  const version = sql.value(step.before.version, 'int');
  const lease = step.tried ? 'and exists (select from held)' : '';
  return `p as (update payment set version = ${version} + 1, event_version = event_version + ${sql.value(step.published.length, 'int')},
      state = ${sql.value(step.after.state, 'text')}, reason_code = ${sql.value(reasonCode, 'text')},
      decided_at = ${sql.value(iso(decidedAt), 'timestamptz')}, updated_at = ${sql.value(iso(step.at), 'timestamptz')}
    where guid = ${sql.value(step.guid, 'uuid')} and version = ${version} ${lease} returning guid)`;
}

/** Locks the delivery before anything is written: whoever is taking the lease over at this moment is waited for, and then has it. */
function holdLease(sql: StatementText, tried: NonNullable<PaymentStep['tried']>): string {
  return `held as (select id from delivery where id = ${sql.value(tried.deliveryId, 'uuid')} and state = 'WAITING'
    and lease_token = ${sql.value(tried.leaseToken, 'uuid')} for no key update)`;
}

function insertMessage(sql: StatementText, step: PaymentStep): string {
  const { message, after } = step;
  if (!message || !isKnown(after)) throw new Error('a message is saved with the first facts of its payment');
  const { facts } = after;
  const values = [
    sql.value(facts.pmType, 'text'),
    sql.value(facts.orderId, 'uuid'),
    sql.value(facts.merchantUid, 'text'),
    sql.value(facts.initiatorBankGuid, 'uuid'),
    sql.value(facts.receiverBankGuid, 'uuid'),
    sql.value(facts.externalId, 'text'),
    sql.value(facts.amount.minor, 'bigint'),
    sql.value(facts.amount.currency, 'text'),
    sql.value(facts.debtorAccount, 'text'),
    sql.value(facts.creditorAccount, 'text'),
    sql.value(facts.purpose, 'text'),
    ...kindValues(sql, facts),
    sql.value(iso(step.at), 'timestamptz'),
    sql.value(message.body, 'bytea'),
    sql.value(message.bodySha256, 'text'),
    sql.value(message.senderKid, 'text'),
    sql.value(iso(message.receivedAt), 'timestamptz'),
    sql.value(message.mode, 'text'),
    sql.value(message.order === null ? null : JSON.stringify(message.order), 'jsonb'),
    sql.value(currentTraceparent(), 'text'),
  ];
  return `m as (insert into payment_message (guid, pm_type, order_id, merchant_uid, initiator_bank_guid, receiver_bank_guid, external_id,
      amount_minor, currency, debtor_account, creditor_account, purpose, pay_request_guid, original_guid, return_request_guid, accepted_at, body, body_sha256, sender_kid, received_at, mode, order_snapshot, traceparent)
    select guid, ${values.join(', ')} from p)`;
}

function kindValues(sql: StatementText, facts: PaymentFacts): string[] {
  const payRequestGuid = facts.pmType === 'p2p' ? facts.payRequestGuid : null;
  const [originalGuid, requestGuid] = facts.pmType === 'return' ? [facts.originalGuid, facts.returnRequestGuid] : [null, null];
  return [sql.value(payRequestGuid, 'uuid'), sql.value(originalGuid, 'uuid'), sql.value(requestGuid, 'uuid')];
}

interface DeliveryChanges {
  readonly created: readonly WaitingDelivery[];
  readonly changed: readonly Delivery[];
  readonly forwarded: WaitingDelivery | undefined;
}

/** evolve() makes a new object for what it changes, so a delivery that is the same object has not changed. */
function deliveryChanges(step: PaymentStep): DeliveryChanges {
  const before = new Map(deliveriesOf(step.before.payment).map((delivery) => [delivery.id, delivery]));
  const forwardedIds = step.events.flatMap((event) => (event.type === 'DeliveryBroughtForward' ? [event.deliveryId] : []));
  const moved = deliveriesOf(step.after).filter((delivery) => before.get(delivery.id) !== delivery);
  return {
    created: moved.filter(isWaiting).filter(({ id }) => !before.has(id)),
    changed: moved.filter(({ id }) => before.has(id) && !forwardedIds.includes(id)),
    forwarded: moved.filter(isWaiting).find(({ id }) => forwardedIds.includes(id)),
  };
}

function deliveriesOf(payment: Payment): readonly Delivery[] {
  return isKnown(payment) ? payment.deliveries : [];
}

function isWaiting(delivery: Delivery): delivery is WaitingDelivery {
  return delivery.state === 'WAITING';
}

function insertDeliveries(sql: StatementText, step: PaymentStep, created: readonly WaitingDelivery[]): string {
  const at = sql.value(iso(step.at), 'timestamptz');
  const atOnce = new Set(
    step.events.flatMap((event) => (event.type === 'DeliveryCreated' && event.start === 'at-once' ? [event.deliveryId] : [])),
  );
  const rows = created.map((delivery) => {
    const leased = atOnce.has(delivery.id);
    return `(${[
      sql.value(delivery.id, 'uuid'),
      sql.value(delivery.sequence, 'int'),
      sql.value(delivery.callbackType, 'text'),
      sql.value(delivery.receiver.kind, 'text'),
      sql.value(delivery.receiver.id, 'text'),
      sql.value(leased ? iso(step.lease.until) : isoOf(delivery.dueAtMs), 'timestamptz'),
      sql.value(leased ? step.lease.token : null, 'uuid'),
    ].join(', ')})`;
  });
  return `d as (insert into delivery (id, payment_guid, sequence, callback_type, receiver_kind, receiver_id, state, due_at, lease_token, created_at, updated_at)
    select v.id, p.guid, v.sequence, v.callback_type, v.receiver_kind, v.receiver_id, 'WAITING', v.due_at, v.lease_token, ${at}, ${at}
    from p cross join (values ${rows.join(', ')}) as v (id, sequence, callback_type, receiver_kind, receiver_id, due_at, lease_token))`;
}

function insertPayloads(sql: StatementText, step: PaymentStep, created: readonly WaitingDelivery[]): string {
  const rows = created.map(({ id }) => {
    const token = step.payloads.get(id);
    if (token === undefined) throw new Error('a delivery is created with its signed payload');
    return `(${sql.value(id, 'uuid')}, ${sql.value(token, 'text')})`;
  });
  return `t as (insert into delivery_payload (delivery_id, token) select v.id, v.token from p cross join (values ${rows.join(', ')}) as v (id, token))`;
}

function updateDelivery(sql: StatementText, step: PaymentStep, delivery: Delivery): string {
  const { tries } = delivery;
  // A person's retry starts at once; a postponed try waits for its moment and belongs to nobody until then.
  const leased = delivery.state === 'WAITING' && delivery.oneMore;
  const dueAt = delivery.state === 'WAITING' ? (leased ? iso(step.lease.until) : isoOf(delivery.dueAtMs)) : null;
  const resolved = delivery.state === 'RESOLVED' ? delivery : null;
  return `c as (update delivery set state = ${sql.value(delivery.state, 'text')}, attempts = ${sql.value(tries.attempts, 'int')},
      last_answer = ${sql.value(tries.lastAnswer, 'text')}, refused_in_row = ${sql.value(tries.refusedInRow, 'int')},
      unclear_tries = ${sql.value(tries.unclearTries, 'int')}, http_answers = ${sql.value(tries.httpAnswers, 'int')},
      one_more = ${sql.value(leased, 'boolean')}, due_at = coalesce(${sql.value(dueAt, 'timestamptz')}, due_at),
      lease_token = ${sql.value(leased ? step.lease.token : null, 'uuid')}, outcome = ${sql.value(resolved?.outcome ?? null, 'text')},
      outcome_reason = ${sql.value(resolved?.reason ?? null, 'text')}, updated_at = ${sql.value(iso(step.at), 'timestamptz')}
    from p where delivery.id = ${sql.value(delivery.id, 'uuid')})`;
}

/** Whoever leased the delivery meanwhile keeps it: it was due by its own time. */
function forwardDelivery(sql: StatementText, step: PaymentStep, delivery: WaitingDelivery): string {
  return `forwarded as (update delivery set due_at = ${sql.value(iso(step.lease.until), 'timestamptz')},
      lease_token = ${sql.value(step.lease.token, 'uuid')}, updated_at = ${sql.value(iso(step.at), 'timestamptz')}
    from p where delivery.id = ${sql.value(delivery.id, 'uuid')} and lease_token is null and attempts = 0 returning delivery.id)`;
}

function insertAttempt(sql: StatementText, tried: NonNullable<PaymentStep['tried']>): string {
  return `a as (insert into attempt (delivery_id, lease_token, attempt, started_at, duration_ms, answer, status, error, answer_sha256, address, answer_text, stray)
    select ${attemptValues(sql, tried).join(', ')}, false from p)`;
}

function attemptValues(sql: StatementText, tried: NonNullable<PaymentStep['tried']>): string[] {
  return [
    sql.value(tried.deliveryId, 'uuid'),
    sql.value(tried.leaseToken, 'uuid'),
    sql.value(tried.attempt, 'int'),
    sql.value(iso(tried.startedAt), 'timestamptz'),
    sql.value(tried.durationMs, 'int'),
    sql.value(tried.answer, 'text'),
    sql.value(tried.status, 'int'),
    sql.value(tried.error, 'text'),
    sql.value(tried.answerSha256, 'text'),
    sql.value(tried.address, 'text'),
    sql.value(tried.answerText, 'text'),
  ];
}

/** The try of somebody who lost the lease: kept, and otherwise without effect. */
export function strayStatement(tried: NonNullable<PaymentStep['tried']>): Statement {
  const sql = new StatementText();
  const values = attemptValues(sql, tried).join(', ');
  sql.part(
    `a as (insert into attempt (delivery_id, lease_token, attempt, started_at, duration_ms, answer, status, error, answer_sha256, address, answer_text, stray)
      values (${values}, true) on conflict do nothing)`,
    'stray',
  );
  return sql.statement('select 1');
}

function insertOutbox(sql: StatementText, step: PaymentStep): string {
  const subject = sql.value(step.guid, 'text');
  const at = sql.value(iso(step.at), 'timestamptz');
  const traceparent = sql.value(currentTraceparent(), 'text');
  const rows = step.published.map(
    ({ audience, type, payload }, index) =>
      `(${[
        sql.value(audience, 'text[]'),
        sql.value(step.before.eventVersion + index + 1, 'int'),
        sql.value(type, 'text'),
        sql.value(JSON.stringify(payload), 'jsonb'),
      ].join(', ')})`,
  );
  return `o as (insert into event_outbox (audience, subject, version, type, payload, at, traceparent)
    select v.audience, ${subject}, v.version, v.type, v.payload, ${at}, ${traceparent}
    from p cross join (values ${rows.join(', ')}) as v (audience, version, type, payload) order by v.version)`;
}

function iso(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

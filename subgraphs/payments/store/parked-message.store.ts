import type pg from 'pg';
import { z } from 'zod';

import { CURRENCIES } from '../../../kernel/core/money.ts';
import { fail, ok } from '../../../kernel/core/result.ts';
import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import type { ParkedDecision, ReportedMessage } from '../../../schema/parked-messages.ts';
import type { ParkedAsk, ParkedMessageStore, ParkedMessageView } from '../app/parked-messages.ts';
import { afterDecision, afterReport, type ParkedMessageState } from '../domain/parked-message.ts';

const resultSchema = z.object({ guid: z.uuid() });

/** Parked messages as rows. `undecided` hears how many wait for a person after every change. */
export function createParkedMessageStore(o: { readonly database: Database; readonly undecided: (n: number) => void }): ParkedMessageStore {
  const { database } = o;
  const count = async (): Promise<void> => {
    const { rows } = await database.pool.query<{ n: bigint }>(UNDECIDED_SQL);
    o.undecided(Number(rows[0]?.n ?? 0));
  };
  return {
    count,
    async report(messages, at) {
      const decisions = await database.transaction((client) => takeReport(client, messages, at));
      await count();
      return decisions;
    },
    async ask(ask, key) {
      const { outcome, reason, guid } = ask;
      const request = { participant: ask.subject, mutation: 'parked-message-resolve', key, input: { guid, outcome, reason } };
      const transact = () =>
        database.transaction((client) => runOnce(client, { ...request, now: ask.at, result: resultSchema }, () => decide(client, ask)));
      const done = await afterFirst(transact, isInProgress);
      if (!done.ok) return done;
      await count();
      return ok({ guid: done.value.value.guid, replayed: done.value.replayed });
    },
    async list({ state, page }) {
      const after = page.after ? [page.after.at.toISOString(), page.after.id] : [null, null];
      const { rows } = await database.pool.query<object>(LIST_SQL, [state, ...after, page.limit]);
      return rows.map(viewOf);
    },
    async one(guid) {
      const { rows } = await database.pool.query<object>(`${SELECT} where guid = $1`, [guid]);
      return rows[0] ? viewOf(rows[0]) : null;
    },
  };
}

/** In the order of the guids, as every lock of several rows here. */
async function takeReport(client: pg.ClientBase, messages: readonly ReportedMessage[], at: Date): Promise<ParkedDecision[]> {
  const decisions: ParkedDecision[] = [];
  for (const message of messages.toSorted((a, b) => (a.guid < b.guid ? -1 : 1))) {
    const report = { state: message.state, parkedAtMs: Date.parse(message.parkedAt) };
    await client.query(INSERT_SQL, reportedValues(message, afterReport(null, report).state, at));
    const row = await lockedRow(client, message.guid);
    if (!row) throw new Error(`parked message ${message.guid} is not where it was just written`);
    const before = { state: row.state, parkedAtMs: row.parked_at.getTime() };
    const after = afterReport(before, report);
    if (after !== before) await client.query(REPORTED_AGAIN_SQL, reportedValues(message, after.state, at));
    else await client.query('update parked_message set reported_at = $2 where guid = $1', [message.guid, at]);
    // A late report is of a parking that is over, about which nobody decides any more.
    if (report.state === 'parked' && report.parkedAtMs >= after.parkedAtMs) decisions.push(...decisionOn(message, after.state, row));
  }
  return decisions;
}

function decisionOn({ guid, parkedAt }: ReportedMessage, state: ParkedMessageState, row: LockedRow): ParkedDecision[] {
  switch (state) {
    case 'PARKED':
    case 'DISMISSED':
      return [];
    case 'REPLAY_ASKED':
    case 'REFUSE_ASKED': {
      if (row.decision_id === null) throw new Error(`the decision about parked message ${guid} has no id`);
      const operation = state === 'REPLAY_ASKED' ? 'replay' : 'refuse';
      return [{ guid, parkedAt, operation, operationId: row.decision_id, reason: row.decision_reason }];
    }
    case 'RECORDED':
      // The edge lost our answer. It sends once more and is told of the payment.
      return [{ guid, parkedAt, operation: 'replay', operationId: `recorded ${parkedAt}`, reason: null }];
    default:
      return state satisfies never;
  }
}

async function decide(client: pg.ClientBase, { guid, outcome, reason, subject, by, decisionId, at }: ParkedAsk) {
  const row = await lockedRow(client, guid);
  const decided = afterDecision(row && { state: row.state, parkedAtMs: row.parked_at.getTime() }, outcome);
  if (!decided.ok) return fail(decided.failure);
  await client.query(DECIDED_SQL, [guid, decided.value.state, decisionId, at, subject, reason]);
  await auditOn(
    client,
    at,
  )({ by, action: 'parkedMessageResolve', target: { kind: 'parkedMessage', id: guid }, details: { outcome, reason } });
  return ok({ guid });
}

interface LockedRow {
  readonly state: ParkedMessageState;
  readonly parked_at: Date;
  readonly decision_id: string | null;
  readonly decision_reason: string | null;
}

/** The lock keeps a report and a decision about one message apart, so that each decides on what the other left. */
async function lockedRow(client: pg.ClientBase, guid: string): Promise<LockedRow | null> {
  const { rows } = await client.query<LockedRow>(LOCK_SQL, [guid]);
  return rows[0] ?? null;
}

/** A tombstone is no payment yet: whoever is sent once more becomes one under it. */
const RECORDED = "exists (select 1 from payment p where p.guid = parked_message.guid and p.state <> 'TOMBSTONE')";

const LOCK_SQL = `
select case when ${RECORDED} then 'RECORDED' else state end as state, parked_at, decision_id, decision_reason
from parked_message where guid = $1 for update`;

const INSERT_SQL = `
insert into parked_message (guid, state, parked_at, reported_at, reason, tries, bank_guid, received_at, order_id, amount_minor, currency)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (guid) do nothing`;

/** The decision about an earlier parking goes; who refused what was dismissed stays. */
const REPORTED_AGAIN_SQL = `
update parked_message set state = $2, parked_at = $3, reported_at = $4, reason = $5, tries = $6, bank_guid = $7, received_at = $8,
  order_id = $9, amount_minor = $10, currency = $11,
  decision_id = case when $2 = 'DISMISSED' then decision_id end, decided_at = case when $2 = 'DISMISSED' then decided_at end,
  decided_by = case when $2 = 'DISMISSED' then decided_by end, decision_reason = case when $2 = 'DISMISSED' then decision_reason end
where guid = $1`;

function reportedValues({ guid, parkedAt, reason, tries, about }: ReportedMessage, state: ParkedMessageState, at: Date): unknown[] {
  const aboutValues = [about?.bankGuid, about?.receivedAt, about?.orderId, about?.amountMinor, about?.currency];
  return [guid, state, parkedAt, at, reason, tries, ...aboutValues.map((value) => value ?? null)];
}

const DECIDED_SQL = `
update parked_message set state = $2, decision_id = $3, decided_at = $4, decided_by = $5, decision_reason = $6 where guid = $1`;

const UNDECIDED_SQL = `select count(*) as n from parked_message where state = 'PARKED' and not ${RECORDED}`;

const SELECT = `
select guid, case when ${RECORDED} then 'RECORDED' else state end as state, parked_at, reported_at, reason, tries, bank_guid, received_at,
  order_id, amount_minor, currency, decided_at, decided_by, decision_reason
from parked_message`;

const LIST_SQL = `
select * from (${SELECT}) m
where ($1::text is null or m.state = $1) and ($2::timestamptz is null or (m.parked_at, m.guid) < ($2, $3::uuid))
order by m.parked_at desc, m.guid desc limit $4`;

const rowSchema = z.object({
  guid: z.string(),
  state: z.enum(['PARKED', 'REPLAY_ASKED', 'REFUSE_ASKED', 'DISMISSED', 'RECORDED']),
  parked_at: z.date(),
  reported_at: z.date(),
  reason: z.string(),
  tries: z.number(),
  bank_guid: z.string().nullable(),
  received_at: z.date().nullable(),
  order_id: z.string().nullable(),
  amount_minor: z.bigint().nullable(),
  currency: z.enum(CURRENCIES).nullable(),
  decided_at: z.date().nullable(),
  decided_by: z.string().nullable(),
  decision_reason: z.string().nullable(),
});

function viewOf(row: object): ParkedMessageView {
  const read = rowSchema.parse(row);
  const { amount_minor: minor, currency, decided_at: at, decided_by: by, decision_reason: reason } = read;
  return {
    guid: read.guid,
    state: read.state,
    parkedAt: read.parked_at,
    reportedAt: read.reported_at,
    reason: read.reason,
    tries: read.tries,
    bankGuid: read.bank_guid,
    receivedAt: read.received_at,
    orderId: read.order_id,
    amount: minor === null || currency === null ? null : { minor, currency },
    decision: at === null || by === null || reason === null ? null : { at, by, reason },
  };
}

import type pg from 'pg';
import { z } from 'zod';

import { CURRENCIES } from '../../../kernel/core/money.ts';
import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import { insertCallbacks } from '../../../kernel/wire/callback-store.ts';
import { orderSnapshotSchema } from '../../../schema/commands/orders.ts';
import type { Clock } from '../app/ports.ts';
import type { AnsweredRequest, ReturnChange, ReturnOnce, ReturnRecord, ReturnableRecord } from '../app/returns-ports.ts';
import { type PaymentGuid, PM_TYPES } from '../domain/payment.ts';
import type { ReturnRequest } from '../domain/returns.ts';

type Queryable = Pick<pg.ClientBase, 'query'>;

/** Requests to give payments back, on the connection of a transaction. */
export function returnRecordOf(client: pg.ClientBase): ReturnRecord {
  return {
    async lock(originalGuid) {
      const { rows } = await client.query({ name: 'lock-original', text: LOCK, values: [originalGuid] });
      // A statement of its own: what was committed while the lock was waited for is seen by it.
      return rows.length === 0 ? null : await readReturnable(client, originalGuid);
    },
    async originalOf(requestGuid) {
      const { rows } = await client.query<{ original_guid: string }>({ name: 'original-of', text: ORIGINAL_OF, values: [requestGuid] });
      return rows[0]?.original_guid ?? null;
    },
    save: (change) => save(client, change),
  };
}

/** The request that a return answers; none for a message that was refused. */
export async function requestOfReturn(client: Queryable, returnGuid: string): Promise<AnsweredRequest | null> {
  const { rows } = await client.query<AnsweredRequest>({ name: 'request-of-return', text: REQUEST_OF_RETURN, values: [returnGuid] });
  return rows[0] ?? null;
}

/** Idempotency records of requests, in the transaction of their change. `changed` is called after every commit. */
export function createReturnOnce(database: Database, clock: Clock, changed: () => void): ReturnOnce {
  return async (request, work) => {
    const done = await afterFirst(
      () =>
        database.transaction((client) => {
          const now = clock.now();
          return runOnce(client, { ...request, now, result: resultSchema }, () => work(returnRecordOf(client), auditOn(client, now)));
        }),
      isInProgress,
    );
    if (done.ok && !done.value.replayed) changed();
    return done;
  };
}

const resultSchema = z.object({ requestGuid: z.string() });

const LOCK = 'select from payment where guid = $1 for no key update';

const ORIGINAL_OF = 'select original_guid from return_request where guid = $1';

const REQUEST_OF_RETURN = 'select guid as "requestGuid", original_guid as "originalGuid" from return_request where return_guid = $1';

const RETURNABLE = `
select p.state, p.event_version, m.pm_type, m.amount_minor, m.currency, m.order_id, m.merchant_uid, m.initiator_bank_guid, m.receiver_bank_guid,
  m.debtor_account, m.creditor_account, m.purpose, m.order_snapshot,
  coalesce((select jsonb_agg(jsonb_build_object('guid', r.guid, 'amountMinor', r.amount_minor::text, 'status', r.status, 'returnGuid', r.return_guid,
    'rejectCode', r.reject_code) order by r.created_at, r.guid) from return_request r where r.original_guid = p.guid), '[]') as requests
from payment p join payment_message m using (guid) where p.guid = $1`;

const requestSchema = z.object({
  guid: z.string(),
  amountMinor: z.string().transform(BigInt),
  status: z.enum(['REQUESTED', 'PENDING', 'RETURNED', 'REJECTED', 'CANCELED']),
  returnGuid: z.string().nullable(),
  rejectCode: z.string().nullable(),
});

const returnableSchema = z.object({
  state: z.enum(['TOMBSTONE', 'PENDING', 'SUCCESS', 'REJECT']),
  event_version: z.number(),
  pm_type: z.enum(PM_TYPES),
  amount_minor: z.bigint(),
  currency: z.enum(CURRENCIES),
  order_id: z.string().nullable(),
  merchant_uid: z.string().nullable(),
  initiator_bank_guid: z.string(),
  receiver_bank_guid: z.string().nullable(),
  debtor_account: z.string(),
  creditor_account: z.string(),
  purpose: z.string(),
  order_snapshot: orderSnapshotSchema.nullable(),
  requests: z.array(requestSchema),
});

/** A payment with its requests, as of one moment. */
export async function readReturnable(on: Queryable, originalGuid: string): Promise<ReturnableRecord | null> {
  const { rows } = await on.query<object>({ name: 'returnable', text: RETURNABLE, values: [originalGuid] });
  if (!rows[0]) return null;
  const row = returnableSchema.parse(rows[0]);
  return {
    original: {
      guid: originalGuid as PaymentGuid, // Found under it.
      pmType: row.pm_type,
      amount: { minor: row.amount_minor, currency: row.currency },
      orderId: row.order_id,
      merchantUid: row.merchant_uid,
      initiatorBankGuid: row.initiator_bank_guid,
      receiverBankGuid: row.receiver_bank_guid,
      debtorAccount: row.debtor_account,
      creditorAccount: row.creditor_account,
      purpose: row.purpose,
      order: row.order_snapshot,
    },
    returnable: {
      original: { pmType: row.pm_type, state: row.state, amountMinor: row.amount_minor },
      requests: row.requests.map(requestOf),
    },
    eventVersion: row.event_version,
  };
}

function requestOf({ guid, amountMinor, status, returnGuid, rejectCode }: z.infer<typeof requestSchema>): ReturnRequest {
  if (status === 'REQUESTED' || status === 'CANCELED') return { guid, amountMinor, status };
  if (returnGuid === null) throw new Error(`return request ${guid} is ${status} without a return`);
  const answered = { guid, amountMinor, returnGuid: returnGuid as PaymentGuid }; // Written from a PaymentGuid.
  return status === 'REJECTED' ? { ...answered, status, reasonCode: rejectCode ?? '' } : { ...answered, status };
}

async function save(client: pg.ClientBase, { before, after, published, callbacks, made, at }: ReturnChange): Promise<void> {
  const { original, returnable, eventVersion } = before;
  // Its sessions decide anew: they would number their next event like the first of these.
  await client.query({ name: 'count-return-events', text: COUNT_EVENTS, values: [original.guid, published.length, at] });
  for (const request of after.requests) {
    if (returnable.requests.includes(request)) continue;
    const returnGuid = 'returnGuid' in request ? request.returnGuid : null;
    const rejectCode = request.status === 'REJECTED' ? request.reasonCode : null;
    if (made?.guid === request.guid) {
      const { reason, requestedBy, callbackId } = made;
      const who = [reason, requestedBy.kind, requestedBy.id, callbackId, at];
      const values = [request.guid, original.guid, request.status, request.amountMinor, original.amount.currency, ...who];
      await client.query({ name: 'insert-return-request', text: INSERT, values });
    } else {
      const values = [request.guid, request.status, returnGuid, rejectCode, at];
      await client.query({ name: 'update-return-request', text: UPDATE, values });
    }
  }
  await insertCallbacks(client, callbacks);
  await insertEvents(
    client,
    published.map((event, index) => ({ ...event, subject: original.guid, version: eventVersion + index + 1, at })),
  );
}

const COUNT_EVENTS = 'update payment set version = version + 1, event_version = event_version + $2, updated_at = $3 where guid = $1';

const INSERT = `
insert into return_request (guid, original_guid, status, amount_minor, currency, reason, requested_by, requested_by_id, callback_id, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`;

const UPDATE = 'update return_request set status = $2, return_guid = $3, reject_code = $4, updated_at = $5 where guid = $1';

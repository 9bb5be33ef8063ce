import type pg from 'pg';

import type { Database } from '../../../kernel/runtime/database.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import { insertCallbacks } from '../../../kernel/wire/callback-store.ts';
import type { LockedP2p, NewP2p, P2pChange, P2pRecord, P2pTransaction } from '../app/p2p-ports.ts';
import type { P2pOrder } from '../domain/p2p-order.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import type { ReceiverSearch } from '../domain/receiver-search.ts';
import { orderOf, orderRowSchema, requestOf, requestRowSchema, searchOf, searchRowSchema } from './p2p-row.ts';

/** p2p orders with their searches and pay requests. `tell` is called after every commit. */
export function createP2pTransaction(database: Database, tell: () => void): P2pTransaction {
  return async (work) => {
    const value = await database.transaction((client) => work(recordOf(client)));
    tell();
    return value;
  };
}

/** The record on the connection of a transaction. */
export function recordOf(client: pg.ClientBase): P2pRecord {
  return {
    lock: (orderGuid, requestGuid) => lock(client, orderGuid, requestGuid ?? null),
    insert: (order) => insert(client, order),
    insertRequest: (request, o) => insertRequest(client, request, o),
    save: (change) => save(client, change),
    async lockBucket(bankGuid, debtorAccount) {
      await takeTurn(client, bankGuid, debtorAccount);
      const { rows } = await client.query<{ tokens: number; filled_at: Date }>({
        name: 'p2p-bucket',
        text: 'select tokens, filled_at from search_bucket where bank_guid = $1 and debtor_account = $2',
        values: [bankGuid, debtorAccount],
      });
      return rows[0] ? { tokens: rows[0].tokens, filledAt: rows[0].filled_at } : null;
    },
    async saveBucket(bankGuid, debtorAccount, { tokens, filledAt }) {
      await client.query({ name: 'p2p-save-bucket', text: SAVE_BUCKET, values: [bankGuid, debtorAccount, tokens, filledAt] });
    },
    async searchesOf(phone, since) {
      await takeTurn(client, 'phone', phone);
      const { rows } = await client.query<{ open: boolean; started: bigint }>({
        name: 'p2p-searches',
        text: SEARCHES,
        values: [phone, since],
      });
      return { open: rows[0]?.open ?? false, started: Number(rows[0]?.started ?? 0) };
    },
  };
}

/**
 * Lets two searches that begin at the same moment see each other, also where there is no row to lock yet; the transaction's end frees it. That a
 * number has one open search does not rest on it: the unique index refuses the second.
 */
async function takeTurn(client: pg.ClientBase, ...names: readonly [string, string]): Promise<void> {
  await client.query({ name: 'p2p-turn', text: "select pg_advisory_xact_lock(hashtextextended($1 || '|' || $2, 0))", values: [...names] });
}

const SEARCHES = `
select coalesce(bool_or(status = 'OPEN'), false) as open, count(*) filter (where started_at > $2) as started from receiver_search where phone = $1`;

const SAVE_BUCKET = `
insert into search_bucket (bank_guid, debtor_account, tokens, filled_at) values ($1, $2, $3, $4)
on conflict (bank_guid, debtor_account) do update set tokens = excluded.tokens, filled_at = excluded.filled_at`;

/** The row's lock protects the order, its search and its pay requests; a payment's first commit holds it too. */
async function lock(client: pg.ClientBase, orderGuid: string, requestGuid: string | null): Promise<LockedP2p | null> {
  const locked = await client.query<object>({
    name: 'p2p-lock',
    text: 'select * from p2p_order where guid = $1 for update',
    values: [orderGuid],
  });
  if (!locked.rows[0]) return null;
  const row = orderRowSchema.parse(locked.rows[0]);
  // A statement of its own: what was committed while the lock was waited for is seen by it.
  const { rows } = await client.query<{ holder: PaymentGuid | null; request: object | null; search: object | null }>({
    name: 'p2p-parts',
    text: PARTS,
    values: [orderGuid, requestGuid],
  });
  const parts = rows[0];
  return {
    flow: {
      order: orderOf(row),
      request: parts?.request ? requestOf(requestRowSchema.parse(withDates(parts.request))) : null,
      search: parts?.search ? searchOf(searchRowSchema.parse(parts.search)) : null,
    },
    version: row.version,
    holder: parts?.holder ?? null,
  };
}

const PARTS = `
select (select guid from payment where order_id = $1 and state in ('PENDING', 'SUCCESS')) as holder,
  (select to_jsonb(r) from pay_request r join p2p_order o on o.guid = r.order_guid
    where r.order_guid = $1 and (r.guid = $2 or ($2 is null and o.type = 'phone')) limit 1) as request,
  (select to_jsonb(s) from receiver_search s where s.order_guid = $1) as search`;

/** Times inside jsonb come as text. */
function withDates(row: object): object {
  const { created_at, updated_at } = row as { created_at: string; updated_at: string }; // Columns of pay_request.
  return { ...row, created_at: new Date(created_at), updated_at: new Date(updated_at) };
}

async function insert(client: pg.ClientBase, { flow, payeeCheck, requestSha256, events, callbacks, at }: NewP2p): Promise<boolean> {
  const { order, search, request } = flow;
  const { facts } = order;
  const { target } = facts;
  const { rowCount } = await client.query({
    name: 'p2p-insert-order',
    text: INSERT_ORDER,
    values: [
      facts.guid,
      events.length,
      order.status,
      target.type,
      facts.bankGuid,
      facts.externalId,
      requestSha256,
      target.type === 'phone' ? target.phone : null,
      target.type === 'phone' ? target.debtorAccount : null,
      ...receiverColumns(order),
      facts.amountMinor,
      facts.currency,
      facts.purpose,
      facts.expiresAt,
      order.status === 'REJECTED' ? order.reason : null,
      at,
    ],
  });
  if (rowCount !== 1) return false;
  if (search && target.type === 'phone') {
    const values = [facts.guid, target.phone, search.status, search.deadline, JSON.stringify(Object.fromEntries(search.banks)), at];
    await client.query({ name: 'p2p-insert-search', text: INSERT_SEARCH, values });
  }
  if (request) await insertRequest(client, request, { jti: `order ${facts.guid}`, payeeCheck, at });
  await insertCallbacks(client, callbacks);
  await insertEvents(client, events);
  return true;
}

const INSERT_ORDER = `
insert into p2p_order (guid, version, status, type, bank_guid, external_id, request_sha256, phone, debtor_account, receiver_account, receiver_bank_guid,
  amount_minor, currency, purpose, expires_at, reject_reason, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17) on conflict (bank_guid, external_id) do nothing`;

const INSERT_SEARCH = `
insert into receiver_search (order_guid, phone, status, deadline, banks, started_at) values ($1, $2, $3, $4, $5, $6)`;

async function insertRequest(
  client: pg.ClientBase,
  request: PayRequest,
  { jti, payeeCheck, at }: Parameters<P2pRecord['insertRequest']>[1],
): Promise<boolean> {
  const { guid, orderGuid, bankGuid, debtorAccount } = request.facts;
  const values = [guid, orderGuid, request.version, request.status, bankGuid, debtorAccount, jti, ...requestColumns(request, at), at];
  values.push(payeeCheck && JSON.stringify(payeeCheck));
  return (await client.query({ name: 'p2p-insert-request', text: INSERT_REQUEST, values })).rowCount === 1;
}

const INSERT_REQUEST = `
insert into pay_request (guid, order_guid, version, status, bank_guid, debtor_account, jti, receiver_account, receiver_bank_guid, data, reason, due_at,
  created_at, updated_at, payee_check)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14) on conflict (bank_guid, jti) do nothing`;

async function save(client: pg.ClientBase, { before, after, events, callbacks, at, consentedAt }: P2pChange): Promise<void> {
  const { order, search, request } = after;
  await client.query({
    name: 'p2p-update-order',
    text: UPDATE_ORDER,
    values: [order.facts.guid, before.version + events.length, order.status, ...receiverColumns(order), rejectReason(order), at],
  });
  if (request && request !== before.flow.request) {
    const values = [request.facts.guid, request.version, request.status, ...requestColumns(request, at), at];
    await client.query({ name: 'p2p-update-request', text: UPDATE_REQUEST, values });
  }
  if (search && search !== before.flow.search) {
    const values = [order.facts.guid, search.status, JSON.stringify(Object.fromEntries(search.banks)), ...foundColumns(search)];
    await client.query({ name: 'p2p-update-search', text: UPDATE_SEARCH, values: [...values, consentedAt ?? null] });
  }
  await insertCallbacks(client, callbacks);
  await insertEvents(client, events);
}

/** Whoever was found stays in the row, also when the order has ended. */
const UPDATE_ORDER = `
update p2p_order set version = $2, status = $3, receiver_account = coalesce($4, receiver_account),
  receiver_bank_guid = coalesce($5, receiver_bank_guid), reject_reason = $6, updated_at = $7 where guid = $1`;

const UPDATE_REQUEST = `
update pay_request set version = $2, status = $3, receiver_account = coalesce($4, receiver_account),
  receiver_bank_guid = coalesce($5, receiver_bank_guid), data = $6, reason = $7, due_at = $8, lease = null, updated_at = $9,
  -- Once the receiver's bank has answered, nobody needs the payer's name any more.
  payee_check = case when $3 in ('COMPLETED', 'FAILED') then null else payee_check end
where guid = $1`;

const UPDATE_SEARCH = `
update receiver_search set status = $2, banks = $3, receiver_account = $4, receiver_bank_guid = $5, consented_at = coalesce($6, consented_at),
  directory_due_at = coalesce($6, directory_due_at) where order_guid = $1`;

function rejectReason(order: P2pOrder): string | null {
  return order.status === 'REJECTED' ? order.reason : null;
}

function receiverColumns(order: P2pOrder): readonly [string | null, string | null] {
  const { target } = order.facts;
  const receiver = target.type === 'link' ? target.receiver : order.status === 'PROCESSING' ? order.receiver : null;
  return [receiver?.account ?? null, receiver?.bankGuid ?? null];
}

function foundColumns(search: ReceiverSearch): readonly [string | null, string | null] {
  return search.status === 'FOUND' ? [search.receiver.account, search.receiver.bankGuid] : [null, null];
}

/** Receiver, data, reason, and when the receiver's bank is asked: at once. */
function requestColumns(request: PayRequest, at: Date): readonly unknown[] {
  const receiver = 'receiver' in request ? request.receiver : null;
  return [
    receiver?.account ?? null,
    receiver?.bankGuid ?? null,
    request.status === 'COMPLETED' && request.data ? JSON.stringify(request.data) : null,
    request.status === 'FAILED' ? request.reason : null,
    request.status === 'FETCHING' ? at : null,
  ];
}

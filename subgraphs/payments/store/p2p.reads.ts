import { z } from 'zod';

import type { Database } from '../../../kernel/runtime/database.ts';
import type { FetchLease, P2pDue, P2pOrderView, P2pReads, PayRequestView, UntoldConsent } from '../app/p2p-ports.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import { orderOf, orderRowSchema, requestOf, requestRowSchema, searchOf, searchRowSchema } from './p2p-row.ts';

/** Reads straight from the tables; no lock, no memory. */
export function createP2pReads({ pool }: Pick<Database, 'pool'>): P2pReads {
  const orders = async (where: string, values: readonly unknown[], tail = ''): Promise<readonly P2pOrderView[]> => {
    const { rows } = await pool.query<object>(`${ORDERS} where ${where} ${tail}`, [...values]);
    return rows.map(orderViewOf);
  };
  const requests = async (where: string, values: readonly unknown[]): Promise<readonly PayRequestView[]> => {
    const { rows } = await pool.query<object>(`select r.* from pay_request r where ${where}`, [...values]);
    return rows.map(requestViewOf);
  };
  return {
    order: async (guid) => (await orders('o.guid = $1', [guid]))[0] ?? null,
    orders: (guids) => orders('o.guid = any ($1::uuid[])', [guids]),
    orderByExternalId: async (bankGuid, externalId) =>
      (await orders('o.bank_guid = $1 and o.external_id = $2', [bankGuid, externalId]))[0] ?? null,
    list: ({ bankGuid, statuses, page }) =>
      orders(
        `($1::uuid is null or o.bank_guid = $1) and ($2::text[] is null or o.status = any ($2))
          and ($3::timestamptz is null or (o.created_at, o.guid) < ($3, $4::uuid))`,
        [bankGuid, statuses ?? null, page.after?.at ?? null, page.after?.id ?? null, page.limit],
        'order by o.created_at desc, o.guid desc limit $5',
      ),
    request: async (guid) => (await requests('r.guid = $1', [guid]))[0] ?? null,
    requestByJti: async (bankGuid, jti) => (await requests('r.bank_guid = $1 and r.jti = $2', [bankGuid, jti]))[0] ?? null,
    requestsOfOrders: (guids) => requests('r.order_guid = any ($1::uuid[]) order by r.created_at, r.guid', [guids]),
    async requestFor({ orderGuid, bankGuid, debtorAccount }) {
      const [first] = await requests(
        `r.order_guid = $1 and r.bank_guid = $2 and r.debtor_account = $3 order by r.status = 'COMPLETED' desc, r.created_at desc, r.guid limit 1`,
        [orderGuid, bankGuid, debtorAccount],
      );
      return first?.request ?? null;
    },
    async paymentByExternalId(bankGuid, externalId) {
      const { rows } = await pool.query<{ guid: PaymentGuid }>({
        name: 'p2p-payment-by-external-id',
        text: 'select guid from payment_message where initiator_bank_guid = $1 and external_id = $2 and pay_request_guid is not null',
        values: [bankGuid, externalId],
      });
      return rows[0]?.guid ?? null;
    },
  };
}

/** What became due, for any number of processes: a row that one of them is taking is passed over by the others. */
export function createP2pDue({ pool }: Pick<Database, 'pool'>): P2pDue {
  return {
    async takeFetches({ now, until, limit }) {
      const { rows } = await pool.query<object>({ name: 'p2p-take-fetches', text: TAKE_FETCHES, values: [now, until, limit] });
      return z.array(fetchRowSchema).parse(rows);
    },
    async postponeFetch({ requestGuid, lease }, dueAt) {
      const text = 'update pay_request set due_at = $3, lease = null where guid = $1 and lease = $2';
      await pool.query({ name: 'p2p-postpone-fetch', text, values: [requestGuid, lease, dueAt] });
    },
    async endedOrders({ now, limit }) {
      const { rows } = await pool.query<{ guid: string }>({ name: 'p2p-ended', text: ENDED, values: [now, limit] });
      return rows.map(({ guid }) => guid);
    },
    async untoldConsents({ now, limit }) {
      const { rows } = await pool.query<object>({ name: 'p2p-untold', text: UNTOLD, values: [now, limit] });
      return z.array(consentRowSchema).parse(rows);
    },
    async consentTold(orderGuid) {
      await pool.query('update receiver_search set directory_due_at = null where order_guid = $1', [orderGuid]);
    },
    async postponeConsent(orderGuid, dueAt) {
      await pool.query('update receiver_search set directory_due_at = $2 where order_guid = $1 and directory_due_at is not null', [
        orderGuid,
        dueAt,
      ]);
    },
  };
}

const ORDERS = `
select o.*, h.epoch, h.pos as head,
  (select p.guid from payment p where p.order_id = o.guid and p.state in ('PENDING', 'SUCCESS')) as holder,
  case when o.type = 'phone' then (select r.guid from pay_request r where r.order_guid = o.guid limit 1) end as pay_request_guid,
  (select to_jsonb(s) from receiver_search s where s.order_guid = o.guid) as search
from log_head h cross join p2p_order o`;

const orderViewSchema = orderRowSchema.extend({
  epoch: z.number(),
  head: z.bigint(),
  holder: z.string().nullable(),
  pay_request_guid: z.string().nullable(),
  search: searchRowSchema.nullable(),
});

function orderViewOf(row: object): P2pOrderView {
  const read = orderViewSchema.parse(row);
  return {
    order: orderOf(read),
    requestSha256: read.request_sha256,
    version: read.version,
    createdAt: read.created_at,
    updatedAt: read.updated_at,
    payRequestGuid: read.pay_request_guid,
    search: read.search && searchOf(read.search),
    holder: read.holder as PaymentGuid | null, // Written from a PaymentGuid.
    seenAt: { epoch: read.epoch, head: read.head },
  };
}

function requestViewOf(row: object): PayRequestView {
  const read = requestRowSchema.parse(row);
  return { request: requestOf(read), createdAt: read.created_at, updatedAt: read.updated_at };
}

/** The try counts from the moment it is taken, so that a process that dies while asking has used it up. */
const TAKE_FETCHES = `
with due as (
  select guid from pay_request where status = 'FETCHING' and due_at <= $1 order by due_at limit $3 for update skip locked
)
update pay_request r set lease = gen_random_uuid(), due_at = $2, tries = tries + 1 from due where r.guid = due.guid
returning r.guid as "requestGuid", r.order_guid as "orderGuid", r.lease, r.tries, r.bank_guid as "bankGuid", r.receiver_account as account,
  r.receiver_bank_guid as "receiverBankGuid", r.payee_check as "payeeCheck"`;

const fetchRowSchema = z
  .object({
    requestGuid: z.string(),
    orderGuid: z.string(),
    lease: z.string(),
    tries: z.number(),
    bankGuid: z.string(),
    account: z.string(),
    receiverBankGuid: z.string(),
    payeeCheck: z
      .object({
        jti: z.string(),
        name: z.string(),
        nonce: z.string(),
        keys: z.array(z.object({ kid: z.string(), encryptedKey: z.string() })),
      })
      .nullable(),
  })
  .transform(({ account, receiverBankGuid, ...fetch }): FetchLease => ({ ...fetch, receiver: { account, bankGuid: receiverBankGuid } }));

/** An order that a payment holds waits for what becomes of it. */
const ENDED = `
(select s.order_guid as guid from receiver_search s where s.status = 'OPEN' and s.deadline <= $1 order by s.deadline limit $2)
union
(select o.guid from p2p_order o where o.status in ('CREATED', 'PROCESSING') and o.expires_at <= $1
  and not exists (select from payment p where p.order_id = o.guid and p.state in ('PENDING', 'SUCCESS')) order by o.expires_at limit $2)`;

const UNTOLD = `
select order_guid as "orderGuid", phone, receiver_account as account, receiver_bank_guid as "bankGuid", consented_at as "consentedAt"
from receiver_search where directory_due_at <= $1 and status = 'FOUND' order by directory_due_at limit $2`;

const consentRowSchema = z
  .object({ orderGuid: z.string(), phone: z.string(), account: z.string(), bankGuid: z.string(), consentedAt: z.date() })
  .transform(({ account, bankGuid, ...consent }): UntoldConsent => ({ ...consent, receiver: { account, bankGuid } }));

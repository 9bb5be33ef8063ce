import type { Pool } from 'pg';

/** Twenty banks, two hundred merchants, sixty days; of a thousand payments thirty were rejected, and of a hundred thousand one is under way. */
export interface Filled {
  readonly bankGuid: string;
  readonly merchantUid: string;
  readonly amountMinor: string;
  readonly tail: string;
}

const BANKS = Array.from({ length: 20 }, (_, n) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`);
const BATCH = 50_000;

/** A guid of the shape that the hub takes (RFC 9562, version 8), the same for the same words. */
const guidOf = (words: string): string => `overlay(overlay(md5(${words}) placing '8' from 13 for 1) placing '9' from 17 for 1)::uuid`;

const MESSAGES = `
insert into payment_message (guid, pm_type, order_id, merchant_uid, initiator_bank_guid, receiver_bank_guid, external_id, amount_minor, currency,
  debtor_account, creditor_account, purpose, accepted_at, body, body_sha256, sender_kid, received_at)
select ${guidOf("'payment ' || n")}, 'trade', ${guidOf("'order ' || n")}, 'merchant-' || n % 200, ($3::uuid[])[1 + n % 20], ($3::uuid[])[1 + (n / 20) % 20],
  'ext-' || n, 100 + (n::bigint * 7919) % 500000, 'UAH', 'UA' || lpad((n::bigint * 104729 % 1000000)::text, 27, '0'),
  'UA' || lpad((n % 200)::text, 27, '0'), 'Оплата замовлення ' || n, $4::timestamptz - n * interval '5 seconds', '\\x00', 'sha', 'kid', now()
from generate_series($1::int, $2::int) as n`;

const PAYMENTS = `
insert into payment (guid, version, event_version, state, order_id, reason_code, created_at, decided_at, updated_at)
select ${guidOf("'payment ' || n")}, 6, 6,
  case when n % 100000 = 7 then 'PENDING' when n % 1000 < 30 then 'REJECT' else 'SUCCESS' end, ${guidOf("'order ' || n")},
  case when n % 1000 < 30 then 'RECEIVER_BANK_REFUSED' end, $3::timestamptz - n * interval '5 seconds', now(), now()
from generate_series($1::int, $2::int) as n`;

/** Fills the tables of payments; its indexes are made afterwards, as one restores a dump. */
export async function fill(pool: Pool, size: number): Promise<Filled> {
  const { rows } = await pool.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes where schemaname = 'payments' and tablename in ('payment', 'payment_message')
     and indexdef not like '%unique%' and indexdef not like 'CREATE UNIQUE%'`,
  );
  for (const { indexname } of rows) await pool.query(`drop index "${indexname}"`);
  const now = new Date().toISOString();
  for (let from = 0; from < size; from += BATCH) {
    const to = Math.min(size, from + BATCH) - 1;
    await pool.query(MESSAGES, [from, to, BANKS, now]);
    await pool.query(PAYMENTS, [from, to, now]);
  }
  for (const { indexdef } of rows) await pool.query(indexdef);
  await pool.query('vacuum analyze payment');
  await pool.query('vacuum analyze payment_message');
  await pool.query('vacuum analyze log_head'); // One row: without this the planner takes it for forty, and everything for more than it is.
  const middle = Math.floor(size / 2) + 1;
  return {
    bankGuid: BANKS[7] ?? '',
    merchantUid: 'merchant-77',
    amountMinor: String(100 + ((middle * 7919) % 500_000)),
    tail: String((middle * 104_729) % 1_000_000)
      .slice(-4)
      .padStart(4, '0'),
  };
}

const DELIVERIES = `
insert into delivery (id, payment_guid, sequence, callback_type, receiver_kind, receiver_id, state, attempts, last_answer, due_at, created_at, updated_at)
select ${guidOf("m.guid || ' ' || kind.n")}, m.guid, kind.n, kind.name, kind.receiver,
  case kind.receiver when 'merchant' then m.merchant_uid else m.receiver_bank_guid::text end, 'DONE', 1, 'accepted', now(), now(), now()
from (select * from payment_message order by accepted_at desc limit $1) as m
cross join (values (1, 'pay-in', 'bank'), (2, 'merchant-pay-in', 'merchant'), (3, 'pay-out', 'bank'), (4, 'credit', 'bank')) as kind (n, name, receiver)`;
const ATTEMPTS = `
insert into attempt (delivery_id, lease_token, attempt, started_at, duration_ms, answer, status, stray)
select id, id, 1, now(), 5 + (random() * 60)::int, 'accepted', 200, false from delivery`;
const NEWEST = `
select m.guid, m.order_id as "orderId", m.merchant_uid as "merchantUid", m.initiator_bank_guid as "initiatorBankGuid",
  m.receiver_bank_guid as "receiverBankGuid", m.external_id as "externalId", m.amount_minor::text as "amountMinor",
  m.debtor_account as "debtorAccount", m.creditor_account as "creditorAccount", m.purpose,
  array(select d.id from delivery d where d.payment_guid = m.guid order by d.sequence) as "deliveryIds"
from (select * from payment_message order by accepted_at desc limit $1) as m`;

/** A payment whose events are told once more. */
export interface Told {
  readonly guid: string;
  readonly orderId: string;
  readonly merchantUid: string;
  readonly initiatorBankGuid: string;
  readonly receiverBankGuid: string;
  readonly externalId: string;
  readonly amountMinor: string;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly purpose: string;
  readonly deliveryIds: readonly string[];
}

/** The newest payments with four answered callbacks each. */
export async function withDeliveries(pool: Pool, count: number): Promise<readonly Told[]> {
  await pool.query(DELIVERIES, [count]);
  await pool.query(ATTEMPTS);
  return (await pool.query<Told>(NEWEST, [count])).rows;
}

import type { CommitQueue } from '../../../kernel/runtime/commit-queue.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { KnownMessage, Lease, PaymentStore, RecordWithin, StepOutcome, StoredPayment } from '../app/ports.ts';
import type { DeliveryId } from '../domain/delivery.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import { LOAD_PAYMENT_SQL, storedPaymentOf } from './payment-row.ts';
import { type SavedRow, saveStatement, strayStatement } from './save-statement.ts';

/** The payments of this process, over one pool for reads and one commit queue for steps. */
export function createPaymentStore(o: { database: Database; commits: CommitQueue }): PaymentStore {
  const { pool } = o.database;
  return {
    async known(guid) {
      const { rows } = await pool.query<KnownRow>({ name: 'known-message', text: KNOWN_SQL, values: [guid] });
      return rows[0] ?? null;
    },
    load: (guid) => load(pool, guid),
    save: (step) => o.commits.run<SavedRow>(saveStatement(step)).then(({ rows }) => stepOutcome(rows)),
    async holderOf(orderId) {
      const { rows } = await pool.query<{ guid: PaymentGuid }>({ name: 'order-holder', text: HOLDER_SQL, values: [orderId] });
      return rows[0]?.guid ?? null;
    },
    async recordRefusal({ at, bodySha256, senderId, code }) {
      await o.commits.run({ name: 'refused-message', text: REFUSED_SQL, values: [at.toISOString(), bodySha256, senderId, code] });
    },
    async recordStray(tried) {
      await o.commits.run(strayStatement(tried));
    },
    async lease({ now, until, token, perReceiverMax, exceptReceivers }) {
      const values = [now.toISOString(), until.toISOString(), token, perReceiverMax, exceptReceivers];
      const { rows } = await pool.query<LeasedRow>({ name: 'lease-due', text: LEASE_SQL, values });
      return rows.map((row): Lease => ({ deliveryId: row.id, guid: row.payment_guid, token, until, traceparent: row.traceparent }));
    },
    async extend(lease, { token, until }) {
      const values = [lease.deliveryId, lease.token, token, until.toISOString()];
      return (await o.commits.run({ name: 'extend-lease', text: EXTEND_SQL, values, row: lease.guid })).rowCount === 1;
    },
  };
}

/** The record through the connection of a transaction, for what must commit with something else. */
export function recordWithin(client: Queryable): RecordWithin {
  return {
    load: (guid) => load(client, guid),
    async save(step) {
      const { name, text, values } = saveStatement(step);
      const { rows } = await client.query<SavedRow>({ name, text, values: [...values] });
      return stepOutcome(rows);
    },
  };
}

type Queryable = Pick<Database['pool'], 'query'>;

async function load(on: Queryable, guid: PaymentGuid): Promise<StoredPayment | null> {
  const { rows } = await on.query<object>({ name: 'load-payment', text: LOAD_PAYMENT_SQL, values: [guid] });
  return rows[0] ? storedPaymentOf(guid, rows[0]) : null;
}

function stepOutcome(rows: readonly SavedRow[]): StepOutcome {
  const [row] = rows;
  if (!row) return { kind: 'conflict' };
  return { kind: 'saved', forwardedId: row.forwarded as DeliveryId | null }; // Written from a DeliveryId.
}

type KnownRow = KnownMessage;

interface LeasedRow {
  readonly id: DeliveryId;
  readonly payment_guid: PaymentGuid;
  readonly traceparent: string | null;
}

const KNOWN_SQL = `
select p.state, p.reason_code as "reasonCode", m.body_sha256 as "bodySha256", m.received_at as "receivedAt"
from payment p left join payment_message m using (guid) where p.guid = $1`;

const HOLDER_SQL = `select guid from payment where order_id = $1 and state in ('PENDING', 'SUCCESS')`;

const REFUSED_SQL = 'insert into refused_message (at, body_sha256, sender_id, code) values ($1, $2, $3, $4)';

/**
 * Receivers in turn: one walk over the index finds who has something waiting, then each gives its oldest due deliveries. A receiver
 * with a thousand due callbacks costs no more than one with a few. Rows that another process is taking are skipped. The array keeps
 * the planner from reading the whole table for a handful of ids.
 */
const LEASE_SQL = `
with recursive receiver (id) as (
  (select receiver_id from delivery where state = 'WAITING' order by receiver_id limit 1)
  union all
  select (select receiver_id from delivery where state = 'WAITING' and receiver_id > r.id order by receiver_id limit 1)
  from receiver r where r.id is not null
), due as (
  select d.id from receiver r cross join lateral (
    select id from delivery where state = 'WAITING' and receiver_id = r.id and due_at <= $1::timestamptz
    order by due_at limit $4::int for update skip locked
  ) d where r.id is not null and r.id <> all ($5::text[])
)
update delivery set lease_token = $3::uuid, due_at = $2::timestamptz where id = any (array(select id from due))
returning id, payment_guid, (select m.traceparent from payment_message m where m.guid = payment_guid) as traceparent`;

const EXTEND_SQL = `
update delivery set lease_token = $3::uuid, due_at = $4::timestamptz where id = $1::uuid and lease_token = $2::uuid and state = 'WAITING'`;

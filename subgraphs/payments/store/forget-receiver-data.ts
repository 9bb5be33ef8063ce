import type { Pool } from 'pg';

/** How long the sealed data of a receiver outlive their order, for a payer's bank that reads its pay request once more. Milliseconds. */
export const RECEIVER_DATA_KEPT_MS = 3_600_000;
const BATCH_MAX = 500;

/**
 * Forgets name and tax number of receivers, sealed as they are, where the order was paid, refused or has expired before this moment: in the pay requests and
 * in the callbacks that told of them. That a pay request was completed, for which account, stays. Whether there may be more.
 */
export async function forgetReceiverData(pool: Pool, endedBefore: Date): Promise<boolean> {
  const requests = await pool.query({ name: 'forget-receiver-data', text: FORGET_DATA, values: [endedBefore, BATCH_MAX] });
  const callbacks = await pool.query({ name: 'forget-pay-request-callbacks', text: FORGET_TOLD, values: [endedBefore, BATCH_MAX] });
  return requests.rowCount === BATCH_MAX || callbacks.rowCount === BATCH_MAX;
}

const ENDED = "o.status in ('PAID', 'REJECTED', 'EXPIRED') and o.updated_at < $1";

/** Rows that another process is forgetting are skipped. */
const FORGET_DATA = `
with old as (
  select r.guid from pay_request r join p2p_order o on o.guid = r.order_guid where r.data is not null and ${ENDED} limit $2 for update of r skip locked
)
update pay_request r set data = null from old where r.guid = old.guid`;

/** A callback that still waits for a try ends within minutes, and is forgotten then. */
const FORGET_TOLD = `
with old as (
  select c.id from callback c join pay_request r on r.guid::text = c.subject join p2p_order o on o.guid = r.order_guid
  where c.type = 'pay-request' and c.body <> '' and c.state <> 'WAITING' and ${ENDED} limit $2 for update of c skip locked
)
update callback c set body = '' from old where c.id = old.id`;

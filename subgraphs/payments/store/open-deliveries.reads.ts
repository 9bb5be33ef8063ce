import type { Pool } from 'pg';
import { z } from 'zod';

import type { OpenDeliveries } from '../app/payment-reads.ts';

// Callbacks of payments and questions to banks: a receiver is one, whatever it is asked. Each arm has its own partial index.
const OPEN_SQL = `
select receiver_kind, receiver_id, sum(retrying)::int as retrying, sum(parked)::int as parked, min(created_at) as oldest_at from (
  select receiver_kind, receiver_id, 1 as retrying, 0 as parked, created_at from delivery where state = 'WAITING' and attempts > 0
  union all select receiver_kind, receiver_id, 0, 1, created_at from delivery where state = 'PARKED'
  union all select receiver_kind, receiver_id, 1, 0, created_at from callback where state = 'WAITING' and attempts > 0
  union all select receiver_kind, receiver_id, 0, 1, created_at from callback where state = 'MANUAL_REVIEW'
) as open group by receiver_kind, receiver_id order by receiver_kind, receiver_id`;

const openRowSchema = z.object({
  receiver_kind: z.enum(['bank', 'merchant']),
  receiver_id: z.string(),
  retrying: z.number(),
  parked: z.number(),
  oldest_at: z.date(),
});

/** What every receiver that has some still has to answer. */
export async function readOpenDeliveries(pool: Pool): Promise<readonly OpenDeliveries[]> {
  const { rows } = await pool.query<object>(OPEN_SQL);
  return rows.map((row) => {
    const { receiver_kind: kind, receiver_id: id, retrying, parked, oldest_at: oldestAt } = openRowSchema.parse(row);
    return { receiver: { kind, id }, retrying, parked, oldestAt };
  });
}

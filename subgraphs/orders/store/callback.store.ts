import { z } from 'zod';

import type { Database } from '../../../kernel/runtime/database.ts';
import type { CallbackStore } from '../app/ports.ts';

/** Expiration callbacks and their attempts in Postgres. Any number of processes may take from it. */
export function createCallbackStore({ pool }: Database): CallbackStore {
  return {
    async takeDue({ now, leaseUntil, limit, perMerchantMax, underWay }) {
      const values = [now, leaseUntil, limit, perMerchantMax, underWay];
      const { rows } = await pool.query({ name: 'take-due-callbacks', text: TAKE_DUE, values });
      return z.array(leasedSchema).parse(rows);
    },
    async saveAttempt({ callback, startedAt, durationMs, status, failure, answerSha256, next }) {
      const [dueAt, endedAt] = next.state === 'PENDING' ? [next.dueAt, null] : [null, next.endedAt];
      const values = [
        callback.deliveryId,
        callback.lease,
        callback.attempt,
        startedAt,
        durationMs,
        status,
        failure,
        next.state,
        dueAt,
        endedAt,
        answerSha256,
      ];
      const { rows } = await pool.query<{ stray: boolean }>({ name: 'save-callback-attempt', text: SAVE_ATTEMPT, values });
      return rows[0]?.stray === false;
    },
  };
}

const leasedSchema = z.object({
  deliveryId: z.string(),
  orderId: z.string(),
  merchantUid: z.string(),
  url: z.string(),
  body: z.string(),
  attempt: z.number().int(),
  lease: z.string(),
  traceparent: z.string().nullable(),
});

/** The attempt counts from the moment it is taken, so that a process that dies while sending has used it up. */
const TAKE_DUE = `
with under_way as (
  select merchant_uid, count(*) as n from unnest($5::text[]) as u (merchant_uid) group by merchant_uid
), turns as (
  select c.delivery_id, coalesce(u.n, 0) + row_number() over (partition by c.merchant_uid order by c.due_at) as turn
  from expiration_callback c left join under_way u using (merchant_uid) where c.state = 'PENDING' and c.due_at <= $1
), due as (
  select c.delivery_id from expiration_callback c join turns t using (delivery_id)
  where t.turn <= $4 and c.state = 'PENDING' and c.due_at <= $1 order by t.turn, c.due_at limit $3
  for update of c skip locked
)
update expiration_callback c set lease = gen_random_uuid(), due_at = $2, attempts = attempts + 1 from due where c.delivery_id = due.delivery_id
returning c.delivery_id as "deliveryId", c.order_id as "orderId", c.merchant_uid as "merchantUid", c.url, c.body, c.attempts as attempt, c.lease, c.traceparent`;

const SAVE_ATTEMPT = `
with c as (
  update expiration_callback set state = $8, due_at = coalesce($9, due_at), ended_at = $10, last_status = $6, lease = null
  where delivery_id = $1 and lease = $2 and state = 'PENDING' returning delivery_id
)
insert into expiration_attempt (delivery_id, attempt, started_at, duration_ms, status, failure, answer_sha256, stray)
values ($1, $3, $4, $5, $6, $7, $11, not exists (select from c)) returning stray`;

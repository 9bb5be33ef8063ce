import type pg from 'pg';
import { z } from 'zod';

import type { Instant } from '../core/time.ts';
import type { Database } from '../runtime/database.ts';
import { currentTraceparent } from '../runtime/tracing.ts';
import type { LeasedCallback, NewCallback } from './callback.ts';
import type { CallbackNext } from './next-of-callback.ts';

/** Writes callbacks in the transaction of the change that they tell of; poke the runner after the commit. They are due at once. */
export async function insertCallbacks(client: pg.ClientBase, callbacks: readonly NewCallback[]): Promise<void> {
  if (callbacks.length === 0) return;
  const columns = [
    callbacks.map(({ id }) => id),
    callbacks.map(({ type }) => type),
    callbacks.map(({ receiver }) => receiver.kind),
    callbacks.map(({ receiver }) => receiver.id),
    callbacks.map(({ subject }) => subject),
    callbacks.map(({ body }) => body),
    callbacks.map(({ whenUnheard }) => whenUnheard),
    callbacks.map(({ createdAt }) => createdAt),
    currentTraceparent(),
  ];
  await client.query({ name: 'insert-callbacks', text: INSERT, values: columns });
}

/** One try as it went. */
export interface CallbackAttempt {
  readonly callback: LeasedCallback;
  readonly startedAt: Instant;
  readonly durationMs: number;
  readonly status: number | null;
  /** Why there was no answer, a word of http-call.ts; null when there was one. */
  readonly error: string | null;
  readonly answerSha256: string | null;
  readonly next: CallbackNext;
  readonly now: Instant;
}

export interface CallbackStore {
  /**
   * Leases what is due, receivers in turn, so that with those in `underWay` (a receiver for each) none has more than `perReceiverMax`
   * from this process. Any number of processes may take.
   */
  takeDue(o: {
    readonly now: Instant;
    readonly leaseUntil: Instant;
    readonly limit: number;
    readonly perReceiverMax: number;
    readonly underWay: readonly string[];
  }): Promise<readonly LeasedCallback[]>;
  /** Records a try. False when its lease had run out: it is kept as a stray one and changes nothing. */
  saveAttempt(attempt: CallbackAttempt): Promise<boolean>;
  /** When the next one is due; null when none waits. */
}

/** The callbacks of one subgraph, in the tables of callback.sql.ts. */
export function createCallbackStore({ pool }: Database): CallbackStore {
  return {
    async takeDue({ now, leaseUntil, limit, perReceiverMax, underWay }) {
      const { rows } = await pool.query({
        name: 'take-due-callbacks',
        text: TAKE_DUE,
        values: [now, leaseUntil, limit, perReceiverMax, underWay],
      });
      return z.array(leasedSchema).parse(rows);
    },
    async saveAttempt({ callback, startedAt, durationMs, status, error, answerSha256, next, now }) {
      const endedAt = next.state === 'WAITING' ? null : now;
      const { rows } = await pool.query<{ stray: boolean }>({
        name: 'save-callback-attempt',
        text: SAVE_ATTEMPT,
        values: [
          callback.id,
          callback.lease,
          callback.attempt,
          startedAt,
          durationMs,
          status,
          error,
          next.state,
          next.dueAt,
          next.refusalsInRow,
          endedAt,
          answerSha256,
        ],
      });
      return rows[0]?.stray === false;
    },
  };
}

const leasedSchema = z
  .object({
    id: z.string(),
    type: z.string(),
    receiverKind: z.enum(['bank', 'merchant']),
    receiverId: z.string(),
    subject: z.string(),
    body: z.string(),
    whenUnheard: z.enum(['review', 'close', 'answer']),
    attempt: z.number().int(),
    refusalsInRow: z.number().int(),
    lastTry: z.boolean(),
    lease: z.string(),
    traceparent: z.string().nullable(),
  })
  .transform(({ receiverKind, receiverId, ...callback }): LeasedCallback => ({
    ...callback,
    receiver: { kind: receiverKind, id: receiverId },
  }));

const INSERT = `
insert into callback (id, type, receiver_kind, receiver_id, subject, body, when_unheard, created_at, due_at, traceparent)
select id, type, receiver_kind, receiver_id, subject, body, when_unheard, created_at, created_at, $9::text
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
  as new (id, type, receiver_kind, receiver_id, subject, body, when_unheard, created_at)`;

/** The try counts from the moment it is taken, so that a process that dies while sending has used it up. */
const TAKE_DUE = `
with under_way as (
  select receiver_id, count(*) as n from unnest($5::text[]) as u (receiver_id) group by receiver_id
), turns as (
  select c.id, coalesce(u.n, 0) + row_number() over (partition by c.receiver_id order by c.due_at) as turn
  from callback c left join under_way u using (receiver_id) where c.state = 'WAITING' and c.due_at <= $1
), due as (
  select c.id from callback c join turns t using (id)
  where t.turn <= $4 and c.state = 'WAITING' and c.due_at <= $1 order by t.turn, c.due_at limit $3
  for update of c skip locked
)
update callback c set lease = gen_random_uuid(), due_at = $2, attempts = attempts + 1 from due where c.id = due.id
returning c.id, c.type, c.receiver_kind as "receiverKind", c.receiver_id as "receiverId", c.subject, c.body, c.when_unheard as "whenUnheard",
  c.attempts as attempt, c.refusals_in_row as "refusalsInRow", c.last_try as "lastTry", c.lease, c.traceparent`;

const SAVE_ATTEMPT = `
with c as (
  update callback set state = $8, due_at = $9, refusals_in_row = $10, ended_at = $11, last_status = $6, lease = null
  where id = $1 and lease = $2 and state = 'WAITING' returning id
)
insert into callback_attempt (callback_id, attempt, started_at, duration_ms, status, error, answer_sha256, stray)
values ($1, $3, $4, $5, $6, $7, $12, not exists (select from c)) returning stray`;

import type pg from 'pg';
import { z } from 'zod';

import type { Instant } from '../core/time.ts';
import type { Database } from '../runtime/database.ts';
import { currentTraceparent } from '../runtime/tracing.ts';
import type { LeasedMail, MailAnswer, MailRetryFailure, NewMail } from './mail.ts';
import type { MailNext } from './next-of-mail.ts';

/** Writes mails in the transaction of the change that they tell of; poke the runner after the commit. What was written for an event before stays as it was. */
export async function insertMails(client: pg.ClientBase, mails: readonly NewMail[]): Promise<void> {
  if (mails.length === 0) return;
  const columns = [
    mails.map(({ id }) => id),
    mails.map(({ event }) => event),
    mails.map(({ kind }) => kind),
    mails.map(({ receiverId }) => receiverId),
    mails.map(({ address }) => address),
    mails.map(({ subject }) => subject),
    mails.map(({ facts }) => JSON.stringify(facts)),
    mails.map(({ createdAt }) => createdAt),
    currentTraceparent(),
  ];
  await client.query({ name: 'insert-mails', text: INSERT, values: columns });
}

/** One try as it went. */
export interface MailAttempt extends MailAnswer {
  readonly mail: LeasedMail;
  readonly startedAt: Instant;
  readonly durationMs: number;
  readonly next: MailNext;
  readonly now: Instant;
}

export interface MailCounts {
  readonly waiting: number;
  readonly failed: number;
  /** Of the one that waits longest; null when none waits. */
  readonly oldestWaiting: Instant | null;
}

export interface MailStore {
  /** Leases what is due, oldest first. Any number of processes may take. */
  takeDue(o: { readonly now: Instant; readonly leaseUntil: Instant; readonly limit: number }): Promise<readonly LeasedMail[]>;
  /** Records a try. False when its lease had run out: it is kept as a stray one and changes nothing. */
  saveAttempt(attempt: MailAttempt): Promise<boolean>;
  counts(): Promise<MailCounts>;
}

/** The mails of one subgraph, in the tables of mail.sql.ts. */
export function createMailStore({ pool }: Pick<Database, 'pool'>): MailStore {
  return {
    async takeDue({ now, leaseUntil, limit }) {
      const { rows } = await pool.query({ name: 'take-due-mails', text: TAKE_DUE, values: [now, leaseUntil, limit] });
      return z.array(leasedSchema).parse(rows);
    },
    async saveAttempt({ mail, startedAt, durationMs, outcome, answer, next, now }) {
      const { rows } = await pool.query<{ stray: boolean }>({
        name: 'save-mail-attempt',
        text: SAVE_ATTEMPT,
        values: [
          mail.id,
          mail.lease,
          mail.attempt,
          mail.copy,
          startedAt,
          durationMs,
          outcome,
          answer,
          next.state,
          next.state === 'WAITING' ? next.dueAt : null,
          next.state === 'SENT' ? now : null,
        ],
      });
      return rows[0]?.stray === false;
    },
    async counts() {
      const { rows } = await pool.query<{ waiting: number; failed: number; oldest: Date | null }>({ name: 'count-mails', text: COUNTS });
      const [row] = rows;
      return { waiting: row?.waiting ?? 0, failed: row?.failed ?? 0, oldestWaiting: row?.oldest ?? null };
    },
  };
}

/** Makes a mail due now. One that was sent goes out once more, as another copy, only when `again` says so. Null when it is done. */
export async function retryMail(
  client: pg.ClientBase,
  { id, again, now }: { readonly id: string; readonly again: boolean; readonly now: Instant },
): Promise<MailRetryFailure | null> {
  // FOR UPDATE: a runner that takes it now waits, and takes the new copy.
  const { rows } = await client.query<{ state: string; under_way: boolean }>({
    name: 'lock-mail',
    text: 'select state, lease is not null and due_at > $2 as under_way from mail where id = $1 for update',
    values: [id, now],
  });
  const [mail] = rows;
  if (!mail) return 'MAIL_NOT_FOUND';
  if (mail.state === 'SENT' && !again) return 'MAIL_SENT';
  if (mail.state === 'WAITING' && mail.under_way) return 'MAIL_UNDER_WAY';
  await client.query({ name: 'retry-mail', text: RETRY, values: [id, now] });
  return null;
}

const leasedSchema = z.object({
  id: z.string(),
  event: z.string(),
  kind: z.string(),
  receiverId: z.string(),
  address: z.string(),
  subject: z.string(),
  facts: z.looseObject({}),
  createdAt: z.date(),
  attempt: z.number().int(),
  tries: z.number().int(),
  copy: z.number().int(),
  lease: z.string(),
  traceparent: z.string().nullable(),
});

const INSERT = `
insert into mail (id, event, kind, receiver_id, address, subject, facts, created_at, due_at, traceparent)
select id, event, kind, receiver_id, address, subject, facts::jsonb, created_at, created_at, $9::text
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
  as new (id, event, kind, receiver_id, address, subject, facts, created_at)
on conflict (event) do nothing`;

/** The try counts from the moment it is taken, so that a process that dies while sending has used it up. */
const TAKE_DUE = `
with due as (
  select id from mail where state = 'WAITING' and due_at <= $1 order by due_at, id limit $3 for update skip locked
)
update mail m set lease = gen_random_uuid(), due_at = $2, attempts = attempts + 1, tries = tries + 1 from due where m.id = due.id
returning m.id, m.event, m.kind, m.receiver_id as "receiverId", m.address, m.subject, m.facts, m.created_at as "createdAt", m.attempts as attempt, m.tries,
  m.copy, m.lease, m.traceparent`;

const SAVE_ATTEMPT = `
with m as (
  update mail set state = $9, due_at = $10, sent_at = coalesce($11, sent_at), lease = null
  where id = $1 and lease = $2 and state = 'WAITING' returning id
)
insert into mail_attempt (mail_id, attempt, copy, started_at, duration_ms, outcome, answer, stray)
values ($1, $3, $4, $5, $6, $7, $8, not exists (select from m)) returning stray`;

const COUNTS = `
select count(*) filter (where state = 'WAITING')::int as waiting, count(*) filter (where state = 'FAILED')::int as failed,
  min(created_at) filter (where state = 'WAITING') as oldest
from mail where state <> 'SENT'`;

const RETRY = `
update mail set state = 'WAITING', due_at = $2, lease = null, tries = 0, copy = copy + case when state = 'SENT' then 1 else 0 end where id = $1`;

import type { Pool } from 'pg';

import type { Database } from '../../../kernel/runtime/database.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import type { Clock } from '../app/ports.ts';

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A callback that waited for a person so long is found again when the process next starts. */
const LOOK_BACK_DAYS = 40;
/** Messages forgotten in one statement. */
const BATCH_MAX = 500;
/** What one pass may do, so that years of messages do not hold up a process that is told of a retention for the first time. */
const BATCHES_MAX = 200;

/**
 * Forgets the signed texts of payments that ended long ago: the message as it came, and the payloads of its callbacks, which hold the same
 * ciphertexts, with the answers to them. The payment stays, with the hash of the message and the kid that signed it. Where a callback still waits for a try or for a
 * person, everything stays. Returns how many messages that were.
 */
export async function forgetMessages(pool: Pool, accepted: { readonly from: Date; readonly before: Date }): Promise<number> {
  let forgotten = 0;
  let { from } = accepted;
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const { rows } = await pool.query<{ accepted_at: Date }>(FORGET_SQL, [from, accepted.before, BATCH_MAX]);
    forgotten += rows.length;
    if (rows.length < BATCH_MAX) break;
    from = new Date(Math.max(...rows.map((row) => row.accepted_at.getTime())));
  }
  return forgotten;
}

/** Rows that another process is forgetting are skipped. */
const FORGET_SQL = `
with old as (
  select m.guid from payment_message m
  where m.body is not null and m.accepted_at >= $1 and m.accepted_at < $2
    and not exists (select 1 from delivery d where d.payment_guid = m.guid and d.state in ('WAITING', 'PARKED'))
  order by m.accepted_at limit $3 for update of m skip locked
), told as (
  select d.id from delivery d join old on old.guid = d.payment_guid
), payloads as (
  delete from delivery_payload where delivery_id in (select id from told)
), answers as (
  update attempt set answer_text = null where answer_text is not null and delivery_id in (select id from told)
)
update payment_message m set body = null from old where m.guid = old.guid returning m.accepted_at`;

/**
 * Forgets once an hour what is older than the retention. The first time it looks at everything, later at what has become old since and at
 * what a callback kept back meanwhile, so that it does not walk over years of forgotten messages.
 */
export function createMessageForgetting(o: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionDays: number;
}) {
  let timer: NodeJS.Timeout | undefined;
  let from = new Date(0);
  const forget = async (): Promise<void> => {
    const before = new Date(o.clock.now().getTime() - o.retentionDays * DAY_MS);
    const messages = await forgetMessages(o.database.pool, { from, before });
    from = new Date(before.getTime() - LOOK_BACK_DAYS * DAY_MS);
    if (messages > 0) o.logger.info({ messages, before }, 'old messages forgotten');
  };
  const forgetQuietly = (): void => {
    forget().catch((error: unknown) => {
      // Nothing is wrong but that they are kept longer; the next hour tries again.
      o.logger.warn({ err: error }, 'old messages not forgotten');
    });
  };
  return {
    start(): void {
      timer ??= setInterval(forgetQuietly, EVERY_MS).unref();
    },
    stop: (): void => clearInterval(timer),
  };
}

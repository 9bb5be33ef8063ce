import type pg from 'pg';

import type { CommitQueue } from '../../../kernel/runtime/commit-queue.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { LookUps, PaidLookUp } from '../app/look-up.ts';
import { giveBack, priceOf, tokensIn, type LookUpLimits } from '../domain/look-up-limit.ts';

const DAY_US = 86_400_000_000;
const EMPTIEST_MAX = 100;
const FORGET_MAX = 1_000;

/** Microseconds since 1970, in which buckets count. */
export const microsecondsOf = (at: Instant): number => at.getTime() * 1_000;

/**
 * The buckets in Postgres. Each look-up is one statement and shares its commit with others: it is answered when it has been charged for good. Every
 * process locks banks in the order of their guids, so that none waits for another in a circle.
 */
export function createLookUps(o: { readonly database: Database; readonly commits: CommitQueue; readonly limits: LookUpLimits }): LookUps {
  const { pool } = o.database;
  const bank = priceOf(o.limits.bank);
  const account = priceOf(o.limits.account);
  const prices = [bank.room, bank.hit, bank.miss, account.room, account.hit, account.miss];
  return {
    async take({ phone, askedBy, at }) {
      const values = [phone, askedBy.bankGuid, askedBy.debtorAccount, microsecondsOf(at), ...prices];
      const { rows } = await o.commits.run<LookUpRow>({ name: 'look-up-alias', text: LOOK_UP, values, row: askedBy.bankGuid });
      const [row] = rows;
      if (!row) throw new Error('a look-up has no answer');
      if (row.wait > 0n) return { kind: 'limited', waitMs: Math.ceil(Number(row.wait) / 1_000) };
      return row.iban !== null && row.bank_guid !== null
        ? { kind: 'found', account: { iban: row.iban, bankGuid: row.bank_guid } }
        : { kind: 'unknown' };
    },
    async emptiest(at) {
      const { rows } = await pool.query<BucketRow>({
        name: 'emptiest-buckets',
        text: EMPTIEST,
        values: [microsecondsOf(at), EMPTIEST_MAX],
      });
      return rows.map(({ bank_guid: bankGuid, account: of, full_at }) => ({
        bankGuid,
        account: of === '' ? null : of,
        tokens: tokensIn(Number(full_at), { limit: of === '' ? o.limits.bank : o.limits.account, now: microsecondsOf(at) }),
        fullAt: new Date(Math.ceil(Number(full_at) / 1_000)),
      }));
    },
    async forgetFull(at) {
      // What has long been full is as good as what was never there.
      const { rowCount } = await pool.query({
        name: 'forget-full-buckets',
        text: FORGET_FULL,
        values: [microsecondsOf(at) - DAY_US, FORGET_MAX],
      });
      return (rowCount ?? 0) === FORGET_MAX;
    },
  };
}

/** Gives back what paid look-ups cost, in the transaction of whoever hears of the payments; banks in the order of their guids. */
export async function giveBackLookUps(client: pg.ClientBase, limits: LookUpLimits, paid: readonly PaidLookUp[]): Promise<void> {
  const inOrder = paid.toSorted((one, other) => (one.bankGuid < other.bankGuid ? -1 : Number(one.bankGuid > other.bankGuid)));
  const credits = [-giveBack(0, priceOf(limits.bank)), -giveBack(0, priceOf(limits.account))];
  for (const { bankGuid, debtorAccount } of inOrder) {
    await client.query({ name: 'give-back-of-bank', text: GIVE_BACK, values: [bankGuid, '', credits[0]] });
    await client.query({ name: 'give-back-of-account', text: GIVE_BACK, values: [bankGuid, debtorAccount, credits[1]] });
  }
}

interface LookUpRow {
  readonly wait: bigint;
  readonly iban: string | null;
  readonly bank_guid: string | null;
}

interface BucketRow {
  readonly bank_guid: string;
  readonly account: string;
  readonly full_at: bigint;
}

const LOOK_UP = `
select wait, iban, bank_guid from look_up_alias($1::text, $2::uuid, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9::bigint, $10::bigint)`;

const GIVE_BACK = 'update look_up_bucket set full_at = full_at - $3::bigint where bank_guid = $1 and account = $2';

/** Buckets that somebody is about to use are left. */
const FORGET_FULL = `
delete from look_up_bucket b using (select bank_guid, account from look_up_bucket where full_at < $1 limit $2 for update skip locked) old
where b.bank_guid = old.bank_guid and b.account = old.account`;

const EMPTIEST = 'select bank_guid, account, full_at from look_up_bucket where full_at > $1 order by full_at desc limit $2';

import type pg from 'pg';

import type { BusinessDay } from '../../../../kernel/core/time.ts';
import { insertMails } from '../../../../kernel/mail/mail-store.ts';
import type { Database } from '../../../../kernel/runtime/database.ts';
import type { MailingStore } from '../../app/mail/mail-ports.ts';
import type { ReportedRegister } from '../../domain/mail/reconciliation-report.ts';
import type { Pair } from '../../domain/register-plan.ts';
import type { RegisterState } from '../../domain/register.ts';
import { REGISTER_COLUMNS, viewOf, type RegisterTableRow } from '../register-row.ts';

/** Takes the day's row FOR UPDATE SKIP LOCKED for the rest of the transaction: it protects "no mails yet" from another process. */
export function createMailingStore(database: Database): MailingStore {
  const dayIn = async (client: pg.ClientBase, text: string, day: BusinessDay): Promise<boolean> => {
    const { rowCount } = await client.query(text, [day]);
    return rowCount === 1;
  };
  return {
    withoutMails: () => daysOf(database.pool, WITHOUT_MAILS),
    withoutReports: () => daysOf(database.pool, WITHOUT_REPORTS),
    mailDay: (day, work, at) =>
      database.transaction(async (client) => {
        if (!(await dayIn(client, TAKE_WITHOUT_MAILS, day))) return false;
        await work({ registers: () => registersOfDay(client, day), insert: (mails) => insertMails(client, mails) });
        await client.query('update business_day set mails_made_at = $2 where day = $1', [day, at]);
        return true;
      }),
    reportDay: (day, work, at) =>
      database.transaction(async (client) => {
        if (!(await dayIn(client, TAKE_WITHOUT_REPORTS, day))) return false;
        await work({
          pairs: (period) => pairs(client, period),
          registers: (pair, period) => registersOfPair(client, pair, period),
          insert: (mails) => insertMails(client, mails),
        });
        await client.query('update business_day set reports_made_at = $2 where day = $1', [day, at]);
        return true;
      }),
  };
}

const WITHOUT_MAILS = 'select day from business_day where registers_made_at is not null and mails_made_at is null order by day';
const WITHOUT_REPORTS = 'select day from business_day where registers_made_at is not null and reports_made_at is null order by day';
const TAKE_WITHOUT_MAILS =
  'select day from business_day where day = $1 and registers_made_at is not null and mails_made_at is null for update skip locked';
const TAKE_WITHOUT_REPORTS =
  'select day from business_day where day = $1 and registers_made_at is not null and reports_made_at is null for update skip locked';

async function daysOf(pool: pg.Pool, text: string): Promise<readonly BusinessDay[]> {
  const { rows } = await pool.query<{ day: BusinessDay }>(text);
  return rows.map(({ day }) => day);
}

async function registersOfDay(client: pg.ClientBase, day: BusinessDay) {
  const text = `select ${REGISTER_COLUMNS} from register where business_day = $1 order by number`;
  const { rows } = await client.query<RegisterTableRow>({ name: 'registers-of-day', text, values: [day] });
  return rows.map(viewOf);
}

interface Period {
  readonly from: BusinessDay;
  readonly to: BusinessDay;
}

/** Each pair once, whichever of its directions there are. */
const PAIRS = `
select distinct least(debtor_bank, creditor_bank) as one, greatest(debtor_bank, creditor_bank) as other
from register where business_day between $1 and $2 and debtor_bank <> creditor_bank order by 1, 2`;

async function pairs(client: pg.ClientBase, { from, to }: Period): Promise<readonly Pair[]> {
  const { rows } = await client.query<{ one: string; other: string }>({ name: 'pairs-to-report', text: PAIRS, values: [from, to] });
  return rows.map(({ one, other }) => ({ debtorBankGuid: one, creditorBankGuid: other }));
}

/** One statement, so that both banks are told of the same moment. */
const OF_PAIR = `
select number, business_day, debtor_bank, state, total_minor, fee_minor, payment_count from register
where (debtor_bank, creditor_bank) in (($1::uuid, $2::uuid), ($2::uuid, $1::uuid)) and business_day between $3 and $4
order by business_day, number`;

interface ReportedRow {
  readonly number: string;
  readonly business_day: BusinessDay;
  readonly debtor_bank: string;
  readonly state: RegisterState;
  readonly total_minor: bigint;
  readonly fee_minor: bigint;
  readonly payment_count: number;
}

async function registersOfPair(
  client: pg.ClientBase,
  { debtorBankGuid, creditorBankGuid }: Pair,
  { from, to }: Period,
): Promise<readonly ReportedRegister[]> {
  const values = [debtorBankGuid, creditorBankGuid, from, to];
  const { rows } = await client.query<ReportedRow>({ name: 'registers-to-report', text: OF_PAIR, values });
  return rows.map((row) => ({
    number: row.number,
    day: row.business_day,
    debtorBankGuid: row.debtor_bank,
    state: row.state,
    totalMinor: row.total_minor,
    feeMinor: row.fee_minor,
    paymentCount: row.payment_count,
  }));
}

import type pg from 'pg';

import type { Currency } from '../../../kernel/core/money.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { DayView, RegisterOperation, RegisterReads, RegisterRow, RegisterView, SettlementPaymentView } from '../app/register-ports.ts';
import type { DayState } from '../domain/business-day.ts';
import type { BookedPayment } from '../domain/ledger.ts';
import { REGISTER_COLUMNS, viewOf, type RegisterTableRow } from './register-row.ts';

/** Reads registers as they are committed. Lists and rows are plain SQL over the indexes that are made for them. */
export function createRegisterReads(pool: pg.Pool): RegisterReads {
  const registers = async (name: string, text: string, values: readonly unknown[]): Promise<readonly RegisterView[]> => {
    const { rows } = await pool.query<RegisterTableRow>({ name, text, values: [...values] });
    return rows.map(viewOf);
  };
  const payments = async (
    name: string,
    text: string,
    register: RegisterView,
    bounds: readonly unknown[],
  ): Promise<readonly RegisterRow[]> => {
    const { businessDay, debtorBankGuid, creditorBankGuid, total } = register;
    const values = [businessDay, debtorBankGuid, creditorBankGuid, total.currency, ...bounds];
    const { rows } = await pool.query<PaymentTableRow>({ name, text, values });
    return rows.map(rowOf);
  };
  return {
    async byNumbers(numbers) {
      const found = await registers('registers-by-number', BY_NUMBER, [numbers]);
      return new Map(found.map((register) => [register.number, register]));
    },
    list: ({ bankGuid, role, from, to, offset, limit }) =>
      registers(`registers-of-bank-${role}`, LIST[role], [bankGuid, from, to, offset, limit]),
    page: ({ bankGuid, counterpartyGuid, day, state, limit, after }) =>
      registers('page-of-registers', PAGE, [
        bankGuid,
        counterpartyGuid,
        day,
        state,
        limit,
        after?.createdAt ?? null,
        after?.number ?? null,
      ]),
    rows: (register, { offset, limit }) => payments('register-rows', ROWS, register, [offset, limit]),
    rowsAfter: (register, { sequence, limit }) => payments('register-rows-after', ROWS_AFTER, register, [sequence, limit]),
    async ofPayment(paymentGuid) {
      const { rows } = await pool.query<RegisterTableRow & { readonly sequence: bigint }>({
        name: 'register-of-payment',
        text: OF_PAYMENT,
        values: [paymentGuid],
      });
      return rows[0] ? { register: viewOf(rows[0]), sequence: rows[0].sequence } : null;
    },
    async operations(number) {
      const { rows } = await pool.query<RegisterOperation & { readonly at: Date }>({
        name: 'register-operations',
        text: 'select at, subject, outcome, reason from register_operation where register = $1 order by id',
        values: [number],
      });
      return rows;
    },
    settlementPayments: (number) => readSettlementPayments(pool, number),
    async day(day) {
      const { rows } = await pool.query<DayRow>({ name: 'day', text: DAY, values: [day] });
      return rows[0] ? dayOf(rows[0]) : null;
    },
    async days({ limit, before }) {
      const { rows } = await pool.query<DayRow>({ name: 'days', text: DAYS, values: [before, limit] });
      return rows.map(dayOf);
    },
  };
}

/** The settlement payments of a register, in the order in which they were told. */
export async function readSettlementPayments(client: pg.Pool | pg.ClientBase, number: string): Promise<readonly SettlementPaymentView[]> {
  const { rows } = await client.query<{ external_id: string; state: SettlementPaymentView['state']; sent_at: Date; ended_at: Date | null }>(
    {
      name: 'settlement-payments',
      text: 'select external_id, state, sent_at, ended_at from settlement_payment where register = $1 order by sent_at, external_id',
      values: [number],
    },
  );
  return rows.map((row) => ({ externalId: row.external_id, state: row.state, sentAt: row.sent_at, endedAt: row.ended_at }));
}

const OF_PAYMENT = `
select r.*, t.sequence from ledger_transaction t join register r using (business_day, debtor_bank, creditor_bank, currency)
where t.payment_guid = $1 and t.kind = 'PAYMENT'`;
const BY_NUMBER = `select ${REGISTER_COLUMNS} from register where number = any($1::text[])`;

const NEWEST_FIRST = 'order by created_at desc, number desc';
const LIST = {
  Debtor: `select ${REGISTER_COLUMNS} from register
    where debtor_bank = $1 and created_at between $2 and $3 ${NEWEST_FIRST} offset $4 limit $5`,
  // Two ways in, one for each side's index; a register of one bank is in the first alone.
  All: `select ${REGISTER_COLUMNS} from (
      (select ${REGISTER_COLUMNS} from register where debtor_bank = $1 and created_at between $2 and $3 ${NEWEST_FIRST} limit $4::int + $5::int)
      union all
      (select ${REGISTER_COLUMNS} from register
       where creditor_bank = $1 and debtor_bank <> $1 and created_at between $2 and $3 ${NEWEST_FIRST} limit $4::int + $5::int)
    ) as both_sides ${NEWEST_FIRST} offset $4 limit $5`,
} as const;

const PAGE = `
select ${REGISTER_COLUMNS} from register
where ($1::uuid is null or $1 in (debtor_bank, creditor_bank)) and ($2::uuid is null or $2 in (debtor_bank, creditor_bank))
  and ($3::date is null or business_day = $3) and ($4::text is null or state = $4)
  and ($6::timestamptz is null or (created_at, number) < ($6, $7::text))
${NEWEST_FIRST} limit $5`;

const PAYMENT_COLUMNS = `sequence, payment_guid, pm_type, amount_minor, currency, fee_minor, fee_rate, external_id, debtor_account, creditor_account, purpose,
  succeeded_at, late_from`;
const OF_REGISTER = `from ledger_transaction
where kind = 'PAYMENT' and business_day = $1 and debtor_bank = $2 and creditor_bank = $3 and currency = $4`;
// What is skipped is counted in the index alone: the payments of a pair lie far apart in the table.
const ROWS = `
select ${PAYMENT_COLUMNS} from (select sequence ${OF_REGISTER} order by sequence offset $5 limit $6) as page
join ledger_transaction using (sequence) order by sequence`;
const ROWS_AFTER = `select ${PAYMENT_COLUMNS} ${OF_REGISTER} and sequence > $5 order by sequence limit $6`;

interface PaymentTableRow {
  readonly sequence: bigint;
  readonly payment_guid: string;
  readonly pm_type: BookedPayment['pmType'];
  readonly amount_minor: bigint;
  readonly currency: Currency;
  readonly fee_minor: bigint;
  readonly fee_rate: bigint;
  readonly external_id: string | null;
  readonly debtor_account: string | null;
  readonly creditor_account: string | null;
  readonly purpose: string | null;
  readonly succeeded_at: Date;
  readonly late_from: BusinessDay | null;
}

function rowOf(row: PaymentTableRow): RegisterRow {
  const { external_id: externalId, debtor_account: debtorAccount, creditor_account: creditorAccount, purpose } = row;
  const known = externalId !== null && debtorAccount !== null && creditorAccount !== null && purpose !== null;
  return {
    sequence: row.sequence,
    paymentGuid: row.payment_guid,
    pmType: row.pm_type,
    amount: { minor: row.amount_minor, currency: row.currency },
    fee: { minor: row.fee_minor, rate: row.fee_rate },
    details: known ? { externalId, debtorAccount, creditorAccount, purpose } : null,
    succeededAt: row.succeeded_at,
    lateFrom: row.late_from,
  };
}

const DAY_COLUMNS = 'day, state, closed_at, missing, registers_made_at';
const DAY = `select ${DAY_COLUMNS} from business_day where day = $1`;
const DAYS = `
select ${DAY_COLUMNS} from business_day where ($1::date is null or day < $1) order by day desc limit $2`;

interface DayRow {
  readonly day: BusinessDay;
  readonly state: DayState;
  readonly closed_at: Date | null;
  readonly missing: bigint | null;
  readonly registers_made_at: Date | null;
}

function dayOf({ day, state, closed_at: closedAt, missing, registers_made_at: registersMadeAt }: DayRow): DayView {
  return { day, state, closedAt, missing, registersMadeAt };
}

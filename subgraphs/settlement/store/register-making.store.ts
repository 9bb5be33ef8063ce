import type pg from 'pg';

import type { Currency } from '../../../kernel/core/money.ts';
import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import { insertCallbacks } from '../../../kernel/wire/callback-store.ts';
import type { AnnounceRegisters, MakeRegisters, RegisterMaking } from '../app/register-ports.ts';
import type { NewRegister, Pair, PairTotal } from '../domain/register-plan.ts';
import { registerFacts } from './register-events.ts';
import { REGISTER_COLUMNS, viewOf, type RegisterTableRow } from './register-row.ts';

/** Takes the day's row FOR UPDATE for the rest of the transaction: it protects "no registers yet" from another process. */
export function createRegisterMaker(database: Database): MakeRegisters {
  return (day, work) =>
    database.transaction(async (client) => {
      const { rowCount } = await client.query({ name: 'lock-day-for-registers', text: LOCK_DAY, values: [day] });
      if (rowCount !== 1) return false;
      await work(makingOf(client, day));
      return true;
    });
}

const LOCK_DAY = "select day from business_day where day = $1 and state = 'CLOSED' and registers_made_at is null for update";

function makingOf(client: pg.ClientBase, day: BusinessDay): RegisterMaking {
  return {
    async totals() {
      const { rows } = await client.query<TotalRow>({ name: 'register-totals', text: TOTALS, values: [day] });
      return rows.map((row): PairTotal => ({
        debtorBankGuid: row.debtor_bank,
        creditorBankGuid: row.creditor_bank,
        currency: row.currency,
        amountMinor: row.amount,
        feeMinor: row.fee,
        paymentCount: row.payments,
      }));
    },
    async activePairs() {
      const { rows } = await client.query<PairRow>({ name: 'active-pairs', text: ACTIVE_PAIRS, values: [day, ACTIVE_DAYS] });
      return rows.map((row): Pair => ({ debtorBankGuid: row.debtor_bank, creditorBankGuid: row.creditor_bank }));
    },
    save: (registers, at) => save(client, day, registers, at),
  };
}

/** A pair stays active for so many days after its last payment. */
const ACTIVE_DAYS = 31;

interface PairRow {
  readonly debtor_bank: string;
  readonly creditor_bank: string;
}
interface TotalRow extends PairRow {
  readonly currency: Currency;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly payments: number;
}

/** The database adds up; no payment leaves it. */
const TOTALS = `
select debtor_bank, creditor_bank, currency, sum(amount_minor)::bigint as amount, sum(fee_minor)::bigint as fee, count(*)::int as payments
from ledger_transaction where kind = 'PAYMENT' and business_day = $1 group by 1, 2, 3`;

/** Earlier payments are known from the registers of their days. */
const ACTIVE_PAIRS = `
select debtor_bank, creditor_bank from fee_rule where valid_from <= $1 and (valid_until is null or valid_until >= $1)
union
select debtor_bank, creditor_bank from register where business_day between $1::date - $2::int and $1::date - 1 and payment_count > 0`;

async function save(client: pg.ClientBase, day: BusinessDay, registers: readonly NewRegister[], at: Instant): Promise<void> {
  if (registers.length > 0) await client.query({ name: 'insert-registers', text: INSERT, values: [day, at, ...columnsOf(registers)] });
  await insertEvents(
    client,
    registers.map((register) => ({
      audience: [register.debtorBankGuid, register.creditorBankGuid],
      subject: register.number,
      version: 1,
      type: 'RegisterMade',
      payload: registerFacts(register, register.state),
      at,
    })),
  );
  await client.query({ name: 'mark-registers-made', text: MARK, values: [day, at] });
}

const MARK = 'update business_day set registers_made_at = $2 where day = $1';
const INSERT = `
insert into register (business_day, created_at, updated_at, number, debtor_bank, creditor_bank, debtor_name, debtor_bic, creditor_name, creditor_bic,
  creditor_code, charging_account, purpose, currency, total_minor, fee_minor, payment_count, state)
select $1::date, $2::timestamptz, $2::timestamptz, new.*
from unnest($3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
  $14::bigint[], $15::bigint[], $16::int[], $17::text[]) as new`;

function columnsOf(registers: readonly NewRegister[]): unknown[][] {
  return [
    registers.map(({ number }) => number),
    registers.map(({ debtorBankGuid }) => debtorBankGuid),
    registers.map(({ creditorBankGuid }) => creditorBankGuid),
    registers.map(({ debtor }) => debtor.name),
    registers.map(({ debtor }) => debtor.bic),
    registers.map(({ creditor }) => creditor.name),
    registers.map(({ creditor }) => creditor.bic),
    registers.map(({ creditor }) => creditor.taxCode),
    registers.map(({ chargingAccount }) => chargingAccount),
    registers.map(({ purpose }) => purpose),
    registers.map(({ total }) => total.currency),
    registers.map(({ total }) => total.minor),
    registers.map(({ fee }) => fee.minor),
    registers.map(({ paymentCount }) => paymentCount),
    registers.map(({ state }) => state),
  ];
}

const TAKE = `
select ${REGISTER_COLUMNS} from register where announced_at is null order by number limit $1 for update skip locked`;

/** Locks the registers that it takes, so that no other process announces them. */
export function createRegisterAnnouncer(database: Database): AnnounceRegisters {
  return (limit, compose, at) =>
    database.transaction(async (client) => {
      const { rows } = await client.query<RegisterTableRow>({ name: 'take-unannounced', text: TAKE, values: [limit] });
      if (rows.length === 0) return 0;
      const composed = [];
      for (const row of rows) composed.push(...(await compose(viewOf(row))));
      await insertCallbacks(client, composed);
      await client.query('update register set announced_at = $2 where number = any($1::text[])', [rows.map(({ number }) => number), at]);
      return rows.length;
    });
}

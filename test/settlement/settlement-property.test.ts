import { createHash, randomUUID } from 'node:crypto';

import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { addBusinessDays, startOfBusinessDay, type BusinessDay } from '../../kernel/core/time.ts';
import { RANGE_PAYMENTS_MAX, reconcile, type ReconciledPayment } from '../../protocol/reconciliation.ts';
import { KILL_POINTS } from '../../subgraphs/settlement/app/kill-points.ts';
import type { RegisterReads } from '../../subgraphs/settlement/app/register-ports.ts';
import { settleRegister, type SettleDeps } from '../../subgraphs/settlement/app/settle-register.ts';
import type { RegisterCommand, SettlementPayment } from '../../subgraphs/settlement/domain/register.ts';
import { createReconciliationReads } from '../../subgraphs/settlement/store/reconciliation.reads.ts';
import { createRegisterReads } from '../../subgraphs/settlement/store/register.reads.ts';
import { createRegisterTransaction } from '../../subgraphs/settlement/store/register.store.ts';
import { faultRun } from '../support/fault-run.ts';
import { BANK_A, BANK_B, BANK_C } from './directory.ts';
import { aSucceededPayment, OPERATIONS, startSettlement, type RunningSettlement } from './running-settlement.ts';

const BANKS = [BANK_A, BANK_B, BANK_C];
const RUNS = faultRun().long ? 60 : 6;
const HOUR_MS = 3_600_000;

let settlement: RunningSettlement;
let deps: SettleDeps;
let reads: RegisterReads;
beforeAll(async () => {
  settlement = await startSettlement({ at: '2026-03-01T10:00:00.000Z' });
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const now = (): Date => new Date(startOfBusinessDay(day).getTime() + HOUR_MS);
  deps = { inTransaction: createRegisterTransaction(settlement.database), nextId: randomUUID, now, sha256 };
  reads = createRegisterReads(settlement.database.pool);
});
afterAll(() => settlement.stop());

/** What happens on a day: payments and returns, deaths of processes on the way to the registers, and what banks and operations say about registers. */
const bank = fc.nat({ max: 2 });
const payment = fc.record({
  from: bank,
  to: bank,
  minor: fc.integer({ min: 1, max: 5_000_000 }),
  pmType: fc.constantFrom('trade', 'p2p', 'return'),
  hour: fc.integer({ min: 0, max: 22 }),
  copies: fc.integer({ min: 1, max: 2 }),
});
const word = fc.record({
  register: fc.nat({ max: 30 }),
  says: fc.constantFrom('pay', 'pay', 'pay', 'accept', 'accept', 'reject', 'internal', 'internal', 'wrong', 'operations'),
});
const aDay = fc.record({
  payments: fc.array(payment, { minLength: 2, maxLength: 12 }),
  deaths: fc.array(fc.constantFrom(...KILL_POINTS), { maxLength: 3 }),
  words: fc.array(word, { minLength: 10, maxLength: 25 }),
});
type Day = typeof aDay extends fc.Arbitrary<infer T> ? T : never;
type Word = typeof word extends fc.Arbitrary<infer T> ? T : never;

/** The banks' own books: what each day's payments come to, by pair. */
const books = new Map<string, { amount: bigint; fee: bigint; count: number }>();
/** The same, payment by payment. */
const paid = new Map<string, ReconciledPayment[]>();
/** Steps of settlements, which are in the ledger as well. */
let steps = 0;
let day: BusinessDay = '2026-03-01';
let booked = 0;

async function sum(sql: string): Promise<bigint> {
  const { rows } = await settlement.database.pool.query<{ sum: string }>(sql);
  return BigInt(rows[0]?.sum ?? 0);
}

async function pay({ payments }: Day): Promise<void> {
  const start = startOfBusinessDay(day).getTime();
  settlement.setTime(new Date(start + 12 * HOUR_MS).toISOString());
  for (const { from, to, minor, pmType, hour, copies } of payments) {
    const [initiatorBankGuid = '', receiverBankGuid = ''] = [BANKS[from], BANKS[to]];
    const succeededAt = new Date(start + hour * HOUR_MS).toISOString();
    const facts = { initiatorBankGuid, receiverBankGuid, pmType, amountMinor: String(minor), succeededAt };
    const succeeded = aSucceededPayment(facts);
    for (let copy = 0; copy < copies; copy++) {
      await settlement.publish({ subject: `${succeeded.paymentGuid} ${copy}`, type: 'PaymentSucceeded', payload: succeeded });
    }
    booked += 1;
    const key = `${day} ${initiatorBankGuid} ${receiverBankGuid}`;
    const own = { guid: succeeded.paymentGuid, pmType, amountMinor: BigInt(minor), currency: 'UAH' };
    paid.set(key, [...(paid.get(key) ?? []), own]);
    const known = books.get(key) ?? { amount: 0n, fee: 0n, count: 0 };
    // The agreement of the first day: 0.3 % of what A's customers pay to merchants of B, at least five kopiykas.
    const charged = from === 0 && to === 1 && pmType === 'trade';
    const asked = charged ? (BigInt(minor) * 3n + 500n) / 1000n : 0n;
    const least = charged && asked < 5n ? 5n : asked;
    const fee = least >= BigInt(minor) ? BigInt(minor) - 1n : least;
    books.set(key, { amount: known.amount + BigInt(minor), fee: known.fee + fee, count: known.count + 1 });
  }
  await settlement.booked(booked + steps);
}

class Killed extends Error {}

async function passMidnight({ deaths }: Day): Promise<void> {
  day = addBusinessDays(day, 1);
  settlement.setTime(new Date(startOfBusinessDay(day).getTime() + 60_000).toISOString());
  for (const point of deaths) {
    const kill = (at: string): void => {
      if (at === point) throw new Killed();
    };
    const died = await settlement
      .another({ kill })
      .timetable.run()
      .catch((error: unknown) => error);
    if (died instanceof Error && !(died instanceof Killed)) throw died;
  }
  await Promise.all([settlement.subgraph.timetable.run(), settlement.another().timetable.run()]);
}

async function talk({ words }: Day): Promise<void> {
  const { rows } = await settlement.database.pool.query<{ number: string }>(
    'select number from register where payment_count > 0 order by created_at desc, number limit 31',
  );
  for (const { register, says } of words) {
    const row = rows[register % Math.max(1, rows.length)];
    if (!row) return;
    const command = await commandOf(row.number, says);
    // Twice at the same moment, as a bank that heard no answer sends it.
    const answers = await Promise.all([settleRegister(deps, row.number, command), settleRegister(deps, row.number, command)]);
    const changed = answers.filter((answer) => answer.ok && answer.value === 'CHANGED').length;
    expect(changed).toBeLessThan(2);
    if (says === 'wrong') expect(changed).toBe(0);
    steps += changed;
  }
}

/** What a bank says about a register just now; after a rejection it pays with an id of its own. */
async function commandOf(number: string, says: Word['says']): Promise<RegisterCommand> {
  const view = (await reads.byNumbers([number])).get(number);
  if (!view) throw new Error(`there is no register ${number}`);
  const known = await reads.settlementPayments(number);
  const rejected = known.filter(({ state }) => state === 'REJECTED').length;
  const payment: SettlementPayment = {
    externalId: `${number}-${rejected}`,
    creditorIban: view.chargingAccount,
    amountMinor: view.total.minor - view.fee.minor + (says === 'wrong' ? 1n : 0n),
    currency: 'UAH',
    purpose: view.purpose,
  };
  const common = { bankGuid: view.debtorBankGuid, at: deps.now() };
  switch (says) {
    case 'pay':
    case 'wrong':
      return { type: 'Pay', ...common, payment };
    case 'accept':
    case 'reject':
      return { type: 'Confirm', ...common, payment, outcome: says === 'accept' ? 'ACCEPTED' : 'REJECTED' };
    case 'internal':
      return { type: 'ConfirmInternal', ...common };
    case 'operations':
      return { type: 'Resolve', outcome: 'ACCEPTED', at: common.at };
    default:
      return says satisfies never;
  }
}

test('debits equal credits equal registers equal the books of the banks, to the kopiyka, whatever happens', async () => {
  const input = {
    debtorBankGuid: BANK_A,
    creditorBankGuid: BANK_B,
    kind: 'TRADE',
    rateMillionths: 3_000,
    min: '5',
    validFrom: '2026-03-01',
    idempotencyKey: 'agreement',
  };
  const set = 'mutation ($input: FeeRuleSetInput!) { feeRuleSet(input: $input) { errors { code } } }';
  expect(await settlement.ask(set, { input }, OPERATIONS)).toEqual({ feeRuleSet: { errors: [] } });
  await fc.assert(
    fc.asyncProperty(aDay, async (happens) => {
      await pay(happens);
      await passMidnight(happens);
      await talk(happens);
      await everythingAgrees();
    }),
    { numRuns: RUNS, endOnFailure: true, seed: faultRun().seed },
  );
  expect(books.size).toBeGreaterThan(RUNS);
  expect(steps).toBeGreaterThan(RUNS);
}, 240_000);

async function everythingAgrees(): Promise<void> {
  expect(await sum('select coalesce(sum(signed_minor), 0) as sum from ledger_entry')).toBe(0n);
  const { rows } = await settlement.database.pool.query<{ key: string; amount: bigint; fee: bigint; count: number }>(
    `select concat_ws(' ', business_day, debtor_bank, creditor_bank) as key, total_minor as amount, fee_minor as fee, payment_count as count
     from register where payment_count > 0`,
  );
  expect(new Map(rows.map(({ key, ...sums }) => [key, sums]))).toEqual(books);
  // What is owed by the ledger is what is open by the registers, and what is on its way is what is in process.
  const owed = "select coalesce(sum(signed_minor), 0) as sum from ledger_entry where account_kind in ('OBLIGATION', 'FEE_WITHHELD')";
  const open = "select coalesce(sum(total_minor - fee_minor), 0) as sum from register where state in ('SENT', 'SENT_INTRABANK')";
  expect(await sum(owed)).toBe(await sum(open));
  const moving = "select coalesce(sum(signed_minor), 0) as sum from ledger_entry where account_kind = 'TRANSIT_OUT'";
  expect(await sum(moving)).toBe(
    await sum("select coalesce(sum(total_minor - fee_minor), 0) as sum from register where state = 'PROCESSING'"),
  );
  const { openBalances } = await settlement.ask('{ openBalances { accrued { minor } due { minor } inTransit { minor } } }', {}, OPERATIONS);
  const parts = openBalances as readonly Readonly<Record<'accrued' | 'due' | 'inTransit', { readonly minor: string }>>[]; // the query above
  const total = (part: 'accrued' | 'due' | 'inTransit'): bigint => parts.reduce((all, balance) => all + BigInt(balance[part].minor), 0n);
  expect([total('accrued'), total('due'), total('inTransit')]).toEqual([0n, await sum(owed), await sum(moving)]);
  const told = 'select count(distinct (subject, receiver_id))::bigint as sum from callback';
  expect(await sum(told)).toBe(
    await sum('select coalesce(sum(case when debtor_bank = creditor_bank then 1 else 2 end), 0) as sum from register'),
  );
  expect(await sum('select count(*) as sum from callback')).toBe(await sum(told));
  const sealed =
    'select count(*) as sum from register_seal s join register r on r.number = s.register and r.payment_count = s.size and r.sealed';
  expect(await sum(sealed)).toBe(await sum('select count(*) as sum from register'));
  expect(await settlement.subgraph.verifyLedger()).toMatchObject({ ok: true });
  await everyBankFindsItsBooks(addBusinessDays(day, -1));
}

/** What each bank has of a closed day is what the hub has, payment by payment. */
async function everyBankFindsItsBooks(to: BusinessDay): Promise<void> {
  const ranges = createReconciliationReads(settlement.database.pool);
  const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
  for (const debtorBankGuid of BANKS) {
    for (const creditorBankGuid of BANKS) {
      const period = { debtorBankGuid, creditorBankGuid, from: to, to };
      const ask = (prefixes: readonly string[]) => ranges.ranges(period, { prefixes, paymentsMax: RANGE_PAYMENTS_MAX });
      const own = paid.get(`${to} ${debtorBankGuid} ${creditorBankGuid}`) ?? [];
      expect(await reconcile(own, ask, { sha256 })).toMatchObject({ differences: [], complete: true, own: { count: own.length } });
    }
  }
}

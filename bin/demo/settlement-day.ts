import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { decimalFromMinor } from '../../kernel/core/money.ts';
import { addBusinessDays, businessDayOf, startOfBusinessDay, type BusinessDay } from '../../kernel/core/time.ts';
import { type Print, sandboxCalls } from './sandbox-calls.ts';
import type { SandboxFile } from './sandbox-file.ts';
import { mailsAfter, showMails } from './show-mails.ts';

/** The name of this demo on the command line. */
export const SETTLEMENT_DAY = 'settlement-day';

const PAYMENTS = 200;
const PAYMENTS_AT_ONCE = 8;
const ORDER_LIFETIME_MS = 20 * 60_000;
/** A minute after midnight: days close half a minute after it. */
const AFTER_MIDNIGHT_MS = 61_000;
const LOOK_EVERY_MS = 250;
const WAIT_LIMIT_MS = 120_000;

const SLOTS = ['payer', 'receiver', 'bystander'];

const money = z.object({ minor: z.string().transform(BigInt), decimal: z.string() });
const balancesSchema = z.object({
  balances: z.array(
    z.object({
      debtorBank: z.object({ guid: z.string() }),
      creditorBank: z.object({ guid: z.string() }),
      amount: money,
      fees: money,
      paymentCount: z.number(),
    }),
  ),
});
const registersSchema = z.object({
  registers: z.object({
    nodes: z.array(
      z.object({
        number: z.string(),
        status: z.string(),
        total: money,
        fees: money,
        amountToPay: money,
        paymentCount: z.number(),
        debtorBank: z.object({ guid: z.string(), name: z.string() }),
        creditorBank: z.object({ guid: z.string(), name: z.string() }),
      }),
    ),
  }),
});
type Register = z.infer<typeof registersSchema>['registers']['nodes'][number];

const BALANCES = `query ($day: BusinessDay!) { balances(day: $day) {
  debtorBank { guid } creditorBank { guid } amount { minor decimal } fees { minor decimal } paymentCount } }`;
const REGISTERS = `query ($day: BusinessDay!) { registers(day: $day, first: 100) { nodes {
  number status total { minor decimal } fees { minor decimal } amountToPay { minor decimal } paymentCount
  debtorBank { guid name } creditorBank { guid name } } } }`;
const FEE_RULE_SET = `mutation ($input: FeeRuleSetInput!) { feeRuleSet(input: $input) { errors { code message } } }`;
const ORDER_CREATE = `mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { orderId } errors { message } } }`;

/**
 * A day of settlement in a minute: payments among three banks, midnight by the sandbox's clock, the registers, and what the banks do about them, and what they are told
 * by mail. True when every register is settled, its sums are those of the ledger, to the kopiyka, and all mails have arrived.
 */
export async function showSettlementDay(sandbox: SandboxFile, print: Print): Promise<boolean> {
  const ask = <Data>(query: string, variables: Record<string, unknown>, data: z.ZodType<Data>): Promise<Data> =>
    sandboxCalls(sandbox).graphql(sandbox.ops.token, query, variables, data);
  const now = await businessNow(sandbox);
  const day = businessDayOf(now);
  const before = await paymentsOf(ask, day);
  const lastMail = (await mailsAfter(sandbox, 0)).at(-1)?.n ?? 0;
  await agreeOnFee(ask, sandbox, day, print);
  await payAll(sandbox, now, print);
  await until('all payments are booked', async () => (await paymentsOf(ask, day)) >= before + PAYMENTS);
  const { balances } = await ask(BALANCES, { day }, balancesSchema);
  print(`\nThe ledger on ${day}, by pair and direction:`);
  for (const { debtorBank, creditorBank, amount, fees, paymentCount } of balances) {
    print(
      `  ${nameOf(sandbox, debtorBank.guid)} owes ${nameOf(sandbox, creditorBank.guid)} ${amount.decimal} less ${fees.decimal} UAH for ${paymentCount}`,
    );
  }

  await passMidnight(sandbox, day, print);
  const registersOf = async (): Promise<readonly Register[]> => (await ask(REGISTERS, { day }, registersSchema)).registers.nodes;
  await until('the registers are made', async () => (await registersOf()).length > 0);
  print(`\nThe registers of ${day}, as they are made:`);
  for (const register of (await registersOf()).toReversed()) print(`  ${lineOf(register)}`);
  const open = ['SENT', 'SENT_INTRABANK', 'PROCESSING'];
  await until('the banks have paid', async () => (await registersOf()).every(({ status }) => !open.includes(status)));
  print('\nThe banks read them, paid over their local rails, and confirmed:');
  const settled = await registersOf();
  for (const register of settled.toReversed()) print(`  ${lineOf(register)}`);
  const equal = agree(balances, settled, print);
  const mails = { day, after: lastMail, ...mailsFor(settled) };
  const same = await showReconciliations(sandbox, settled, print);
  return (await showMails(sandbox, mails, { now: await businessNow(sandbox), until, print })) && same && equal;
}

/** What is told by mail: each register with payments to its banks, and how each pair stands to both of it. */
function mailsFor(registers: readonly Register[]) {
  const full = registers.filter(({ paymentCount }) => paymentCount > 0);
  const banksOf = ({ debtorBank, creditorBank }: Register): readonly string[] => [...new Set([debtorBank.guid, creditorBank.guid])];
  const pairs = new Set(
    registers
      .map(banksOf)
      .filter(({ length }) => length === 2)
      .map((pair) => pair.toSorted().join(' ')),
  );
  return { registers: new Map(full.map((register) => [register.number, banksOf(register).length])), pairs: pairs.size };
}

type Ask = <Data>(query: string, variables: Record<string, unknown>, data: z.ZodType<Data>) => Promise<Data>;

async function businessNow(sandbox: SandboxFile): Promise<Date> {
  const { now } = z.object({ now: z.iso.datetime() }).parse(await sandboxCalls(sandbox).post('/clock', { advanceMs: 1 }));
  return new Date(now);
}

async function paymentsOf(ask: Ask, day: BusinessDay): Promise<number> {
  const { balances } = await ask(BALANCES, { day }, balancesSchema);
  return balances.reduce((sum, { paymentCount }) => sum + paymentCount, 0);
}

async function agreeOnFee(ask: Ask, sandbox: SandboxFile, day: BusinessDay, print: Print): Promise<void> {
  const [payer, receiver] = [bankAt(sandbox, 'payer'), bankAt(sandbox, 'receiver')];
  const terms = { kind: 'TRADE', rateMillionths: 2_500, min: '10', max: '5000', validFrom: day };
  const input = { debtorBankGuid: payer.guid, creditorBankGuid: receiver.guid, ...terms, idempotencyKey: `demo-${day}` };
  // It may be there from an earlier demo of this day: then that one holds.
  await ask(FEE_RULE_SET, { input }, z.object({ feeRuleSet: z.object({ errors: z.array(z.unknown()) }) }));
  print(`${payer.name} keeps 0.25 % of what its customers pay to merchants of ${receiver.name}, at least 0.10 and at most 50.00 UAH.`);
}

/** Customers of all three banks buy in the shop, whose bank is one of them. */
async function payAll(sandbox: SandboxFile, now: Date, print: Print): Promise<void> {
  const [shop] = sandbox.merchants;
  if (!shop) throw new Error('sandbox.json names no merchant');
  const calls = sandboxCalls(sandbox);
  const started = performance.now();
  const waiting = Array.from({ length: PAYMENTS }, (_, n) => n);
  const buy = async (n: number): Promise<void> => {
    const bank = bankAt(sandbox, SLOTS[n % SLOTS.length] ?? '');
    const input = {
      amount: { minor: String(1_000 + n * 137), currency: 'UAH' },
      reference: `settlement-day-${crypto.randomUUID()}`,
      purpose: `Книга ${n + 1}`,
      redirectUrl: `${sandbox.sandbox}/thank-you`,
      expiresAt: new Date(now.getTime() + ORDER_LIFETIME_MS).toISOString(),
      idempotencyKey: crypto.randomUUID(),
    };
    const created = z.object({ orderCreate: z.object({ order: z.object({ orderId: z.string() }) }) });
    const { orderCreate } = await calls.graphql(shop.secretKey, ORDER_CREATE, { input }, created);
    await calls.post(`/banks/${bank.guid}/pay`, { orderId: orderCreate.order.orderId });
  };
  const customer = async (): Promise<void> => {
    for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) await buy(n);
  };
  await Promise.all(Array.from({ length: PAYMENTS_AT_ONCE }, customer));
  print(`${PAYMENTS} customers of ${SLOTS.length} banks have paid, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

async function passMidnight(sandbox: SandboxFile, day: BusinessDay, print: Print): Promise<void> {
  const now = await businessNow(sandbox);
  const advanceMs = startOfBusinessDay(addBusinessDays(day, 1)).getTime() + AFTER_MIDNIGHT_MS - now.getTime();
  await sandboxCalls(sandbox).post('/clock', { advanceMs });
  print(`\nThe sandbox's clock goes forward by ${(advanceMs / 3_600_000).toFixed(1)} hours: it is a minute past midnight in Kyiv.`);
}

/** The sums of the registers are those of the ledger, pair by pair. */
function agree(balances: z.infer<typeof balancesSchema>['balances'], registers: readonly Register[], print: Print): boolean {
  const owed = new Map(balances.map((balance) => [`${balance.debtorBank.guid} ${balance.creditorBank.guid}`, balance]));
  const wrong = registers.filter((register) => {
    const balance = owed.get(`${register.debtorBank.guid} ${register.creditorBank.guid}`);
    const { minor, count } = { minor: balance?.amount.minor ?? 0n, count: balance?.paymentCount ?? 0 };
    return register.total.minor !== minor || register.fees.minor !== (balance?.fees.minor ?? 0n) || register.paymentCount !== count;
  });
  const total = registers.reduce((sum, register) => sum + register.total.minor, 0n);
  const all = balances.reduce((sum, { amount }) => sum + amount.minor, 0n);
  print(
    `\nLedger ${decimalFromMinor(all)} UAH, registers ${decimalFromMinor(total)} UAH: ${wrong.length === 0 && total === all ? 'equal, pair by pair' : 'NOT EQUAL'}.`,
  );
  return wrong.length === 0 && total === all;
}

const reconciliationsSchema = z.record(
  z.string(),
  z
    .object({
      own: z.object({ count: z.number() }),
      hub: z.object({ count: z.number() }),
      differences: z.array(z.unknown()),
      requests: z.number(),
    })
    .nullable()
    .catch(null),
);

/** What the banks found when they compared their own books with the hub's, direction by direction. True when all of them found both equal. */
async function showReconciliations(sandbox: SandboxFile, registers: readonly Register[], print: Print): Promise<boolean> {
  const found = async (guid: string) =>
    reconciliationsSchema.parse(await (await fetch(`${sandbox.sandbox}/reconciliations/${guid}`)).json());
  const sides = registers.flatMap((register) =>
    [...new Set([register.debtorBank.guid, register.creditorBank.guid])].map((guid) => ({ guid, register })),
  );
  await until('the banks have compared their books', async () => {
    const all = new Map(
      await Promise.all([...new Set(sides.map(({ guid }) => guid))].map(async (guid) => [guid, await found(guid)] as const)),
    );
    return sides.every(({ guid, register }) => Boolean(all.get(guid)?.[register.number]));
  });
  print('\nThe banks compared their own books with the hub’s:');
  let clean = true;
  for (const { guid, register } of sides.toReversed()) {
    const result = (await found(guid))[register.number];
    if (!result) continue;
    const { own, hub, differences, requests } = result;
    const sums = `${String(own.count).padStart(3)} of its own, ${String(hub.count).padStart(3)} of the hub`;
    const word = differences.length === 0 ? 'equal' : `${differences.length} DIFFERENCES`;
    print(`  ${nameOf(sandbox, guid).padEnd(12)}  ${pairOf(register)}  ${sums}: ${word}, ${requests} request${requests === 1 ? '' : 's'}`);
    clean &&= differences.length === 0;
  }
  return clean;
}

const pairOf = ({ debtorBank, creditorBank }: Register): string => `${debtorBank.name} → ${creditorBank.name}`.padEnd(28);

function lineOf(register: Register): string {
  const { number, status, total, fees, amountToPay, paymentCount } = register;
  const sums = `${total.decimal.padStart(10)} − ${fees.decimal.padStart(6)} = ${amountToPay.decimal.padStart(10)} UAH`;
  return `${number}  ${pairOf(register)} ${String(paymentCount).padStart(3)} payments  ${sums}  ${status}`;
}

function bankAt(sandbox: SandboxFile, slot: string) {
  const bank = sandbox.banks.find((candidate) => candidate.slot === slot);
  if (!bank) throw new Error(`sandbox.json names no ${slot} bank`);
  return bank;
}

function nameOf(sandbox: SandboxFile, guid: string): string {
  return sandbox.banks.find((bank) => bank.guid === guid)?.name ?? guid;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

import { z } from 'zod';

import { addBusinessDays, businessDayOf, startOfBusinessDay, type BusinessDay } from '../../kernel/core/time.ts';
import type { Recorder } from './recorder.ts';
import { advanceTo, businessNow, until } from './settlement-days.ts';

const MINUTE_MS = 60_000;
const ORDER_LIFETIME_MS = 20 * MINUTE_MS;

const MERCHANT_REGISTER = `mutation ($input: MerchantRegisterInput!) {
  merchantRegister(input: $input) { merchant { uid } errors { code } }
}`;
const ORDER_CREATE = `mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { orderId } } }`;
const BALANCES = `query ($day: BusinessDay!, $bank: String) { balances(day: $day, bank: $bank) { paymentCount } }`;
const REGISTERS = `query ($day: BusinessDay!, $bank: String) { registers(day: $day, bank: $bank, first: 100) { nodes { status } } }`;
const MAILS = `query ($bank: String) {
  mails(kind: REGISTER, bank: $bank, first: 1) { nodes { kind status address copy attempts { number outcome answer } } }
}`;

/** A merchant is registered, two orders are paid, the day is settled, and its report is due: what the banks get by mail. */
export async function recordMails(recorder: Recorder): Promise<void> {
  const { payer, receiver, sandbox } = recorder;
  const operations = { name: 'operations', token: sandbox.ops.token };
  const [kalyna, veresen] = [addressOf(payer.name), addressOf(receiver.name)];
  const { merchant: shop } = recorder;
  const name = 'Кав’ярня «Зерно»';
  const input = { ...merchantInput(name, { bankGuid: receiver.guid, iban: shop.iban }), idempotencyKey: crypto.randomUUID() };
  await recorder.graphql('merchant-register', operations, { query: MERCHANT_REGISTER, variables: { input }, data: z.unknown() });
  await recorder.mail('onboarding', { name: receiver.name, address: veresen }, new RegExp(name));

  // A day of its own, in which nobody else pays.
  const day = await nextDay(recorder);
  await payTwice(recorder, day);
  await until('the payments are booked', async () => {
    const schema = z.object({ balances: z.array(z.object({ paymentCount: z.number() })) });
    const { balances } = await recorder.calls.graphql(sandbox.ops.token, BALANCES, { day, bank: payer.guid }, schema);
    return balances.reduce((count, { paymentCount }) => count + paymentCount, 0) === 2 ? balances : null;
  });
  const after = await nextDay(recorder);
  await recorder.mail(
    'register',
    { name: payer.name, address: kalyna },
    new RegExp(`^Реєстр \\d+ за ${dotted(day)}: .* → ${receiver.name}$`),
  );
  await until('the register is paid', async () => {
    const schema = z.object({ registers: z.object({ nodes: z.array(z.object({ status: z.string() })) }) });
    const { registers } = await recorder.calls.graphql(sandbox.ops.token, REGISTERS, { day, bank: payer.guid }, schema);
    return registers.nodes.find(({ status }) => status === 'PAID');
  });
  await advanceTo(recorder, new Date(startOfBusinessDay(after).getTime() + 6 * 60 * MINUTE_MS + MINUTE_MS));
  await recorder.mail('report', { name: payer.name, address: kalyna }, new RegExp(`^Звірка.*${receiver.name}.*${dotted(day)}$`), FIGURES);
  await recorder.graphql('mails', operations, { query: MAILS, variables: { bank: payer.guid }, data: z.unknown() });
}

function merchantInput(name: string, { bankGuid, iban }: { readonly bankGuid: string; readonly iban: string }) {
  return { name, taxNumber: '90000888', iban, mcc: 5814, bankGuid, callbackUrl: 'https://shop.example/callback' };
}

/** Of the two files of a report: how many registers the other one lists is that of the month. */
const FIGURES = /-\d+\.csv$/;

/** As the sandbox registers its banks. */
function addressOf(bankName: string): string {
  return `settlement@${bankName.replace('Bank ', '').toLowerCase()}.example`;
}

/** Passes midnight; gives the day that begins. */
async function nextDay(recorder: Recorder): Promise<BusinessDay> {
  const day = addBusinessDays(businessDayOf(await businessNow(recorder)), 1);
  await advanceTo(recorder, new Date(startOfBusinessDay(day).getTime() + MINUTE_MS));
  return day;
}

async function payTwice(recorder: Recorder, day: BusinessDay): Promise<void> {
  const { calls, merchant, payer, sandbox } = recorder;
  const created = z.object({ orderCreate: z.object({ order: z.object({ orderId: z.string() }) }) });
  for (const [minor, purpose] of [
    ['57645', 'Книга «Захар Беркут»'],
    ['120000', '=1+1, що не є формулою'],
  ]) {
    const input = {
      amount: { minor, currency: 'UAH' },
      reference: `mail-${day}-${crypto.randomUUID()}`,
      purpose,
      redirectUrl: `${sandbox.sandbox}/thank-you`,
      expiresAt: new Date((await businessNow(recorder)).getTime() + ORDER_LIFETIME_MS).toISOString(),
      idempotencyKey: crypto.randomUUID(),
    };
    const { orderCreate } = await calls.graphql(merchant.secretKey, ORDER_CREATE, { input }, created);
    await calls.post(`/banks/${payer.guid}/pay`, { orderId: orderCreate.order.orderId });
  }
}

function dotted(day: BusinessDay): string {
  return day.split('-').toReversed().join('.');
}

import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { decimalFromMinor } from '../../kernel/core/money.ts';
import { followHistories } from './follow-histories.ts';
import { logTo, type Print, sandboxCalls } from './sandbox-calls.ts';
import type { SandboxFile } from './sandbox-file.ts';
import type { ShownPayment } from './show-payment.ts';

/** The name of this demo on the command line. */
export const RETURN = 'return';

const AMOUNT_MINOR = 57_645n;
const RETURNED_MINOR = 20_000n;
const POLL_MS = 40;
const SHOW_LIMIT_MS = 30_000;
const CALLBACKS = ['return-request', 'pay-in', 'pay-out', 'merchant-pay-out'];

const paymentSchema = z.object({
  payment: z
    .object({
      status: z.string(),
      returnedAmount: z.object({ decimal: z.string(), minor: z.string() }),
      order: z.object({ returnedAmount: z.object({ minor: z.string() }) }).nullable(),
      ledgerTransaction: z.object({ debtorBank: z.object({ name: z.string() }), creditorBank: z.object({ name: z.string() }) }).nullable(),
      returnRequests: z.array(z.object({ status: z.string(), payment: z.object({ guid: z.string() }).nullable() })),
    })
    .nullable(),
});
type ShownOriginal = NonNullable<z.infer<typeof paymentSchema>['payment']>;
const PAYMENT = `query ($guid: String!) { payment(guid: $guid) {
  status returnedAmount { decimal minor } order { returnedAmount { minor } }
  ledgerTransaction { debtorBank { name } creditorBank { name } } returnRequests { status payment { guid } } } }`;

/** A customer has paid for two books and brings one back: prints every message of the return with its time. */
export async function showReturn(sandbox: SandboxFile, print: Print): Promise<ShownPayment> {
  const [shop] = sandbox.merchants;
  if (!shop) throw new Error('sandbox.json names no merchant: start the hub with SANDBOX=on');
  const calls = sandboxCalls(sandbox);
  const log = logTo(print);
  const { guid } = await payOrderInSandbox(sandbox);
  log('operations → gateway', `payment ${guid} of ${decimalFromMinor(AMOUNT_MINOR)} UAH is SUCCESS`);

  const banks = sandbox.banks.map(({ guid: id, name }) => ({ id, name }));
  const shown = await followHistories(
    { calls, log },
    { actors: [...banks, { id: shop.uid, name: shop.name }], callbacks: CALLBACKS, isShown: (path) => path.endsWith('/payment-message') },
  );
  const wish = { paymentGuid: guid, amountMinor: String(RETURNED_MINOR), reason: 'Одну книгу повернули' };
  const asked = await calls.post(`/merchants/${shop.uid}/returns`, wish);
  log(`${shop.name} → gateway`, `paymentReturn of ${decimalFromMinor(RETURNED_MINOR)} UAH: ${JSON.stringify(asked)}`);
  await Promise.race([shown.complete, pause(SHOW_LIMIT_MS, undefined, { ref: false })]);

  const original = await untilReturned(sandbox, guid, RETURNED_MINOR);
  const returnGuid = original?.returnRequests[0]?.payment?.guid ?? '';
  const booked = await untilBooked(sandbox, returnGuid);
  log(
    'operations → gateway',
    `request ${original?.returnRequests[0]?.status ?? '-'}, ${original?.returnedAmount.decimal ?? '-'} UAH returned`,
  );
  const { debtorBank, creditorBank } = booked?.ledgerTransaction ?? {};
  if (debtorBank && creditorBank) log('settlement', `booked: ${debtorBank.name} owes it to ${creditorBank.name}`);
  return { status: booked?.status ?? 'NONE', missing: await shown.stop() };
}

const createdSchema = z.looseObject({ id: z.string() });
const paidSchema = z.looseObject({ guid: z.string() });

/** An order of the sandbox's merchant that a customer of another bank has paid, and whose money the merchant has. */
export async function payOrderInSandbox(sandbox: SandboxFile): Promise<{ readonly guid: string; readonly orderId: string }> {
  const calls = sandboxCalls(sandbox);
  const [shop] = sandbox.merchants;
  const payer = sandbox.banks.find(({ slot }) => slot === 'payer');
  const receiver = sandbox.banks.find(({ slot }) => slot === 'receiver');
  if (!shop || !payer || !receiver) throw new Error('sandbox.json lacks an actor of the demo: start the hub with SANDBOX=on');
  const wish = { amountMinor: String(AMOUNT_MINOR), reference: `return-${crypto.randomUUID()}`, purpose: 'Дві книги' };
  const { id: orderId } = createdSchema.parse(await calls.post(`/merchants/${shop.uid}/orders`, wish));
  const { guid } = paidSchema.parse(await calls.post(`/banks/${payer.guid}/pay`, { orderId }));
  await until(async () => {
    const credits = (await calls.history(receiver.guid, 0)).filter(({ path }) => path.endsWith('/credit'));
    return credits.some(
      ({ body }) => z.looseObject({ payment_message_guid: z.string() }).safeParse(body).data?.payment_message_guid === guid,
    );
  });
  return { guid, orderId };
}

/** Waits until a payment and its order know how much of it was given back; both hear of it from the log, a moment later. */
export async function untilReturned(sandbox: SandboxFile, guid: string, minor: bigint): Promise<ShownOriginal | null> {
  return await untilPayment(
    sandbox,
    guid,
    ({ returnedAmount, order }) => returnedAmount.minor === String(minor) && order?.returnedAmount.minor === String(minor),
  );
}

/** Waits until a payment is in the ledger. */
export async function untilBooked(sandbox: SandboxFile, guid: string): Promise<ShownOriginal | null> {
  return await untilPayment(sandbox, guid, ({ ledgerTransaction }) => ledgerTransaction !== null);
}

async function untilPayment(sandbox: SandboxFile, guid: string, isSo: (payment: ShownOriginal) => boolean): Promise<ShownOriginal | null> {
  let payment: ShownOriginal | null = null;
  await until(async () => {
    ({ payment } = await sandboxCalls(sandbox).graphql(sandbox.ops.token, PAYMENT, { guid }, paymentSchema));
    return payment !== null && isSo(payment);
  });
  return payment;
}

/** Looks again and again; after SHOW_LIMIT_MS what is missing is told by whoever counts it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + SHOW_LIMIT_MS; Date.now() < end; await pause(POLL_MS)) if (await isSo()) return;
}

import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { decimalFromMinor } from '../../kernel/core/money.ts';
import { followHistories } from './follow-histories.ts';
import { type Log, logTo, type Print, sandboxCalls } from './sandbox-calls.ts';
import type { SandboxFile } from './sandbox-file.ts';
import type { ShownPayment } from './show-payment.ts';

const AMOUNT_MINOR = 25_000n;
const POLL_MS = 40;
const SHOW_LIMIT_MS = 30_000;
/** What the banks of a transfer hear, whatever it began with. */
const CALLBACKS = ['receiver-data', 'pay-request', 'pay-in', 'pay-out'];

/** Transfers between people that the demo can show. */
export const TRANSFERS = ['p2p-phone', 'p2p-unknown-phone', 'p2p-link'] as const;
export type Transfer = (typeof TRANSFERS)[number];

type Bank = SandboxFile['banks'][number];

interface Stage {
  readonly sandbox: SandboxFile;
  readonly calls: ReturnType<typeof sandboxCalls>;
  readonly payer: Bank;
  readonly receiver: Bank;
  readonly log: Log;
}

const sentSchema = z.looseObject({
  kind: z.string(),
  guid: z.string().optional(),
  orderGuid: z.string().optional(),
  payeeCheck: z.string().optional(),
});
const linkSchema = z.object({
  order: z.looseObject({ guid: z.string(), status: z.string(), deeplinks_page_url: z.string(), qr_code: z.string() }),
});
const resultSchema = z.object({
  payment: z
    .object({
      status: z.string(),
      reason: z.string().nullable(),
      amount: z.object({ decimal: z.string(), currency: z.string() }),
      ledgerTransaction: z.object({ businessDay: z.string() }).nullable(),
    })
    .nullable(),
  p2pOrder: z.object({ status: z.string() }).nullable(),
});
const RESULT = `query ($guid: String!, $order: String!) {
  payment(guid: $guid) { status reason amount { decimal currency } ledgerTransaction { businessDay } }
  p2pOrder(guid: $order) { status }
}`;

/** Plays both customers of a transfer and prints every message of their banks with its time. */
export async function showTransfer(sandbox: SandboxFile, transfer: Transfer, print: Print): Promise<ShownPayment> {
  const bank = (slot: string): Bank => {
    const found = sandbox.banks.find((candidate) => candidate.slot === slot);
    if (!found) throw new Error('sandbox.json names no such bank: start the hub with SANDBOX=on');
    return found;
  };
  const stage: Stage = { sandbox, calls: sandboxCalls(sandbox), payer: bank('payer'), receiver: bank('receiver'), log: logTo(print) };
  const shown = await followHistories(stage, {
    actors: sandbox.banks.map(({ guid: id, name }) => ({ id, name })),
    callbacks: CALLBACKS,
    isShown: (path) => path.startsWith('/api/v1/p2p/'),
  });
  const sent = await SCENES[transfer](stage);
  if (sent.payeeCheck !== undefined)
    stage.log(stage.receiver.name, `of the name that the payer gave: ${sent.payeeCheck} (sealed for the payer’s bank)`);
  stage.log(stage.payer.name, `the customer has sent the money: ${JSON.stringify(sent)}`);
  await Promise.race([shown.complete, pause(SHOW_LIMIT_MS, undefined, { ref: false })]);
  const status = await printResult(stage, sent);
  return { status, missing: await shown.stop() };
}

const SCENES: Record<Transfer, (stage: Stage) => Promise<z.infer<typeof sentSchema>>> = {
  /** The number leads to an account already. */
  async 'p2p-phone'(stage) {
    const { receiver, calls, log } = stage;
    const [customer] = receiver.accounts;
    if (!customer) throw new Error('the receiver’s bank has no customer');
    await calls.post(`/banks/${receiver.guid}/alias`, { phone: customer.phone, account: customer.iban, linked: true });
    log(receiver.name, `${customer.phone} leads to an account of ${customer.name}`);
    return await sendTo(stage, { phone: customer.phone, payeeName: customer.name });
  },
  /** Nobody has linked the number: the banks are asked, and the customer consents. */
  async 'p2p-unknown-phone'(stage) {
    const { receiver, calls, log } = stage;
    const [customer] = receiver.accounts;
    if (!customer) throw new Error('the receiver’s bank has no customer');
    await calls.post(`/banks/${receiver.guid}/alias`, { phone: customer.phone, account: customer.iban, linked: false });
    log(receiver.name, `${customer.phone} leads nowhere, but is a customer’s`);
    return await sendTo(stage, { phone: customer.phone });
  },
  /** The receiver makes a link without an amount, which the payer opens and enters. */
  async 'p2p-link'(stage) {
    const { receiver, calls, log } = stage;
    const { order } = linkSchema.parse(await calls.post(`/banks/${receiver.guid}/ask-for-money`, { purpose: 'За піцу' }));
    log(receiver.name, `its customer asks for money: ${order.deeplinks_page_url} (and a QR code of ${order.qr_code.length} characters)`);
    return await sendTo(stage, { orderGuid: order.guid });
  },
};

async function sendTo(
  { payer, calls, log }: Stage,
  wish: { phone: string; payeeName?: string } | { orderGuid: string },
): Promise<z.infer<typeof sentSchema>> {
  log('customer', `sends ${decimalFromMinor(AMOUNT_MINOR)} UAH to ${'phone' in wish ? wish.phone : `the link ${wish.orderGuid}`}`);
  const body = { ...wish, amountMinor: String(AMOUNT_MINOR), purpose: 'За піцу' };
  return sentSchema.parse(await calls.post(`/banks/${payer.guid}/send`, body));
}

async function printResult({ sandbox, calls, log }: Stage, { guid, orderGuid }: z.infer<typeof sentSchema>): Promise<string> {
  if (guid === undefined || orderGuid === undefined) return 'NONE';
  const read = () => calls.graphql(sandbox.ops.token, RESULT, { guid, order: orderGuid }, resultSchema);
  let { payment, p2pOrder } = await read();
  // Settlement and the order hear of it from the event log, a moment after the payment succeeded.
  for (const end = Date.now() + SHOW_LIMIT_MS; Date.now() < end && !payment?.ledgerTransaction && payment?.status !== 'REJECT';) {
    await pause(POLL_MS);
    ({ payment, p2pOrder } = await read());
  }
  const amount = payment ? `${payment.amount.decimal} ${payment.amount.currency}` : '';
  log('operations → gateway', `order ${p2pOrder?.status ?? '-'}, payment ${guid} ${payment?.status ?? '-'} ${amount}`);
  if (payment?.ledgerTransaction) log('settlement', `booked on ${payment.ledgerTransaction.businessDay}`);
  return payment?.status ?? 'NONE';
}

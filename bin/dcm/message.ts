import { z } from 'zod';

import { buildPaymentMessage, type Payer } from '../../protocol/client/build-payment-message.ts';
import { type OrderJson, orderJsonSchema } from '../../protocol/order-answers.ts';
import type { Command } from './command.ts';
import { readInput, readObject } from './input.ts';
import { DcmError, EXIT, type Terminal } from './terminal.ts';

export const PAYER_OPTION = {
  payer: {
    value: 'FILE',
    help: 'the payer as JSON: {"agentBic", "name", "taxNumber", "iban", "phone"}; phone may be left out',
  },
};

export const MESSAGE: Command = {
  name: 'message',
  operands: 'ORDER',
  summary: 'builds the claims of a payment message for an order, personal fields encrypted',
  details: `
ORDER is a file with the order JSON as the hub gave it, or "-". Names and tax numbers are encrypted for the receiver's bank with the best profile
that its key lists; the hub cannot read them. Build the message once per payment and keep it: a retry sends the same.

  dcm get "$HUB/api/v1/merchants/order/nbu/json?id=$ORDER" > order.json
  dcm message order.json --payer payer.json > payment.json
  dcm post "$HUB/api/v1/counterparty/$BANK/payment-message" --claims payment.json`,
  operandsMax: 1,
  options: {
    ...PAYER_OPTION,
    jti: { value: 'ID', help: 'the id of the message (default: a new UUID)' },
    'external-id': { value: 'ID', help: "your bank's own id of the payment (default: a new UUID)" },
  },
  async run(args, terminal) {
    const file = args.operand(0, 'ORDER');
    const order = readOrder(await readInput(file, terminal), file);
    const payer = await readPayer(args.required('payer'), terminal);
    const [jti, externalId] = [args.value('jti'), args.value('external-id')];
    const ids = { ...(jti === undefined ? {} : { jti }), ...(externalId === undefined ? {} : { externalId }) };
    terminal.out(JSON.stringify(await buildPaymentMessage({ order, payer, now: terminal.now(), ...ids }), null, 2));
    return EXIT.OK;
  },
};

/** Reads the order JSON of the hub (guide 6.1). */
export function readOrder(text: string, source: string): OrderJson {
  const order = orderJsonSchema.safeParse(readObject(text, source));
  if (order.success) return order.data;
  throw new DcmError(`${source} is not the order JSON of the hub: ${problems(order.error)}.`);
}

const payerSchema = z.strictObject({
  agentBic: z.string().regex(/^\d{6}$/, 'is the six-digit code of the payer’s bank'),
  name: z.string().min(1),
  taxNumber: z.string().min(1),
  iban: z.string().regex(/^UA\d{27}$/, 'is an IBAN of Ukraine: UA and 27 digits'),
  phone: z
    .string()
    .regex(/^\+\d{7,15}$/, 'is a number such as +380991234567')
    .optional(),
});

export async function readPayer(file: string, terminal: Terminal): Promise<Payer> {
  const payer = payerSchema.safeParse(readObject(await readInput(file, terminal), file));
  if (!payer.success) throw new DcmError(`${file} is not a payer: ${problems(payer.error)}.`);
  const { phone, ...rest } = payer.data;
  return { ...rest, ...(phone === undefined ? {} : { phone }) };
}

function problems(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ');
}

import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { buildPaymentMessage } from '../../protocol/client/build-payment-message.ts';
import { tokenBody } from '../../protocol/client/signed-request.ts';
import { isUuid } from '../../kernel/core/ids.ts';
import { signToken } from '../../protocol/token.ts';
import type { Arguments, Command } from './command.ts';
import { readObject } from './input.ts';
import { PAYER_OPTION, readOrder, readPayer } from './message.ts';
import { checkReceipt } from './receipt.ts';
import { signRequest } from './request.ts';
import { type HubAnswer, noteRefusal, send } from './send.ts';
import { readSigner, type Signer, SIGNER_OPTIONS } from './signer.ts';
import { EXIT, type ExitCode, type Terminal, usageError } from './terminal.ts';

const acceptedSchema = z.looseObject({ guid: z.uuid() });
const statusSchema = z.looseObject({ status: z.enum(['Pending', 'Success', 'Reject']), reason: z.string().nullish() });

const TRIES = 6;
const STATUS_POLL_MS = 500;

export const PAY: Command = {
  name: 'pay',
  operands: 'ORDER',
  summary: 'pays an order as the payer’s bank: reads it, encrypts, signs, posts, waits for the result',
  details: `
ORDER is the link behind the QR code, or the id of the order with --hub. The same steps one by one: dcm get, dcm message, dcm post, dcm get.
The last status of the payment is printed as JSON.

  dcm pay "https://hub.example/pay/$ORDER" --bank $BANK --payer payer.json --key bank-sign.key.json

Exit code 0: the payment is Success. 1: refused, Reject, or still Pending when the wait was over.`,
  operandsMax: 1,
  options: {
    ...SIGNER_OPTIONS,
    bank: { value: 'GUID', help: 'the guid that the hub gave your bank', env: 'DCM_BANK' },
    ...PAYER_OPTION,
    hub: { value: 'URL', help: 'the address of the hub, where ORDER is an id alone', env: 'DCM_HUB' },
    wait: { value: 'SECONDS', help: 'how long to wait for the result (default 60; 0 does not wait)' },
  },
  async run(args, terminal) {
    const { hub, orderId } = readOrderLink(args);
    const [bank, waitSeconds] = [args.required('bank'), Number(args.value('wait') ?? 60)];
    if (!Number.isFinite(waitSeconds) || waitSeconds < 0) throw usageError('--wait is a number of seconds.');
    const payer = await readPayer(args.required('payer'), terminal);
    const talk: Talk = { args, signer: await readSigner(args), terminal };

    const read = await ask(talk, `${hub}/api/v1/merchants/order/nbu/json?id=${orderId}`);
    if (read.status !== 200) return refused(read, terminal);
    const order = readOrder(read.text, 'the answer of the hub');
    terminal.note(`Order ${order.id}: ${order.amt} ${order.cur} to ${order.recn}, "${order.prp}"`);

    const message = await buildPaymentMessage({ order, payer, now: terminal.now() });
    const messages = `${hub}/api/v1/counterparty/${encodeURIComponent(bank)}/payment-message`;
    const body = tokenBody(await signToken({ ...talk.signer, payload: message }));
    const request = await signRequest(args, { method: 'POST', url: messages, body, signer: talk.signer, now: terminal.now() });
    const posted = await send(request, { tries: TRIES }, terminal);
    if (posted.status !== 200 && posted.status !== 202) return refused(posted, terminal);
    const { guid } = acceptedSchema.parse(readObject(posted.text, 'the answer of the hub'));
    terminal.note(`${posted.status === 200 ? 'Accepted' : 'Promised (the hub’s core is away)'}: payment message ${guid}`);
    await checkReceipt(request, posted, args, terminal);
    return waitForResult(talk, `${messages}/${guid}`, waitSeconds);
  },
};

interface Talk {
  readonly args: Arguments;
  readonly signer: Signer;
  readonly terminal: Terminal;
}

async function ask({ args, signer, terminal }: Talk, url: string): Promise<HubAnswer> {
  return send(await signRequest(args, { method: 'GET', url, body: undefined, signer, now: terminal.now() }), { tries: TRIES }, terminal);
}

function refused(answer: HubAnswer, terminal: Terminal): ExitCode {
  terminal.note(`HTTP ${answer.status}`);
  terminal.out(answer.text);
  noteRefusal(answer, terminal);
  return EXIT.NO;
}

async function waitForResult(talk: Talk, url: string, waitSeconds: number): Promise<ExitCode> {
  const until = talk.terminal.now().getTime() + waitSeconds * 1000;
  for (;;) {
    const answer = await ask(talk, url);
    if (answer.status !== 200) return refused(answer, talk.terminal);
    const { status, reason } = statusSchema.parse(readObject(answer.text, 'the answer of the hub'));
    if (status !== 'Pending' || talk.terminal.now().getTime() >= until) {
      talk.terminal.out(answer.text);
      talk.terminal.note(reason ? `${status}: ${reason}` : status);
      return status === 'Success' ? EXIT.OK : EXIT.NO;
    }
    await pause(STATUS_POLL_MS);
  }
}

/** `https://hub/pay/{id}`, the guide's `…/merchants/order?id={id}`, or an id with --hub. */
function readOrderLink(args: Arguments): { readonly hub: string; readonly orderId: string } {
  const text = args.operand(0, 'ORDER');
  if (isUuid(text)) return { hub: args.required('hub').replace(/\/+$/, ''), orderId: text };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const orderId = url?.searchParams.get('id') ?? url?.pathname.split('/').at(-1) ?? '';
  if (url === undefined || !isUuid(orderId)) throw usageError(`"${text}" is neither the link of an order nor its id.`);
  return { hub: args.value('hub')?.replace(/\/+$/, '') ?? url.origin, orderId };
}

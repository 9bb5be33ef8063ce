import type { Arguments, Command } from './command.ts';
import { readBody, REQUEST_OPTIONS, readTarget, signRequest } from './request.ts';
import { checkReceipt, RECEIPT_OPTIONS } from './receipt.ts';
import { noteRefusal, send } from './send.ts';
import { readSigner, SIGNER_OPTIONS } from './signer.ts';
import { EXIT, type ExitCode, type Terminal, usageError } from './terminal.ts';

const TRIES_MAX = 11;

const TRIES = { value: 'N', help: `send the same bytes up to N times while no clear answer comes (default 1, at most ${TRIES_MAX})` };

export const POST: Command = {
  name: 'post',
  operands: 'URL',
  summary: 'sends a signed request and prints the answer',
  details: `
Makes the Cx-Authorization, bound to method, path and body, sends the request and prints the body of the answer. Status and explanations go
to standard error. Give one of --claims, --token and --body; without any the request has no body. What the hub accepts comes with a receipt, Cx-Receipt,
signed by the hub: it is checked, and kept with --receipt.

  dcm post "$HUB/api/v1/counterparty/$BANK/payment-message" --claims payment.json --key bank-sign.key.json
  dcm post "$HUB/api/v1/p2p/alias" --method PUT --body alias.json --key bank-sign.key.json

Exit code 0: 2xx. 1: refused. 3: no answer, and nobody knows whether the hub got it.`,
  operandsMax: 1,
  options: { ...SIGNER_OPTIONS, method: { value: 'METHOD', help: 'default: POST' }, ...REQUEST_OPTIONS, tries: TRIES, ...RECEIPT_OPTIONS },
  run: (args, terminal) => sendSigned(args, args.value('method') ?? 'POST', terminal),
};

export const GET: Command = {
  name: 'get',
  operands: 'URL',
  summary: 'asks the hub with a signed GET and prints the answer',
  details: `
  dcm get "$HUB/api/v1/merchants/order/nbu/json?id=$ORDER" --key bank-sign.key.json > order.json`,
  operandsMax: 1,
  options: { ...SIGNER_OPTIONS, audience: REQUEST_OPTIONS.audience, bare: REQUEST_OPTIONS.bare, tries: TRIES },
  run: (args, terminal) => sendSigned(args, 'GET', terminal),
};

async function sendSigned(args: Arguments, method: string, terminal: Terminal): Promise<ExitCode> {
  const tries = Number(args.value('tries') ?? 1);
  if (!Number.isInteger(tries) || tries < 1 || tries > TRIES_MAX) throw usageError(`--tries is a number from 1 to ${TRIES_MAX}.`);
  const target = readTarget(args.operand(0, 'URL'), method);
  const signer = await readSigner(args);
  const body = await readBody(args, signer, terminal);
  const request = await signRequest(args, { ...target, body, signer, now: terminal.now() });
  const answer = await send(request, { tries }, terminal);
  terminal.note(`HTTP ${answer.status} from ${target.method} ${target.url}`);
  terminal.out(answer.text);
  if (answer.status >= 200 && answer.status <= 299) return (await checkReceipt(request, answer, args, terminal)) ? EXIT.OK : EXIT.NO;
  noteRefusal(answer, terminal);
  return EXIT.NO;
}

import { z } from 'zod';

import { type AnsweredRequest, readReceipt } from '../../protocol/client/read-receipt.ts';
import type { SignedRequest } from '../../protocol/client/signed-request.ts';
import { JWK_SET_PATH } from '../../protocol/jwk-set.ts';
import { RECEIPT_HEADER } from '../../protocol/receipt.ts';
import { isJsonObject, readStrictJson } from '../../protocol/strict-json.ts';
import type { Arguments, Command } from './command.ts';
import { readInput } from './input.ts';
import { writePrivateFile } from './key-file.ts';
import { importHubKeys, readKeySet } from './key-set.ts';
import type { HubAnswer } from './send.ts';
import { DcmError, EXIT, type Terminal } from './terminal.ts';

/** The options of every command that gets receipts. */
export const RECEIPT_OPTIONS = {
  bank: { value: 'GUID', help: 'the guid that the hub gave your bank, for the receipt (default: from the path)', env: 'DCM_BANK' },
  receipt: { value: 'FILE', help: 'keep request, answer and receipt as a proof; without a valid receipt the exit code is 1' },
  'hub-keys': { value: 'FILE|URL', help: 'the key set of the hub (default: where the hub publishes it)' },
};

/** Everything that is needed to prove, to anybody who has the hub's keys, what the hub accepted. */
const proofSchema = z.object({
  hub: z.url(),
  bank: z.string(),
  method: z.string(),
  path: z.string(),
  body: z.string(),
  status: z.number().int(),
  guid: z.string(),
  receipt: z.string(),
});
type Proof = z.infer<typeof proofSchema>;

export const RECEIPT: Command = {
  name: 'receipt',
  operands: 'FILE',
  summary: 'checks a proof that dcm post --receipt has kept',
  details: `
Says whether the hub has signed for exactly this request and this answer, and when. With the hub's key set in a file the proof stands without the hub.

  dcm post "$URL" --token payment.jwt --receipt proof.json
  dcm receipt proof.json --hub-keys hub-jwks.json`,
  operandsMax: 1,
  options: { 'hub-keys': RECEIPT_OPTIONS['hub-keys'] },
  async run(args, terminal) {
    const file = args.operand(0, 'FILE');
    const json = readStrictJson(await readInput(file, terminal), { sizeMax: PROOF_LENGTH_MAX, depthMax: 4 });
    const proof = proofSchema.safeParse(json.ok ? json.value.value : undefined);
    if (!proof.success) throw new DcmError(`${file} is not a proof that dcm post --receipt has written.`);
    return (await isValid(proof.data, args, terminal)) ? EXIT.OK : EXIT.NO;
  },
};

/** A body, a receipt, and what stands around them. Characters. */
const PROOF_LENGTH_MAX = 262_144;
const BANK_IN_PATH = /\/counterparty\/([^/]+)\//;

/**
 * Looks at the receipt beside the answer to an accepted message, says what it is worth, and keeps the proof where that was asked for.
 * False when a proof was asked for and there is none.
 */
export async function checkReceipt(request: SignedRequest, answer: HubAnswer, args: Arguments, terminal: Terminal): Promise<boolean> {
  const file = args.value('receipt');
  const receipt = answer.headers.get(RECEIPT_HEADER);
  if (receipt === null) {
    if (file !== undefined) terminal.note(`No receipt came with the answer, so nothing was kept in ${file}.`);
    return file === undefined;
  }
  const { origin, pathname, search } = new URL(request.url);
  const bank = BANK_IN_PATH.exec(pathname)?.[1] ?? args.value('bank');
  if (bank === undefined) {
    terminal.note('There is a receipt; name your bank with --bank to have it checked.');
    return file === undefined;
  }
  const { method, body = '' } = request;
  const proof: Proof = {
    hub: origin,
    bank,
    method,
    path: pathname + search,
    body,
    status: answer.status,
    guid: guidIn(answer.text),
    receipt,
  };
  if (file === undefined) {
    // The message was accepted, whatever becomes of the receipt that nobody asked to keep.
    await isValid(proof, args, terminal).catch((error: unknown) => {
      if (!(error instanceof DcmError)) throw error;
      terminal.note(`There is a receipt that could not be checked: ${error.message}`);
    });
    return true;
  }
  const valid = await isValid(proof, args, terminal);
  if (valid) await writePrivateFile(file, `${JSON.stringify(proof, null, 2)}\n`, { otherwise: 'Name another with --receipt.' });
  return valid;
}

async function isValid(proof: Proof, args: Arguments, terminal: Terminal): Promise<boolean> {
  const set = await readKeySet(args.value('hub-keys') ?? `${proof.hub}${JWK_SET_PATH}`, terminal);
  const answered: AnsweredRequest = proof;
  const read = await readReceipt(proof.receipt, answered, { hubKeys: await importHubKeys(set), audience: proof.bank });
  if (read.ok) {
    const { guid, status, at } = read.value;
    terminal.note(`Receipt: the hub has signed that it answered ${status} for payment ${guid} at ${at.toISOString()}.`);
  } else {
    terminal.note(`The receipt proves nothing: ${read.failure.code}. Send the same bytes again, and tell operations when it stays so.`);
  }
  return read.ok;
}

function guidIn(text: string): string {
  const json = readStrictJson(text);
  const guid = json.ok && isJsonObject(json.value.value) ? json.value.value['guid'] : undefined;
  return typeof guid === 'string' ? guid : '';
}

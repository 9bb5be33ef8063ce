import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { z } from 'zod';

import { ok, type Result } from '../../kernel/core/result.ts';
import { aliasUpdatedSchema } from '../../protocol/alias.ts';
import { callbackTestSchema } from '../../protocol/callback-test.ts';
import {
  type CallbackFailure,
  type CallbackReceiver,
  type IncomingCallback,
  readBankCallback,
  readBankNotice,
  readCallbackTest,
  readMerchantCallback,
  saysItIsATest,
} from '../../protocol/client/read-callback.ts';
import type { HubKeys } from '../../protocol/client/hub-signature.ts';
import { grossSettlementSchema } from '../../protocol/gross-settlement.ts';
import { JWK_SET_PATH } from '../../protocol/jwk-set.ts';
import { payRequestCallbackSchema } from '../../protocol/p2p/pay-request.ts';
import { linkCreditorSchema } from '../../protocol/p2p/receiver-search.ts';
import { returnRequestSchema } from '../../protocol/return-request.ts';
import { JSON_LIMITS } from '../../protocol/strict-json.ts';
import type { Command } from './command.ts';
import { importHubKeys, readKeySet } from './key-set.ts';
import { DcmError, EXIT, type Terminal, usageError } from './terminal.ts';

const KEYS_KEPT_MS = 60_000;

export const LISTEN: Command = {
  name: 'listen',
  operands: '',
  summary: 'receives callbacks of the hub, checks them, prints them and answers',
  details: `
For trying an integration: register http://…:PORT/… as your routes at a hub that allows it, and see what comes. Every callback is checked as your own
server must check it: both tokens signed by the hub, bound to this request, for you. What is believed is printed as one line of JSON and answered with
--answer; everything else is answered with 401. Test callbacks, which operations or you have the hub send, are printed and answered like any other: with the
default answer it passes. It runs until Ctrl-C, or until --times callbacks were believed.

  dcm listen --bank $BANK --hub https://hub.example --port 9090`,
  operandsMax: 0,
  options: {
    bank: { value: 'GUID', help: 'you are this bank', env: 'DCM_BANK' },
    merchant: { value: 'UID', help: 'or this merchant' },
    hub: { value: 'URL', help: 'the address of the hub, for its keys', env: 'DCM_HUB' },
    port: { value: 'PORT', help: 'where to listen (default 9090; 0 takes any)' },
    host: { value: 'ADDRESS', help: 'the address to listen at (default 127.0.0.1)' },
    answer: { value: 'STATUS', help: 'the HTTP status for what is believed (default 200)' },
    times: { value: 'N', help: 'end after N believed callbacks' },
  },
  async run(args, terminal) {
    const merchant = args.value('merchant');
    const audience = merchant ?? args.required('bank');
    const status = number(args.value('answer') ?? '200');
    const times = number(args.value('times') ?? '0');
    const keys = hubKeys(`${args.required('hub').replace(/\/+$/, '')}${JWK_SET_PATH}`, terminal);
    const read = merchant === undefined ? readBank : readMerchant;
    let believed = 0;

    const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const answered = await checked(request, async (incoming) => read(incoming, { hubKeys: await keys(), audience, now: terminal.now() }));
      const what = `${request.method} ${request.url}`;
      if ('callback' in answered) {
        terminal.out(JSON.stringify(answered.callback));
        believed++;
      } else {
        terminal.note(`refused with ${answered.status}: ${what}: ${answered.problem}`);
      }
      const [code, body] = 'callback' in answered ? [status, { answered: status }] : [answered.status, { error: answered.problem }];
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (believed === times && times > 0) server.close();
    };
    const server = createServer((request, response) => void respond(request, response)); // It answers whatever happens.
    server.listen(number(args.value('port') ?? '9090'), args.value('host') ?? '127.0.0.1');
    await once(server, 'listening').catch((error: unknown) => {
      throw new DcmError(`it cannot listen there: ${error instanceof Error ? error.message : String(error)}. Name another --port.`);
    });
    const { address, port } = server.address() as AddressInfo; // It listens on TCP.
    terminal.note(`listening at http://${address}:${port}, as ${audience}`);
    await once(server, 'close');
    return EXIT.OK;
  },
};

type Checked = Result<{ readonly callback: unknown }, CallbackFailure>;

/** What comes to a bank and is about no payment of its own. */
const BANK_NOTICES = z.union([
  callbackTestSchema,
  aliasUpdatedSchema,
  linkCreditorSchema,
  payRequestCallbackSchema,
  grossSettlementSchema,
  returnRequestSchema,
]);

async function readBank(incoming: IncomingCallback, receiver: CallbackReceiver): Promise<Checked> {
  const payment = await readBankCallback(incoming, receiver);
  if (payment.ok || payment.failure.code !== 'CALLBACK_SHAPE') return payment;
  const notice = await readBankNotice(incoming, receiver, BANK_NOTICES);
  return notice.ok ? ok({ callback: notice.value }) : notice;
}

async function readMerchant(incoming: IncomingCallback, receiver: CallbackReceiver): Promise<Checked> {
  if (saysItIsATest(incoming.body)) {
    const test = await readCallbackTest(incoming, receiver);
    return test.ok ? ok({ callback: test.value }) : test;
  }
  const notice = await readMerchantCallback(incoming, receiver);
  if (!notice.ok) return notice;
  return ok({ callback: notice.value.kind === 'payment' ? notice.value.callback : notice.value.expiration });
}

/** What is believed, or the status to refuse with: 401 for what is not, 500 for what this version does not know, 503 while nobody can say. */
async function checked(
  request: IncomingMessage,
  read: (incoming: IncomingCallback) => Promise<Checked>,
): Promise<{ readonly callback: unknown } | { readonly status: number; readonly problem: string }> {
  try {
    const authorization = request.headers['cx-authorization']?.toString();
    const body = await readBody(request);
    const result = await read({ method: request.method ?? '', path: request.url ?? '', authorization, body });
    if (result.ok) return result.value;
    return { status: result.failure.code === 'CALLBACK_SHAPE' ? 500 : 401, problem: result.failure.code };
  } catch (error) {
    return { status: 503, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The hub's keys, read again after a minute: it announces a new one before it uses it. */
function hubKeys(address: string, terminal: Terminal): () => Promise<HubKeys> {
  let kept: { readonly until: number; readonly keys: HubKeys } | undefined;
  return async () => {
    const now = terminal.now().getTime();
    if (kept && now < kept.until) return kept.keys;
    const set = await readKeySet(address, terminal);
    kept = { until: now + KEYS_KEPT_MS, keys: await importHubKeys(set) };
    return kept.keys;
  };
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > JSON_LIMITS.sizeMax) throw new DcmError('the body is larger than anything that the hub sends');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function number(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw usageError(`"${text}" is not a number that fits here.`);
  return Number(text);
}

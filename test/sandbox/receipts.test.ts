import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importDecryptionKey } from '../../protocol/field-encryption.ts';
import { requestHash } from '../../protocol/digest.ts';
import { JWK_SET_PATH } from '../../protocol/jwk-set.ts';
import { receiptClaims } from '../../protocol/receipt.ts';
import { generateKeyPair, importSigningKey, signToken } from '../../protocol/token.ts';
import { openPaymentBook } from '../../sandbox/bank/payment-book.ts';
import { createAccountBook } from '../../sandbox/bank/account-book.ts';
import type { BankParts } from '../../sandbox/bank/bank.ts';
import { payOrder } from '../../sandbox/bank/pay-order.ts';
import { createBehaviourBook } from '../../sandbox/behaviour.ts';
import type { HistoryEntry } from '../../sandbox/history.ts';
import { connectToHub } from '../../sandbox/hub-connection.ts';
import { ibanOf } from '../../sandbox/world.ts';

// A bank of the sandbox at an edge of our own making, which says yes and does or does not sign for it.

const BANK = '0b6f0a44-2b5c-4d6e-8f70-8192a3b4c5d6';
const IBAN = ibanOf('980101', '11');
const ORDER_ID = randomUUID();
const PRICE_MINOR = 10_050n;

type Keys = Awaited<ReturnType<typeof makeKeys>>;
const makeKeys = async () => ({
  bank: await generateKeyPair('sign'),
  receiver: await generateKeyPair('encrypt'),
  edge: await generateKeyPair('sign', { kid: 'edge-1' }),
});

/** What the edge says to one payment message: status, and the receipt for it. */
interface Answering {
  readonly status: number;
  readonly guid: string;
  readonly receipt: string | null;
}
type Answer = (message: { readonly path: string; readonly body: string; readonly guid: string }) => Promise<Answering>;

let keys: Keys;
let posts: string[];
let publishesKeys: boolean;
let answer: Answer;
let server: http.Server;
let history: Omit<HistoryEntry, 'n' | 'at'>[];
let bank: BankParts;
beforeEach(async () => {
  keys = await makeKeys();
  posts = [];
  publishesKeys = true;
  history = [];
  server = http.createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A listening TCP server has one.
  bank = await aBank(`http://127.0.0.1:${port}`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function aBank(edgeUrl: string): Promise<BankParts> {
  const book = createAccountBook();
  book.open({ iban: IBAN, name: 'Олена', taxId: '2900000011', phone: '+380670000001', balanceMinor: 1_000_000n });
  const entries = { record: (entry: Omit<HistoryEntry, 'n' | 'at'>) => (history.push(entry), { n: history.length, at: '', ...entry }) };
  const signing = { kid: keys.bank.kid, key: await importSigningKey(keys.bank.privateJwk) };
  return {
    guid: BANK,
    bic: '980101',
    settles: 'by the guide',
    hub: connectToHub({ edgeUrl, participantId: BANK, signing, history: entries, now: () => new Date() }),
    decryptionKey: await importDecryptionKey(keys.receiver.privateJwk),
    book,
    payments: await openPaymentBook('/dev/null'),
    reconciliations: new Map(),
    graphql: () => Promise.reject(new Error('this bank does not reconcile')),
    payers: new Map(),
    returned: new Set(),
    behaviours: createBehaviourBook(),
    history: { ...entries, after: () => [], clear: () => undefined, settled: async () => undefined },
    now: () => new Date(),
    businessDay: () => '2026-11-29',
    pause: async () => undefined,
  };
}

async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const path = request.url ?? '';
  if (path === JWK_SET_PATH) return void response.writeHead(publishesKeys ? 200 : 503).end(JSON.stringify({ keys: [keys.edge.publicJwk] }));
  if (request.method === 'GET') return void response.end(JSON.stringify(anOrder()));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // Node gives Buffers without an encoding.
  const body = Buffer.concat(chunks).toString('utf8');
  posts.push(`${String(request.headers['cx-authorization'])} ${body}`);
  const { status, guid, receipt } = await answer({ path, body, guid: randomUUID() });
  response.writeHead(status, { 'content-type': 'application/json', ...(receipt === null ? {} : { 'cx-receipt': receipt }) });
  response.end(JSON.stringify({ guid }));
}

function anOrder(): object {
  const { kid, publicJwk } = keys.receiver;
  return {
    id: ORDER_ID,
    exp: Math.floor(Date.now() / 1000) + 900,
    amt: 100.5,
    cur: 'UAH',
    ref: '1',
    prp: 'Книги',
    uid: 'merchant',
    recn: 'Книгарня',
    recc: '90000999',
    acc: ibanOf('980202', '99'),
    mcc: 5942,
    bic: '980202',
    public_key: { ...publicJwk, kid },
    encryption_profiles: ['dcm-2'],
  };
}

async function receiptFor(o: {
  path: string;
  body: string;
  guid: string;
  status: number;
  audience?: string;
  kid?: string;
}): Promise<string> {
  const request_sha256 = await requestHash({ method: 'POST', path: o.path, body: Buffer.from(o.body) });
  const entries = [{ request_sha256, guid: o.guid, status: o.status }];
  const payload = receiptClaims({ audience: o.audience ?? BANK, now: new Date(), entries });
  return signToken({ kid: o.kid ?? keys.edge.kid, key: await importSigningKey(keys.edge.privateJwk), payload });
}

const pay = async () =>
  payOrder(bank, { kid: keys.bank.kid, key: await importSigningKey(keys.bank.privateJwk) }, { orderId: ORDER_ID, iban: IBAN });
const held = () => bank.book.find(IBAN)?.heldMinor;
const receiptCodes = () => history.filter((entry) => entry.method === 'POST').map((entry) => entry.receipt?.code ?? 'none');

describe('a bank of the sandbox', () => {
  it.each([
    [200, 'accepted'],
    [202, 'promised'],
  ])('goes by a %d that the hub signed for', async (status, kind) => {
    answer = async (message) => ({ ...message, status, receipt: await receiptFor({ ...message, status }) });
    expect(await pay()).toMatchObject({ kind, httpStatus: status });
    expect(posts).toHaveLength(1);
    expect(receiptCodes()).toEqual(['VALID']);
  });

  type Forgery = (message: Parameters<Answer>[0]) => Promise<string | null>;
  it.each<[string, string, Forgery]>([
    ['no receipt', 'none', async () => null],
    ['a receipt of another body', 'RECEIPT_OF_ANOTHER_REQUEST', (message) => receiptFor({ ...message, body: '{}', status: 200 })],
    ['a receipt with another guid', 'RECEIPT_OF_ANOTHER_ANSWER', (message) => receiptFor({ ...message, guid: randomUUID(), status: 200 })],
    ['a receipt of a promise', 'RECEIPT_OF_ANOTHER_ANSWER', (message) => receiptFor({ ...message, status: 202 })],
    ['a receipt for another bank', 'TOKEN_CLAIMS', (message) => receiptFor({ ...message, status: 200, audience: randomUUID() })],
    [
      'a receipt under a key that the hub does not publish',
      'TOKEN_KEY_UNKNOWN',
      (message) => receiptFor({ ...message, status: 200, kid: 'edge-2' }),
    ],
  ])('with %s asks again with the same bytes, and books nothing', async (_, code, forge) => {
    answer = async (message) => ({ ...message, status: 200, receipt: await forge(message) });
    expect(await pay()).toMatchObject({ kind: 'unknown' });
    expect(posts.length).toBeGreaterThan(1);
    expect(new Set(posts).size).toBe(1);
    expect(new Set(receiptCodes())).toEqual(new Set([code]));
    expect(held()).toBe(PRICE_MINOR);
  });

  it('books as soon as a repeat brings the receipt', async () => {
    answer = async (message) => ({
      ...message,
      status: 200,
      receipt: posts.length < 3 ? null : await receiptFor({ ...message, status: 200 }),
    });
    expect(await pay()).toMatchObject({ kind: 'accepted' });
    expect(receiptCodes()).toEqual(['none', 'none', 'VALID']);
  });

  it('believes no receipt while it has no keys of the hub, and does with keys that it kept', async () => {
    answer = async (message) => ({ ...message, status: 202, receipt: await receiptFor({ ...message, status: 202 }) });
    publishesKeys = false;
    expect(await pay()).toMatchObject({ kind: 'unknown' });
    expect(new Set(receiptCodes())).toEqual(new Set(['KEYS_MISSING']));
    expect(held()).toBe(PRICE_MINOR);
    publishesKeys = true;
    await bank.hub.keys();
    publishesKeys = false;
    expect(await pay()).toMatchObject({ kind: 'promised' });
  });
});

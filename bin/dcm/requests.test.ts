import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { valueOf } from '../../kernel/core/result.ts';
import { bodySha256 } from '../../protocol/digest.ts';
import { checkHeaderToken, HEADER_TOKEN_NAME, readHeaderToken } from '../../protocol/header-token.ts';
import { readBodyToken } from '../../protocol/token.ts';
import { rawToken } from '../../protocol/vectors/raw-token.ts';
import { vectorJwk } from '../../protocol/vectors/vector-keys.ts';
import { aWorkbench, type Workbench } from './terminal-under-test.ts';

let bench: Workbench;
let key: string;
beforeAll(async () => {
  bench = await aWorkbench();
  key = await bench.file('sign.key.json', vectorJwk('bank'));
});
afterAll(() => bench.remove());

const NOW = new Date('2026-11-22T10:00:00Z');
const HUB = 'https://hub.example';
const ORDER_ID = '0193c2a4-7b1e-7c3d-9f00-1a2b3c4d5e6f';
const GUID = '8a6e0804-2bd0-8672-b79d-d97027f9071a';

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A hub that gives these answers in turn and remembers what it was sent. */
class FakeHub {
  readonly sent: Sent[] = [];
  readonly #answers: (Response | Error)[];

  constructor(...answers: (Response | Error)[]) {
    this.#answers = answers;
  }

  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    const body = typeof init.body === 'string' ? init.body : '';
    this.sent.push({ url, method: init.method ?? 'GET', headers: new Headers(init.headers), body });
    const answer = this.#answers.shift() ?? new Error('the test expected no more requests');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

async function isBound(sent: Sent | undefined): Promise<boolean> {
  const token = valueOf(readHeaderToken(sent?.headers.get(HEADER_TOKEN_NAME)));
  const { pathname, search } = new URL(sent?.url ?? '');
  const request = { method: sent?.method ?? '', path: pathname + search, bodySha256: await bodySha256(sent?.body ?? '') };
  return checkHeaderToken(token, { ...request, now: NOW, audience: 'dcm-hub', bindingRequired: true }).ok;
}

describe('dcm post and dcm get', () => {
  const url = `${HUB}/api/v1/counterparty/x/payment-message`;
  const post = (hub: FakeHub, ...args: string[]) => bench.dcm(['post', url, '--key', key, ...args], { now: NOW, fetch: hub.fetch });

  test('signs claims, sends them under a bound header token, and prints the answer', async () => {
    const hub = new FakeHub(Response.json({ guid: GUID }));
    const ran = await post(hub, '--claims', await bench.file('claims.json', '{"amount":1.50}'));
    expect(ran).toMatchObject({ code: 0, out: JSON.stringify({ guid: GUID }) });
    expect(hub.sent).toMatchObject([{ url, method: 'POST' }]);
    expect(hub.sent[0]?.headers.get('content-type')).toBe('application/json');
    expect(valueOf(readBodyToken(hub.sent[0]?.body ?? '')).payloadText).toBe('{"amount":1.50}');
    expect(await isBound(hub.sent[0])).toBe(true);
  });

  test('sends a token that was signed before, or bytes as they are', async () => {
    const token = await rawToken({ payload: { a: 1 } });
    const hub = new FakeHub(Response.json({}), Response.json({}));
    await post(hub, '--token', await bench.file('a.jwt', `${token}\n`));
    await post(hub, '--body', await bench.file('a.txt', ' bytes\n'), '--content-type', 'text/plain', '--method', 'PUT');
    expect(hub.sent.map(({ method, body }) => [method, body])).toEqual([
      ['POST', JSON.stringify({ jwt: token })],
      ['PUT', ' bytes\n'],
    ]);
    expect(hub.sent[1]?.headers.get('content-type')).toBe('text/plain');
    expect(await isBound(hub.sent[1])).toBe(true);
  });

  test('asks with a GET that has no body', async () => {
    const hub = new FakeHub(Response.json({}));
    await bench.dcm(['get', `${HUB}/a?b=%2B1`, '--key', key], { now: NOW, fetch: hub.fetch });
    expect(hub.sent).toMatchObject([{ method: 'GET', body: '' }]);
    expect(await isBound(hub.sent[0])).toBe(true);
  });

  test('sends the bare header token of the guide when asked', async () => {
    const hub = new FakeHub(Response.json({}));
    await post(hub, '--bare');
    expect(Object.keys(valueOf(readHeaderToken(hub.sent[0]?.headers.get(HEADER_TOKEN_NAME))).claims)).toEqual(['iat', 'jti']);
  });

  test('explains a refusal by its code', async () => {
    const hub = new FakeHub(Response.json({ code: 'TOKEN_STALE', message: '' }, { status: 401 }));
    const ran = await post(hub);
    expect(ran.code).toBe(1);
    expect(ran.notes).toContain('HTTP 401');
    expect(ran.notes).toContain('TOKEN_STALE: The token was issued more than 300 seconds ago');
  });

  test('a refusal that is not the hub’s is printed as it is', async () => {
    expect(await post(new FakeHub(new Response('<html>', { status: 403 })))).toMatchObject({ code: 1, out: '<html>' });
    expect(await post(new FakeHub(Response.json({ code: 'WAF' }, { status: 403 })))).toMatchObject({ code: 1 });
  });

  test('tells no answer from a refusal', async () => {
    const ran = await post(new FakeHub(new Error('connection reset')));
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.notes).toContain('Nobody knows whether the hub got it');
  });

  test('sends the same bytes again while there is no clear answer, and no longer than asked', { timeout: 30_000 }, async () => {
    const hub = new FakeHub(new Error('reset'), Response.json({ guid: GUID }));
    expect(await post(hub, '--tries', '2')).toMatchObject({ code: 0, out: JSON.stringify({ guid: GUID }) });
    expect([...(hub.sent[1]?.headers ?? [])]).toEqual([...(hub.sent[0]?.headers ?? [])]);
    expect(hub.sent).toHaveLength(2);
    const away = new FakeHub(Response.json({ code: 'CORE_AWAY' }, { status: 503 }), Response.json({ code: 'CORE_AWAY' }, { status: 503 }));
    expect(await post(away, '--tries', '2')).toMatchObject({ code: 1 });
  });

  test.each<[readonly string[], number, string]>([
    [['--body', 'KEY'], 2, 'holds a private key'],
    [['--claims', 'KEY'], 2, 'holds a private key'],
    [['--token', 'KEY'], 2, 'holds a private key'],
    [['--token', 'TEXT'], 2, 'holds no token'],
    [['--body', 'TEXT', '--claims', 'TEXT'], 2, 'two bodies'],
    [['--tries', '0'], 2, '--tries is a number'],
    [['--tries', 'many'], 2, '--tries is a number'],
  ])('%j sends nothing', async (args, code, note) => {
    const text = await bench.file('text', 'text');
    const hub = new FakeHub();
    const ran = await post(hub, ...args.map((word) => ({ KEY: key, TEXT: text })[word] ?? word));
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.notes).toContain(note);
    expect(hub.sent).toEqual([]);
  });
});

const { kty, n, e, kid } = vectorJwk('receiver');
const ORDER = {
  id: ORDER_ID,
  exp: 1_795_342_500,
  amt: 249.9,
  cur: 'UAH',
  ref: 'INV-1',
  prp: 'A book',
  uid: '623e460b-9ffd-41df',
  recn: 'ТОВ «Книгарня»',
  recc: '12345678',
  acc: 'UA113806340000026001234567890',
  mcc: 5942,
  bic: '380634',
  public_key: { alg: 'RSA-OAEP-256', e, n, kid, kty, use: 'enc' },
  encryption_profiles: ['dcm-1', 'dcm-2'],
};
const PAYER = { agentBic: '305299', name: 'Шевченко Тарас', taxNumber: '2912345678', iban: 'UA743052990000026007233566001' };
const PERSONAL = { debtor_name: PAYER.name, debtor_id: PAYER.taxNumber, creditor_name: ORDER.recn, creditor_id: ORDER.recc };

describe('dcm message and dcm open', () => {
  let payer: string;
  let decrypt: string;
  beforeAll(async () => {
    payer = await bench.file('payer.json', PAYER);
    decrypt = await bench.file('encrypt.key.json', vectorJwk('receiver'));
  });
  const message = (order: unknown, ...args: string[]) =>
    bench.dcm(['message', '-', '--payer', payer, ...args], { input: JSON.stringify(order), now: NOW });

  test('build what passes every check of form and opens for the receiver alone', async () => {
    const built = await message(ORDER, '--jti', 'j1', '--external-id', 'PAY-1');
    expect(JSON.parse(built.out)).toMatchObject({ jti: 'j1', payment_message_external_id: 'PAY-1', encryption: { profile: 'dcm-2' } });
    const { out: token } = await bench.dcm(['sign', '--key', key], { input: built.out });
    expect((await bench.dcm(['verify', token, '--as', 'payment-message', '--now', NOW.toISOString()])).code).toBe(0);
    for (const input of [built.out, token, JSON.stringify({ jwt: token }), JSON.stringify({ payment_message: JSON.parse(built.out) })]) {
      const opened = await bench.dcm(['open', '-', '--key', decrypt], { input });
      expect(JSON.parse(opened.out)).toEqual(PERSONAL);
    }
    const foreign = await bench.dcm(['open', '-', '--key', key], { input: built.out });
    expect(foreign).toMatchObject({ code: 1, out: '' });
    expect(foreign.notes).toContain('ENCRYPTED_KEY_DOES_NOT_OPEN');
    const moved = await bench.dcm(['open', '-', '--key', decrypt], { input: built.out.replace('"j1"', '"j2"') });
    expect(moved.notes).toContain('FIELD_DOES_NOT_OPEN (debtor_name)');
  });

  test('write the form of the guide where the receiver can do no better', async () => {
    const built = await message({ ...ORDER, encryption_profiles: [] });
    expect(Object.keys((JSON.parse(built.out) as { encryption: object }).encryption)).toEqual(['nonce', 'encrypted_key']);
    expect(JSON.parse((await bench.dcm(['open', '-', '--key', decrypt], { input: built.out })).out)).toEqual(PERSONAL);
  });

  test('say which member of a file is wrong', async () => {
    expect((await message({ ...ORDER, public_key: undefined })).notes).toContain('public_key');
    const wrong = await bench.file('wrong.json', { ...PAYER, iban: 'UA1', surname: 'x' });
    const ran = await bench.dcm(['message', '-', '--payer', wrong], { input: JSON.stringify(ORDER) });
    expect(ran.code).toBe(3);
    expect(ran.notes).toMatch(/iban: .*IBAN of Ukraine.*surname/s);
    expect((await bench.dcm(['message', '-'], { input: JSON.stringify(ORDER) })).code).toBe(2);
  });

  test.each([
    ['{"a":1}', 'nothing is encrypted'],
    ['word', 'neither claims nor a token'],
    [JSON.stringify({ encryption: { nonce: '', encrypted_key: '' }, name: 'x' }), 'name the order with --order'],
  ])('open nothing in %s', async (input, note) => {
    const ran = await bench.dcm(['open', '-', '--key', decrypt], { input });
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.notes).toContain(note);
  });
});

describe('dcm pay', () => {
  let payer: string;
  beforeAll(async () => {
    payer = await bench.file('payer.json', PAYER);
  });
  const status = (word: string) => Response.json({ guid: GUID, status: word, reason: 'because' });
  const pay = (hub: FakeHub, order = `${HUB}/pay/${ORDER_ID}`, ...args: string[]) =>
    bench.dcm(['pay', order, '--payer', payer, '--key', key, ...args], { env: { DCM_BANK: 'b1', DCM_HUB: HUB }, fetch: hub.fetch });

  test.each([`${HUB}/pay/${ORDER_ID}`, `${HUB}/api/v1/merchants/order?id=${ORDER_ID}&mobile=0`, ORDER_ID])('pays %s', async (link) => {
    const hub = new FakeHub(Response.json(ORDER), Response.json({ guid: GUID }), status('Pending'), status('Success'));
    expect(await pay(hub, link)).toMatchObject({ code: 0, out: JSON.stringify({ guid: GUID, status: 'Success', reason: 'because' }) });
    const messages = `${HUB}/api/v1/counterparty/b1/payment-message`;
    expect(hub.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${HUB}/api/v1/merchants/order/nbu/json?id=${ORDER_ID}`,
      `POST ${messages}`,
      `GET ${messages}/${GUID}`,
      `GET ${messages}/${GUID}`,
    ]);
    const message = valueOf(readBodyToken(hub.sent[1]?.body ?? ''));
    expect(message.claims).toMatchObject({ order_id: ORDER_ID, amount: 249.9, debtor_agent_bic: '305299' });
  });

  test.each<[string, FakeHub, number, readonly string[]]>([
    ['is rejected', new FakeHub(Response.json(ORDER), Response.json({ guid: GUID }, { status: 202 }), status('Reject')), 1, []],
    [
      'is pending when the wait is over',
      new FakeHub(Response.json(ORDER), Response.json({ guid: GUID }), status('Pending')),
      1,
      ['--wait', '0'],
    ],
    ['has no order', new FakeHub(Response.json({ error: '', code: 'ORDER_JSON_NOT_FOUND' }, { status: 404 })), 1, []],
    ['is refused', new FakeHub(Response.json(ORDER), Response.json({ code: 'AMOUNT_MISMATCH' }, { status: 400 })), 1, []],
  ])('says so when the payment %s', async (_, hub, code, args) => {
    expect((await pay(hub, ORDER_ID, ...args)).code).toBe(code);
  });

  test.each([
    [['order'], 'neither the link of an order nor its id'],
    [[`${HUB}/pay/1`], 'neither the link of an order nor its id'],
    [[ORDER_ID, '--wait', 'long'], '--wait is a number'],
  ])('%j is a mistake of the command line', async ([order, ...args], note) => {
    const ran = await pay(new FakeHub(), order, ...args);
    expect(ran.code).toBe(2);
    expect(ran.notes).toContain(note);
  });
});

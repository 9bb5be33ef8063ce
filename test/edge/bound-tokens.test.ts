import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodySha256 } from '../../protocol/digest.ts';
import { sendRaw } from '../support/raw-http.ts';
import { aGet, aMessage, anEdge, send, type EdgeUnderTest, type Prepared } from './support/edge-under-test.ts';
import { anActor, bankEntry, merchantEntry, type Actor } from './support/participants.ts';

const PUBLIC_URL = 'https://hub.example/edge';

let t: EdgeUnderTest;
let strictBank: Actor;
let strictMerchant: Actor;
let bareBank: Actor;
let strictBareBank: Actor;
beforeAll(async () => {
  t = await anEdge({ publicUrl: PUBLIC_URL });
  strictBank = await anActor(randomUUID());
  [bareBank, strictBareBank] = [await anActor(randomUUID()), await anActor(randomUUID())];
  strictMerchant = await anActor('723e460b-9ffd-41df');
  await t.publish({
    banks: [
      bankEntry(t.bank),
      bankEntry(t.otherBank),
      bankEntry(strictBank, { boundTokens: 'required' }),
      bankEntry(bareBank, { plainBodies: 'bare' }),
      bankEntry(strictBareBank, { plainBodies: 'bare', boundTokens: 'required' }),
    ],
    merchants: [merchantEntry(t.merchant, t.otherBank.id), merchantEntry(strictMerchant, t.otherBank.id, { boundTokens: 'required' })],
  });
});
afterAll(() => t.stop());

type Claims = Readonly<Record<string, unknown>>;

/** The claims that bind a token to a request. */
async function bindingOf({ method, path, body }: Prepared): Promise<Claims> {
  return { aud: 'dcm-hub', method, path, body_sha256: await bodySha256(body ?? '') };
}

/** The request under a token that says `claims` besides `iat` and `jti`. */
async function under(actor: Actor, request: Prepared, claims: Claims): Promise<Prepared> {
  const token = await actor.sign({ iat: Math.floor(Date.now() / 1000), jti: randomUUID(), ...claims });
  return { ...request, headers: { ...request.headers, 'cx-authorization': token } };
}

const orderJson = (actor: Actor): Promise<Prepared> => aGet(actor, '/api/v1/merchants/order/nbu/json?id=1');
const orderStatus = (actor: Actor): Promise<Prepared> => aGet(actor, '/api/v1/merchants/order/status?id=1');
const order = async (actor: Actor): Promise<Prepared> => ({
  method: 'POST',
  path: '/api/v1/merchants/order',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jwt: await actor.sign({ sub: actor.id, ref: randomUUID() }) }),
});

const aliasChange = (body: string): Prepared => ({
  method: 'PUT',
  path: '/api/v1/p2p/alias',
  headers: { 'content-type': 'application/json' },
  body,
});

const REQUESTS = [
  ['a payment message', (_: Actor, bank: Actor) => aMessage(bank), 'bank'],
  ['a read of an order', (_: Actor, bank: Actor) => orderJson(bank), 'bank'],
  ['an order', (merchant: Actor) => order(merchant), 'merchant'],
  ['a signed change of an alias', async (_: Actor, bank: Actor) => aliasChange(JSON.stringify({ jwt: await bank.sign({}) })), 'bank'],
  ['a read of its status', (merchant: Actor) => orderStatus(merchant), 'merchant'],
] as const;

describe.each(REQUESTS)('%s', (_, make, by) => {
  const ofStrict = async (): Promise<[Actor, Prepared]> => [
    by === 'bank' ? strictBank : strictMerchant,
    await make(strictMerchant, strictBank),
  ];
  const ofLenient = async (): Promise<[Actor, Prepared]> => [by === 'bank' ? t.bank : t.merchant, await make(t.merchant, t.bank)];

  it('is taken under a bound token, from whoever must bind and from whoever may', async () => {
    for (const [actor, request] of [await ofStrict(), await ofLenient()]) {
      expect((await send(t.url, await under(actor, request, await bindingOf(request)))).status).toBe(200);
    }
  });

  it('is taken under the bare form only from whoever may send it', async () => {
    const [lenient, request] = await ofLenient();
    expect((await send(t.url, await under(lenient, request, {}))).status).toBe(200);
    const [strict, refused] = await ofStrict();
    expect(await send(t.url, await under(strict, refused, {}))).toMatchObject({ status: 401, json: { code: 'TOKEN_BINDING' } });
  });

  it.each(['aud', 'method', 'path', 'body_sha256'])('is refused without %s where all must be there', async (claim) => {
    const [strict, request] = await ofStrict();
    const claims = { ...(await bindingOf(request)), [claim]: undefined };
    expect(await send(t.url, await under(strict, request, claims))).toMatchObject({ status: 401, json: { code: 'TOKEN_BINDING' } });
  });

  it.each([
    ['TOKEN_AUDIENCE', { aud: 'another' }],
    ['TOKEN_METHOD', { method: 'PATCH' }],
    ['TOKEN_PATH', { path: '/api/v1/elsewhere' }],
    ['TOKEN_BODY', { body_sha256: 'x' }],
    ['TOKEN_EXPIRED', { exp: 1 }],
  ])('is refused with %s when that one claim is wrong, also where none is asked for', async (code, wrong) => {
    for (const [actor, request] of [await ofStrict(), await ofLenient()]) {
      const all = await under(actor, request, { ...(await bindingOf(request)), ...wrong });
      expect(await send(t.url, all)).toMatchObject({ status: 401, json: { code } });
    }
    const [lenient, request] = await ofLenient();
    expect(await send(t.url, await under(lenient, request, wrong))).toMatchObject({ status: 401, json: { code } });
  });
});

describe('a body that its sender did not sign', () => {
  it('is taken under a bound token only, whatever the terms of its sender say', async () => {
    const request = aliasChange('{"phone":"+380991234567","account":"UA761372924114433543273694797","linked":true}');
    for (const actor of [t.bank, strictBank]) {
      expect(await send(t.url, await under(actor, request, {}))).toMatchObject({ status: 401, json: { code: 'TOKEN_BINDING' } });
      const { body_sha256: _, ...open } = await bindingOf(request);
      expect(await send(t.url, await under(actor, request, open))).toMatchObject({ status: 401, json: { code: 'TOKEN_BINDING' } });
      const bound = await under(actor, request, await bindingOf(request));
      expect(await send(t.url, { ...bound, body: request.body?.replace('true', 'false') })).toMatchObject({ json: { code: 'TOKEN_BODY' } });
      expect((await send(t.url, bound)).status).toBe(200);
    }
  });
});

describe('the guide’s bare form over a body that its sender did not sign', () => {
  it('is taken from whoever is in the compatibility mode, and only as long as its terms ask for nothing more', async () => {
    const request = aliasChange('{"phone":"+380991234567","account":"UA761372924114433543273694797","linked":true}');
    expect((await send(t.url, await under(bareBank, request, {}))).status).toBe(200);
    expect(await send(t.url, await under(bareBank, request, { body_sha256: 'x' }))).toMatchObject({
      status: 401,
      json: { code: 'TOKEN_BODY' },
    });
    expect(await send(t.url, await under(strictBareBank, request, {}))).toMatchObject({ status: 401, json: { code: 'TOKEN_BINDING' } });
  });
});

describe('a token', () => {
  it('that was put to another request is not used up by that: its own request is taken after', async () => {
    const request = await aMessage(strictBank);
    const right = await under(strictBank, request, await bindingOf(request));
    const stolen = { ...right, body: (await aMessage(strictBank)).body };
    expect(await send(t.url, stolen)).toMatchObject({ status: 401, json: { code: 'TOKEN_BODY' } });
    expect((await send(t.url, right)).status).toBe(200);
  });

  it('that was not believed uses up no jti: the guard remembers what was verified', async () => {
    const message = await aMessage(t.bank);
    const claims = { ...(await bindingOf(message)), iat: Math.floor(Date.now() / 1000), jti: randomUUID() };
    const [header, payload] = (await t.bank.sign(claims)).split('.');
    const [, , otherSignature] = (await t.bank.sign({ ...claims, method: 'GET' })).split('.');
    const put = (token: string): Prepared => ({ ...message, headers: { ...message.headers, 'cx-authorization': token } });
    const unbelieved = [
      ['TOKEN_SIGNATURE', `${header}.${payload}.${otherSignature}`],
      ['TOKEN_STALE', await t.bank.sign({ ...claims, iat: claims.iat - 400 })],
      ['TOKEN_AUDIENCE', await t.bank.sign({ ...claims, aud: 'another' })],
      ['FOREIGN_PATH', await t.otherBank.sign(claims)],
    ] as const;
    for (const [code, token] of unbelieved) expect(await send(t.url, put(token))).toMatchObject({ status: 401, json: { code } });
    expect((await send(t.url, put(await t.bank.sign(claims)))).status).toBe(200);
  });

  it('of a merchant that must bind is not asked for where none is needed', async () => {
    expect((await send(t.url, await order(strictMerchant))).status).toBe(200);
  });

  it('may name the public address of the edge, and be meant for others besides', async () => {
    for (const aud of ['https://hub.example', ['https://another.example', 'https://hub.example'], ['dcm-hub']]) {
      const request = await orderJson(strictBank);
      expect((await send(t.url, await under(strictBank, request, { ...(await bindingOf(request)), aud }))).status).toBe(200);
    }
  });

  it('for another hub is refused, whatever the request says in its Host header', async () => {
    const request = await orderJson(t.bank);
    const { headers } = await under(t.bank, request, { aud: 'http://another-hub.example' });
    const head = [`GET ${request.path} HTTP/1.1`, 'Host: another-hub.example', `Cx-Authorization: ${headers['cx-authorization']}`];
    expect(await sendRaw(t.url, [`${head.join('\r\n')}\r\n\r\n`])).toMatchObject({ status: 401, json: { code: 'TOKEN_AUDIENCE' } });
  });
});

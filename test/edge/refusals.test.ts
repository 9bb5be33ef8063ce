import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, errorBody, isErrorCode, type ErrorCode } from '../../protocol/errors.ts';
import { SETTLEMENT_ERRORS } from '../../protocol/errors/settlement-errors.ts';
import { P2P_ERRORS } from '../../protocol/errors/p2p-errors.ts';
import { RETURN_ERRORS } from '../../protocol/errors/return-errors.ts';
import { sendRaw } from '../support/raw-http.ts';
import { aGet, aMessage, anEdge, send, type Answered, type EdgeUnderTest, type Prepared } from './support/edge-under-test.ts';
import { anActor, bankEntry, merchantEntry, messageClaims, type Actor } from './support/participants.ts';

/** Codes that only the core decides on; the edge passes them on. */
const OF_THE_CORE: readonly ErrorCode[] = [
  'INVALID_REF',
  'INVALID_URL',
  'INVALID_EXPIRY',
  'INVALID_IAT',
  'INVALID_BENEFICIARY',
  'ORDER_IAT_STALE',
  'ORDER_IAT_FUTURE',
  'ORDER_JSON_NOT_FOUND',
  'REF_NOT_UNIQUE',
  'DEBTOR_AGENT_MISMATCH',
  'DEBTOR_ACCOUNT_NOT_OF_SENDER',
  'SENDER_COUNTERPARTY_NOT_FOUND',
  'RECEIVER_COUNTERPARTY_NOT_FOUND',
  'ORDER_NOT_FOUND',
  'ORDER_IS_EXPIRED',
  'ORDER_CANCELED',
  'ORDER_ATTEMPTS_EXHAUSTED',
  'AMOUNT_MISMATCH',
  'CURRENCY_MISMATCH',
  'CREDITOR_ACCOUNT_MISMATCH',
  'CREDITOR_AGENT_MISMATCH',
  'DUPLICATE_ORDER',
  'ACCOUNT_NOT_OF_SENDER',
  'INVALID_ACCOUNT',
  'INVALID_LINKED',
  'INVALID_PHONE',
  'PAGE_ENDED',
  'INTERNAL_ERROR',
  // Of registers; test/flows/gross-settlement.test.ts makes each of them happen, SETTLEMENT_TIMEOUT too.
  ...Object.keys(SETTLEMENT_ERRORS).filter(isErrorCode),
];

/** Codes of the edge that need a small hub, a slow one, or a person: limits.test.ts, promises.test.ts, parked.test.ts. */
const ELSEWHERE: readonly ErrorCode[] = ['RATE_LIMITED', 'HUB_BUSY', 'CORE_TOO_SLOW', 'REFUSED_BY_OPERATIONS'];

/** Codes of orders between people: test/flows/p2p-refusals.test.ts makes each of them happen through the edge. */
const OF_P2P = Object.keys(P2P_ERRORS);
/** Codes of returns: test/flows/returns does the same for them. */
const OF_RETURNS = Object.keys(RETURN_ERRORS);

let t: EdgeUnderTest;
let retired: Actor;
let encrypting: Actor;
let bound: Actor;
beforeAll(async () => {
  t = await anEdge();
  retired = await anActor(randomUUID(), { validUntil: '2021-01-01T00:00:00.000Z' });
  encrypting = await anActor(randomUUID(), { purpose: 'ENCRYPT' });
  bound = await anActor(randomUUID());
  await t.publish({
    banks: [...[t.bank, t.otherBank, retired, encrypting].map((actor) => bankEntry(actor)), bankEntry(bound, { boundTokens: 'required' })],
    merchants: [merchantEntry(t.merchant, t.otherBank.id)],
  });
});
afterAll(() => t.stop());

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const claims = (): string => JSON.stringify({ iat: Math.floor(Date.now() / 1000), jti: randomUUID() });
const orderPath = (jwt: string): string => `/api/v1/merchants/order?jwt=${jwt}`;
const aPost = (path: string, headers: Record<string, string> = {}, body?: string): Prepared => ({ method: 'POST', path, headers, body });
/** A message whose header token is this. */
const under = (headerToken: string): Promise<Prepared> => aMessage(t.bank, { headerToken });
/** A message whose header token says this besides `iat` and `jti`. */
const underClaims = async (over: Record<string, unknown>): Promise<Prepared> =>
  under(await t.bank.sign({ iat: Math.floor(Date.now() / 1000), jti: randomUUID(), ...over }));
/** A message whose payload has these members. */
const saying = (over: Record<string, unknown>): Promise<Prepared> => aMessage(t.bank, { claims: over });
/** A message whose payload is this text, rightly signed. */
const payload = (text: string): Promise<Prepared> =>
  aMessage(t.bank, { body: JSON.stringify({ jwt: t.bank.signRaw({ alg: 'RS256', kid: t.bank.kid }, text) }) });
const ofDebtor = (over: Record<string, unknown>): Promise<Prepared> =>
  saying({ debtor: { ...(messageClaims()['debtor'] as object), ...over } }); // An object, by the builder.
const ofCreditor = (over: Record<string, unknown>): Promise<Prepared> =>
  saying({ creditor: { ...(messageClaims()['creditor'] as object), ...over } }); // The same.
const ofEncryption = (over: Record<string, unknown>): Promise<Prepared> =>
  saying({ encryption: { ...(messageClaims()['encryption'] as object), ...over } }); // The same.

/** What a sender does to read each code. Several ways are several lines. */
const CASES: readonly (readonly [ErrorCode, string, () => Prepared | Promise<Prepared>])[] = [
  ['TOKEN_MISSING', 'no Cx-Authorization', async () => ({ ...(await aMessage(t.bank)), headers: { 'content-type': 'application/json' } })],
  ['TOKEN_MISSING', 'a body without jwt', () => aMessage(t.bank, { body: '{"token":"x"}' })],
  ['TOKEN_MISSING', 'an order without a JWT', () => aPost('/api/v1/merchants/order')],
  ['TOKEN_MALFORMED', 'no token at all', () => under('Bearer abc')],
  ['TOKEN_MALFORMED', 'four segments', async () => under(`${await t.bank.headerToken()}.e30`)],
  ['TOKEN_MALFORMED', 'padding', async () => under(`${await t.bank.headerToken()}=`)],
  ['TOKEN_MALFORMED', 'another spelling of the last symbol of the signature', async () => under(await respelled(t.bank))],
  ['TOKEN_ALGORITHM', 'none', () => under(t.bank.signRaw({ alg: 'none', kid: t.bank.kid }, claims()))],
  ['TOKEN_ALGORITHM', 'HS256 over the public key', () => under(t.bank.signRaw({ alg: 'HS256', kid: t.bank.kid }, claims()))],
  ['TOKEN_HEADER_FORBIDDEN', 'a key of its own', () => under(t.bank.signRaw({ alg: 'RS256', kid: t.bank.kid, jwk: {} }, claims()))],
  ['TOKEN_CRITICAL', 'an extension', () => under(t.bank.signRaw({ alg: 'RS256', kid: t.bank.kid, crit: ['exp'] }, claims()))],
  ['TOKEN_KEY_UNKNOWN', 'a kid that nobody has', () => under(t.bank.signRaw({ alg: 'RS256', kid: randomUUID() }, claims()))],
  ['TOKEN_KEY_UNKNOWN', 'no kid', () => under(t.bank.signRaw({ alg: 'RS256' }, claims()))],
  ['TOKEN_KEY_RETIRED', 'a key past its time', () => aMessage(retired)],
  ['TOKEN_KEY_PURPOSE', 'a key for encryption', () => aMessage(encrypting)],
  ['TOKEN_SIGNATURE', 'the kid of another bank', () => under(t.bank.signRaw({ alg: 'RS256', kid: t.otherBank.kid }, claims()))],
  ['TOKEN_SIGNATURE', 'an altered payload message', async () => aMessage(t.bank, { body: JSON.stringify({ jwt: await altered(t.bank) }) })],
  [
    'TOKEN_CLAIMS',
    'no jti',
    () => under(t.bank.signRaw({ alg: 'RS256', kid: t.bank.kid }, JSON.stringify({ iat: Math.floor(Date.now() / 1000) }))),
  ],
  ['TOKEN_STALE', 'six minutes old', async () => under(await t.bank.headerToken({ now: minutesAgo(6) }))],
  ['TOKEN_FUTURE', 'six minutes ahead', async () => under(await t.bank.headerToken({ now: minutesAgo(-6) }))],
  ['TOKEN_EXPIRED', 'past its exp', () => underClaims({ exp: Math.floor(Date.now() / 1000) - 1 })],
  ['TOKEN_AUDIENCE', 'meant for somebody else', () => underClaims({ aud: 'https://another-hub.example' })],
  ['TOKEN_METHOD', 'made for a GET', () => underClaims({ method: 'GET' })],
  ['TOKEN_PATH', 'made for another path', () => underClaims({ path: '/api/v1/p2p/alias' })],
  ['TOKEN_BODY', 'made for another body', () => underClaims({ body_sha256: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU' })],
  ['TOKEN_BINDING', 'bare, where the sender’s terms ask for a bound one', () => aMessage(bound)],
  ['TOKEN_REPLAYED', 'used before', async () => under(await usedToken())],
  ['FOREIGN_PATH', 'the path of another bank', async () => aMessage(t.bank, { path: messagePath(t.otherBank) })],
  [
    'FOREIGN_PATH',
    'a message signed by another bank',
    async () => aMessage(t.bank, { body: JSON.stringify({ jwt: await t.otherBank.sign(messageClaims()) }) }),
  ],
  ['FOREIGN_PATH', 'a merchant at the path of a bank', async () => under(await t.merchant.headerToken())],
  ['FOREIGN_PATH', 'an order of a bank', async () => aPost(orderPath(await t.bank.sign({ sub: t.bank.id })))],
  ['FOREIGN_PATH', 'the order json for a merchant', () => aGet(t.merchant, '/api/v1/merchants/order/nbu/json?id=1')],
  ['INVALID_SUB', 'an order for another merchant', async () => aPost(orderPath(await t.merchant.sign({ sub: 'somebody else' })))],
  ['BODY_NOT_JSON', 'text', () => aMessage(t.bank, { body: '<xml/>' })],
  ['BODY_NOT_JSON', 'a truncated body', () => aMessage(t.bank, { body: '{"jwt":"abc' })],
  ['JSON_DUPLICATE_MEMBER', 'two amounts', () => payload('{"amount":1,"amount":2}')],
  ['JSON_FORBIDDEN_MEMBER', '__proto__', () => payload('{"__proto__":{}}')],
  ['JSON_TOO_DEEP', 'arrays in arrays', () => payload(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`)],
  ['NOT_FOUND', 'an unknown path', () => ({ method: 'GET', path: '/api/v2/anything', headers: {}, body: undefined })],
  ['NOT_FOUND', 'a message id that is none', () => aGet(t.bank, `${messagePath()}/1`)],
  ['METHOD_NOT_ALLOWED', 'DELETE', () => ({ method: 'DELETE', path: messagePath(), headers: {}, body: undefined })],
  ['METHOD_NOT_ALLOWED', 'POST to a page', () => aPost('/pay/1')],
  ['BODY_TOO_LARGE', 'announced', () => aMessage(t.bank, { body: JSON.stringify({ jwt: 'a'.repeat(70_000) }) })],
  ['MEDIA_TYPE', 'XML', () => aMessage(t.bank, { headers: { 'content-type': 'application/xml' } })],
  ['MEDIA_TYPE', 'a body that says it is compressed', () => aMessage(t.bank, { headers: { 'content-encoding': 'gzip' } })],
  ['DUPLICATE_JTI', 'the payload jti of a payment', async () => saying({ jti: await usedPayloadJti() })],
  ['INVALID_REQUEST', 'no debtor', () => saying({ debtor: undefined })],
  ['INVALID_JTI', 'a number', () => saying({ jti: 5 })],
  ['INVALID_EXTERNAL_ID', 'empty', () => saying({ payment_message_external_id: '' })],
  ['INVALID_AMOUNT', 'three decimals', () => saying({ amount: 1.001 })],
  ['INVALID_AMOUNT', 'a string', () => saying({ amount: '5' })],
  ['INVALID_CURRENCY', 'no code', () => saying({ currency: 'hryvnia' })],
  ['UNSUPPORTED_CURRENCY', 'dollars', () => saying({ currency: 'USD' })],
  ['INVALID_DEBTOR_AGENT', 'letters', () => saying({ debtor_agent_bic: 'ABCDEF' })],
  ['INVALID_CREDITOR_AGENT', 'letters', () => saying({ creditor_agent_bic: 'ABCDEF' })],
  ['INVALID_DEBTOR_NAME', 'clear text', () => ofDebtor({ debtor_name: 'Taras' })],
  ['INVALID_DEBTOR_ID', 'clear text', () => ofDebtor({ debtor_id: '1' })],
  ['INVALID_DEBTOR_ACCOUNT', 'a wrong checksum', () => ofDebtor({ debtor_account: 'UA001372924114433543273694797' })],
  ['INVALID_DEBTOR_PHONE', 'no number', () => ofDebtor({ debtor_phone: 'none' })],
  ['INVALID_CREDITOR_NAME', 'clear text', () => ofCreditor({ creditor_name: 'Shop' })],
  ['INVALID_CREDITOR_ID', 'clear text', () => ofCreditor({ creditor_id: '1' })],
  ['INVALID_CREDITOR_ACCOUNT', 'a wrong checksum', () => ofCreditor({ creditor_account: 'UA001372924114433543273694797' })],
  ['INVALID_NONCE', 'too short', () => ofEncryption({ nonce: 'AAAA' })],
  ['INVALID_ENCRYPTED_KEY', 'too short', () => ofEncryption({ encrypted_key: 'AAAA' })],
  ['INVALID_ENCRYPTION_PROFILE', 'unknown', () => ofEncryption({ profile: 'dcm-9' })],
  ['INVALID_ORDER_ID', 'no UUID', () => saying({ order_id: '1' })],
  ['INVALID_PURPOSE', 'empty', () => saying({ purpose: '' })],
  ['INVALID_CREATION_DATE', 'no date', () => saying({ msg_creation_date: 'today' })],
  ['INVALID_CREATION_TIME', 'no time', () => saying({ msg_creation_time: 'now' })],
  ['CREATION_DATE_IS_NOT_PAST', 'next century', () => saying({ msg_creation_date: '2126-01-01' })],
  ['INVALID_PM_TYPE', 'Cyrillic', () => saying({ pm_type: 'р2р' })],
  ['PM_TYPE_NOT_ALLOWED', 'aid', () => saying({ pm_type: 'aid' })],
  ['INVALID_SENDER_ACCOUNT_TYPE', 'aid', () => saying({ sender_account_type: 'aid-related' })],
];

/** What no client library sends: the lines of a request after its first one, and its body. */
const NOT_BY_FETCH: readonly (readonly [ErrorCode, string, readonly string[], string])[] = [
  ['HTTP_MALFORMED', 'a host that is none', ['Host: a b/c', 'Content-Length: 2'], '{}'],
  ['HTTP_MALFORMED', 'two hosts', ['Host: one.example', 'Host: another.example', 'Content-Length: 2'], '{}'],
  ['HTTP_MALFORMED', 'a chunk without a length', ['Host: edge', 'Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
  ['HTTP_MALFORMED', 'a chunk longer than its length', ['Host: edge', 'Transfer-Encoding: chunked'], '1\r\n{}\r\n0\r\n\r\n'],
];

describe('every refusal of the edge', () => {
  it.for(CASES)('%s: %s', async ([code, , prepare]) => {
    const { status, body } = errorBody(code);
    const answer = await send(t.url, await prepare());
    expect(answer).toMatchObject({ status, json: { ...body } });
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  it.for(NOT_BY_FETCH)('%s: %s', async ([code, , lines, body]) => {
    const head = [`POST ${messagePath()} HTTP/1.1`, 'Content-Type: application/json', ...lines].join('\r\n');
    expect(await sendRaw(t.url, [`${head}\r\n\r\n`, body])).toMatchObject({ status: errorBody(code).status, json: errorBody(code).body });
  });

  it('CORE_AWAY: a request that cannot be promised while the core is away, for a bank, a merchant and anybody', async () => {
    await t.core.down();
    const order = orderPath(await t.merchant.sign({ sub: t.merchant.id }));
    const requests = [
      await aGet(t.bank, '/api/v1/merchants/order/nbu/json?id=1'),
      { method: 'POST', path: order, headers: {}, body: undefined },
      { method: 'POST', path: order, headers: { 'cx-authorization': await t.merchant.headerToken() }, body: undefined },
      { method: 'GET', path: '/api/v1/merchants/order/status?id=1', headers: {}, body: undefined },
      { method: 'GET', path: '/api/v1/.well-known/jwks.json', headers: {}, body: undefined },
    ];
    const answers: Answered[] = [];
    for (const request of requests) answers.push(await send(t.url, request));
    await t.core.up();
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503, json: { code: 'CORE_AWAY' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    // The same bytes again: nothing was answered yet, so they go through.
    for (const request of requests) expect((await send(t.url, request)).status).toBe(200);
  });

  it('has a case for each code that the core does not keep to itself', () => {
    const tested = new Set<string>([...CASES.map(([code]) => code), ...NOT_BY_FETCH.map(([code]) => code), 'CORE_AWAY', ...ELSEWHERE]);
    const elsewhere: readonly string[] = [...OF_THE_CORE, ...OF_P2P, ...OF_RETURNS];
    const known = Object.keys(ERROR_CATALOGUE).filter((code) => !elsewhere.includes(code));
    expect([...tested].toSorted()).toEqual(known.toSorted());
  });

  it('refuses a body that is too large before it was sent whole, also without a length', async () => {
    expect(await sendChunked(`${t.url}${messagePath()}`, 40)).toBe(413);
  });

  it('says which methods a path has', async () => {
    const answer = await send(t.url, { method: 'PUT', path: '/api/v1/merchants/order', headers: {}, body: undefined });
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it('asks the core nothing for a stranger', async () => {
    const before = t.core.forwarded.length;
    await send(t.url, await under(t.bank.signRaw({ alg: 'RS256', kid: t.otherBank.kid }, claims())));
    expect(t.core.forwarded.length).toBe(before);
  });

  it('accepts a clock that is four minutes off, either way', async () => {
    for (const minutes of [4, -4]) {
      expect((await send(t.url, await under(await t.bank.headerToken({ now: minutesAgo(minutes) })))).status).toBe(200);
    }
  });
});

function messagePath(bank: Actor = t.bank): string {
  return `/api/v1/counterparty/${bank.id}/payment-message`;
}

async function usedToken(): Promise<string> {
  const headerToken = await t.bank.headerToken();
  await send(t.url, await under(headerToken));
  return headerToken;
}

async function usedPayloadJti(): Promise<string> {
  const jti = randomUUID();
  await send(t.url, await saying({ jti }));
  return jti;
}

/** The same signature bytes in a base64url text that is not the canonical one: 256 bytes leave four unused bits in the last symbol. */
async function respelled(bank: Actor): Promise<string> {
  const token = await bank.headerToken();
  const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = symbols.indexOf(token.at(-1) ?? '');
  return token.slice(0, -1) + (symbols[last + 1] ?? '');
}

/** A payment message whose amount was raised after it was signed. */
async function altered(bank: Actor): Promise<string> {
  const [header, , signature] = (await bank.sign(messageClaims())).split('.');
  return `${header}.${Buffer.from(JSON.stringify(messageClaims({ amount: 9_999_999 }))).toString('base64url')}.${signature}`;
}

/** Posts 4 KB chunks without a content length until the answer comes; gives its status. */
function sendChunked(url: string, chunks: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  request.on('error', reject);
  for (let i = 0; i < chunks; i++) request.write('x'.repeat(4096));
  request.end();
  return promise;
}

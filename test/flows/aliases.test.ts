import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { ALIAS_PATH, aliasStatusSchema } from '../../protocol/alias.ts';
import { signedRequest, tokenBody } from '../../protocol/client/signed-request.ts';
import { importSigningKey, readToken, signToken } from '../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../protocol/web-crypto.ts';
import { waitFor } from '../support/wait-for.ts';
import { startHubUnderTest, type HubUnderTest, type SandboxBank } from './hub-under-test.ts';

const ALIAS = `query ($phone: String!) { alias(phone: $phone) { id aliasId phone status account version bank { guid name } } }`;
const HISTORY = `query ($phone: String!, $first: Int, $after: Cursor) { aliasHistory(phone: $phone, first: $first, after: $after) {
  nodes { version account previousAccount askedBy reason bank { guid } previousBank { guid } } pageInfo { hasNextPage endCursor } } }`;
const LINK = `mutation ($input: AliasLinkInput!) { aliasLink(input: $input) { alias { phone account } replayed errors { code path } } }`;
const UNLINK = `mutation ($input: AliasUnlinkInput!) { aliasUnlink(input: $input) { alias { status account } replayed errors { code path } } }`;
const CHANGED = `subscription { aliasChanged { __typename ... on AliasChanged { type alias { phone account } } } }`;

let hub: HubUnderTest;
let phones = 0;
/** A number that no test has used. */
const newPhone = (): string => `+38050${String(++phones).padStart(7, '0')}`;
const accountOf = (bank: SandboxBank): string => bank.accounts[0]?.iban ?? '';

beforeAll(async () => {
  hub = await startHubUnderTest();
}, 60_000);
afterEach(() => hub.reset());
afterAll(() => hub.stop(), 30_000);

interface Sent {
  readonly method?: 'GET' | 'PUT';
  readonly path?: string;
  readonly body?: unknown;
  /** The body as a JWT signed by this bank. */
  readonly jwtOf?: SandboxBank;
  /** Without the claims that tie the header token to the request. */
  readonly unbound?: boolean;
}

async function send(bank: SandboxBank, { method = 'PUT', path = ALIAS_PATH, body, jwtOf, unbound = false }: Sent) {
  const key = await importSigningKey(bank.signKey as RsaPrivateJwk);
  const { kid } = bank.signKey;
  const signer = jwtOf && { kid: jwtOf.signKey.kid, key: await importSigningKey(jwtOf.signKey as RsaPrivateJwk) };
  const text = signer
    ? tokenBody(await signToken({ ...signer, payload: body as object }))
    : body === undefined
      ? undefined
      : JSON.stringify(body);
  const request = await signedRequest({ key, kid, method, url: hub.sandbox.edge + path, body: text });
  const bare = await signToken({ kid, key, payload: { jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000) } });
  const headers = unbound ? { ...request.headers, 'Cx-Authorization': bare } : request.headers;
  const response = await fetch(request.url, { method, headers, ...(text === undefined ? {} : { body: text }) });
  const answered = await response.text();
  return { status: response.status, text: answered, code: codeIn(answered) };
}

function codeIn(text: string): string | undefined {
  return text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : undefined;
}

const link = (bank: SandboxBank, phone: string, more: Sent = {}) =>
  send(bank, { body: { phone, account: accountOf(bank), linked: true }, ...more });

async function isLinked(bank: SandboxBank, phone: string): Promise<boolean> {
  const query = new URLSearchParams({ phone, account: accountOf(bank) });
  const { status, text } = await send(bank, { method: 'GET', path: `${ALIAS_PATH}?${query}` });
  expect(status).toBe(200);
  const token = readToken(text);
  if (!token.ok) throw new Error(token.failure.code);
  return aliasStatusSchema.parse(token.value.claims).linked;
}

async function updatesOf(bank: SandboxBank, phone: string) {
  const entries = (await hub.history(bank.guid)).filter(({ direction }) => direction === 'in');
  return entries.map(({ body }) => body as Record<string, unknown>).filter((body) => body['phone'] === phone);
}

const graphql = async (document: string, variables: Record<string, unknown>, token: string = hub.sandbox.ops.token) => {
  const { data, errors } = await hub.graphql(document, variables, token);
  expect(errors).toBeUndefined();
  return data;
};

describe('a bank', () => {
  test.each([
    ['in plain JSON', {}],
    ['at the guide’s short address', { path: '/update_alias_db' }],
  ])('links a number to an account of its own %s, asks for it, and unlinks it', async (_, more) => {
    const phone = newPhone();
    expect(await isLinked(hub.payer, phone)).toBe(false);
    expect(await link(hub.payer, phone, more)).toMatchObject({ status: 200 });
    expect(await isLinked(hub.payer, phone)).toBe(true);
    expect(await graphql(ALIAS, { phone })).toMatchObject({
      alias: { phone, status: 'LINKED', account: accountOf(hub.payer), version: 1, bank: { guid: hub.payer.guid, name: hub.payer.name } },
    });
    const body = { phone, account: accountOf(hub.payer), linked: false };
    expect(await send(hub.payer, { body, ...more })).toMatchObject({ status: 200 });
    expect(await isLinked(hub.payer, phone)).toBe(false);
    expect(await graphql(ALIAS, { phone })).toMatchObject({ alias: { status: 'UNLINKED', account: null, bank: null, version: 2 } });
  });

  test('links by a JWT, also under a header token that is bound to nothing', async () => {
    const phone = newPhone();
    expect(await link(hub.payer, phone, { jwtOf: hub.payer, unbound: true })).toMatchObject({ status: 200 });
    expect(await isLinked(hub.payer, phone)).toBe(true);
  });

  test('writes a number as people do, and it is one number', async () => {
    const phone = newPhone();
    expect(await link(hub.payer, `0${phone.slice(4, 6)} ${phone.slice(6, 9)}-${phone.slice(9)}`)).toMatchObject({ status: 200 });
    expect(await isLinked(hub.payer, phone)).toBe(true);
  });

  test('that asks for what is so already changes nothing', async () => {
    const phone = newPhone();
    for (let time = 0; time < 3; time++) expect(await link(hub.payer, phone)).toMatchObject({ status: 200 });
    expect(await graphql(ALIAS, { phone })).toMatchObject({ alias: { version: 1 } });
    const unlink = { phone: newPhone(), account: accountOf(hub.payer), linked: false };
    expect(await send(hub.payer, { body: unlink })).toMatchObject({ status: 200 });
    expect(await graphql(ALIAS, { phone: unlink.phone })).toEqual({ alias: null });
  });

  test('that loses a number to another bank is told, and hears no account of the other', async () => {
    const phone = newPhone();
    await link(hub.payer, phone);
    await link(hub.receiver, phone);
    expect([await isLinked(hub.payer, phone), await isLinked(hub.receiver, phone)]).toEqual([false, true]);
    await waitFor(async () => (await updatesOf(hub.payer, phone)).length === 1);
    const [update] = await updatesOf(hub.payer, phone);
    expect(update).toMatchObject({
      callback_type: 'alias-updated',
      linked: false,
      account: accountOf(hub.payer),
      sequence: 2,
      aud: hub.payer.guid,
    });
    expect(JSON.stringify(update)).not.toContain(accountOf(hub.receiver));
    expect(await updatesOf(hub.receiver, phone)).toEqual([]);
  });

  test('that answers the callback with 500 is told again', async () => {
    const phone = newPhone();
    await link(hub.payer, phone);
    await hub.control(hub.payer.guid, { callback: 'alias-updated', behave: 'fail', times: 1 });
    await link(hub.receiver, phone);
    await waitFor(async () => (await updatesOf(hub.payer, phone)).length === 2, { timeoutMs: 10_000 });
    const [first, second] = await updatesOf(hub.payer, phone);
    expect(first).toEqual(second);
  });

  test('and another that link one number at the same moment: the last wins, the other is told', async () => {
    const phone = newPhone();
    const answers = await Promise.all([link(hub.payer, phone), link(hub.receiver, phone), link(hub.bystander, phone)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { aliasHistory } = await graphql(HISTORY, { phone });
    expect(aliasHistory.nodes.map(({ version }: { version: number }) => version)).toEqual([3, 2, 1]);
    const banks = [hub.payer, hub.receiver, hub.bystander];
    const winner = banks.find(({ guid }) => guid === aliasHistory.nodes[0].bank.guid);
    for (const bank of banks) {
      expect(await isLinked(bank, phone)).toBe(bank === winner);
      await waitFor(async () => (await updatesOf(bank, phone)).length === (bank === winner ? 0 : 1));
    }
  });
});

describe('is refused', () => {
  const right = (phone = newPhone()) => ({ phone, account: accountOf(hub.payer), linked: true });

  test.each<[number, string, () => Sent]>([
    [400, 'ACCOUNT_NOT_OF_SENDER', () => ({ body: { ...right(), account: accountOf(hub.receiver) } })],
    [400, 'ACCOUNT_NOT_OF_SENDER', () => ({ body: { ...right(), account: accountOf(hub.receiver), linked: false } })],
    [400, 'INVALID_PHONE', () => ({ body: { ...right(), phone: '12' } })],
    [400, 'INVALID_PHONE', () => ({ body: {} })],
    [400, 'INVALID_ACCOUNT', () => ({ body: { ...right(), account: 'UA1' } })],
    [400, 'INVALID_LINKED', () => ({ body: { ...right(), linked: 'yes' } })],
    [400, 'BODY_NOT_JSON', () => ({ body: [right()] })],
    [401, 'FOREIGN_PATH', () => ({ body: right(), jwtOf: hub.receiver })],
    [400, 'INVALID_PHONE', () => ({ method: 'GET', path: `${ALIAS_PATH}?phone=12&account=${accountOf(hub.payer)}` })],
    [400, 'INVALID_ACCOUNT', () => ({ method: 'GET', path: `${ALIAS_PATH}?phone=%2B380501234567` })],
    [
      400,
      'ACCOUNT_NOT_OF_SENDER',
      () => ({ method: 'GET', path: `${ALIAS_PATH}?phone=%2B380501234567&account=${accountOf(hub.receiver)}` }),
    ],
  ])('%i %s', async (status, code, sent) => {
    expect(await send(hub.payer, sent())).toMatchObject({ status, code });
  });

  test('a bare token over plain JSON, from whoever is not in the compatibility mode that the sandbox’s banks begin in', async () => {
    const phone = newPhone();
    expect(await link(hub.bystander, phone, { unbound: true })).toMatchObject({ status: 200 });
    const change = 'mutation ($input: ParticipantTermsChangeInput!) { participantTermsChange(input: $input) { errors { code } } }';
    const input = { participantId: hub.bystander.guid, terms: { plainBodies: 'BOUND' }, idempotencyKey: crypto.randomUUID() };
    await hub.graphql(change, { input }, hub.sandbox.ops.token);
    await waitFor(async () => (await link(hub.bystander, phone, { unbound: true })).code === 'TOKEN_BINDING');
    expect(await link(hub.bystander, phone)).toMatchObject({ status: 200 });
  });

  test('a merchant’s key', async () => {
    const merchant = { ...hub.payer, signKey: hub.merchant.signKey };
    expect(await send(merchant, { body: right() })).toMatchObject({ status: 401, code: 'FOREIGN_PATH' });
  });

  test('another bank’s question for the number, and a merchant’s', async () => {
    const phone = newPhone();
    await link(hub.payer, phone);
    expect(await graphql(ALIAS, { phone }, hub.payer.apiKey)).toMatchObject({ alias: { phone } });
    expect(await graphql(ALIAS, { phone }, hub.receiver.apiKey)).toEqual({ alias: null });
    expect((await hub.graphql(HISTORY, { phone }, hub.payer.apiKey)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await hub.graphql(ALIAS, { phone }, hub.merchant.secretKey)).errors).toHaveLength(1);
  });
});

describe('operations', () => {
  test('link and unlink with a reason, once per key, and whoever had the number is told', async () => {
    const phone = newPhone();
    await link(hub.payer, phone);
    const input = {
      phone,
      account: accountOf(hub.receiver),
      reason: 'The customer proved the number.',
      idempotencyKey: crypto.randomUUID(),
    };
    const linked = { alias: { phone, account: accountOf(hub.receiver) }, errors: [] };
    expect(await graphql(LINK, { input })).toEqual({ aliasLink: { ...linked, replayed: false } });
    expect(await graphql(LINK, { input })).toEqual({ aliasLink: { ...linked, replayed: true } });
    const unlink = { phone, reason: 'Court order.', idempotencyKey: crypto.randomUUID() };
    expect(await graphql(UNLINK, { input: unlink })).toMatchObject({
      aliasUnlink: { alias: { status: 'UNLINKED', account: null }, errors: [] },
    });
    for (const bank of [hub.payer, hub.receiver]) await waitFor(async () => (await updatesOf(bank, phone)).length === 1);

    const first = await graphql(HISTORY, { phone, first: 2 });
    expect(first.aliasHistory).toMatchObject({
      nodes: [
        { version: 3, account: null, previousAccount: accountOf(hub.receiver), reason: 'Court order.' },
        { version: 2, account: accountOf(hub.receiver), previousAccount: accountOf(hub.payer), previousBank: { guid: hub.payer.guid } },
      ],
      pageInfo: { hasNextPage: true },
    });
    expect(first.aliasHistory.nodes[0].askedBy).toMatch(/^operations:/);
    const { aliasHistory } = await graphql(HISTORY, { phone, first: 2, after: first.aliasHistory.pageInfo.endCursor });
    expect(aliasHistory).toMatchObject({
      nodes: [{ version: 1, askedBy: `bank:${hub.payer.guid}`, reason: null }],
      pageInfo: { hasNextPage: false },
    });
  });

  test.each<[string, Record<string, string>]>([
    ['INVALID_PHONE', { phone: 'abc' }],
    ['INVALID_ACCOUNT', { account: 'UA1' }],
    ['BANK_NOT_FOUND', { account: 'UA761372924114433543273694797' }],
    ['INVALID_REASON', { reason: ' ' }],
    ['IDEMPOTENCY_KEY_INVALID', { idempotencyKey: '' }],
  ])('are refused: %s', async (code, over) => {
    const input = { phone: newPhone(), account: accountOf(hub.payer), reason: 'r', idempotencyKey: crypto.randomUUID(), ...over };
    expect(await graphql(LINK, { input })).toMatchObject({ aliasLink: { alias: null, errors: [{ code }] } });
  });

  test('a key that was used for another number is a mistake', async () => {
    const input = { phone: newPhone(), account: accountOf(hub.payer), reason: 'r', idempotencyKey: crypto.randomUUID() };
    await graphql(LINK, { input });
    const other = { ...input, phone: newPhone() };
    expect(await graphql(LINK, { input: other })).toMatchObject({ aliasLink: { alias: null, errors: [{ code: 'IDEMPOTENCY_MISMATCH' }] } });
    expect(await graphql(ALIAS, { phone: other.phone })).toEqual({ alias: null });
  });
});

describe('operations and the callback that a bank would not hear', () => {
  const CALLBACKS = `{ aliasCallbacks(first: 100) { nodes { callbackGuid state bank { guid } alias { phone } attempts { attempt status } } } }`;
  const RETRY = `mutation ($input: AliasCallbackRetryInput!) { aliasCallbackRetry(input: $input) { callback { state } replayed errors { code } } }`;
  const RESOLVE = `mutation ($input: AliasCallbackResolveInput!) { aliasCallbackResolve(input: $input) {
    callback { state outcome outcomeReason attempts { status } } errors { code } } }`;
  const parked = async (phone: string) =>
    (await graphql(CALLBACKS, {})).aliasCallbacks.nodes.find((node: { alias: { phone: string } | null }) => node.alias?.phone === phone);

  /** A number that its bank lost, and said 400 to twice. */
  async function refused(): Promise<{ phone: string; callbackGuid: string }> {
    const phone = newPhone();
    await link(hub.payer, phone);
    await hub.control(hub.payer.guid, { callback: 'alias-updated', behave: 'refuse', times: 2 });
    await link(hub.receiver, phone);
    await waitFor(async () => (await parked(phone)) !== undefined, { timeoutMs: 10_000 });
    return { phone, callbackGuid: (await parked(phone)).callbackGuid };
  }

  test('have it tried once more, and it is heard', async () => {
    const { phone, callbackGuid } = await refused();
    expect(await parked(phone)).toMatchObject({
      state: 'MANUAL_REVIEW',
      bank: { guid: hub.payer.guid },
      attempts: [
        { attempt: 1, status: 400 },
        { attempt: 2, status: 400 },
      ],
    });
    expect((await hub.graphql(CALLBACKS, {}, hub.payer.apiKey)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const input = { callbackGuid, idempotencyKey: crypto.randomUUID() };
    expect(await graphql(RETRY, { input })).toEqual({
      aliasCallbackRetry: { callback: { state: 'WAITING' }, replayed: false, errors: [] },
    });
    await waitFor(async () => (await updatesOf(hub.payer, phone)).length === 3, { timeoutMs: 10_000 });
    await waitFor(
      async () =>
        (await graphql(RETRY, { input: { ...input, idempotencyKey: crypto.randomUUID() } })).aliasCallbackRetry.errors[0]?.code ===
        'DELIVERY_ALREADY_ANSWERED',
    );
  });

  test('say how it ended, with a reason', async () => {
    const { callbackGuid } = await refused();
    const input = { callbackGuid, outcome: 'DELIVERED_OTHERWISE', reason: 'By telephone.', idempotencyKey: crypto.randomUUID() };
    expect((await graphql(RESOLVE, { input: { ...input, reason: ' ' } })).aliasCallbackResolve.errors).toEqual([
      { code: 'INVALID_REASON' },
    ]);
    expect((await graphql(RESOLVE, { input: { ...input, callbackGuid: crypto.randomUUID() } })).aliasCallbackResolve.errors).toEqual([
      { code: 'DELIVERY_NOT_FOUND' },
    ]);
    expect(await graphql(RESOLVE, { input })).toEqual({
      aliasCallbackResolve: {
        callback: {
          state: 'RESOLVED',
          outcome: 'DELIVERED_OTHERWISE',
          outcomeReason: 'By telephone.',
          attempts: [{ status: 400 }, { status: 400 }],
        },
        errors: [],
      },
    });
  });
});

test('a bank hears of its own numbers live, and of one that it lost without where it went', async () => {
  const phone = newPhone();
  const subscriber = hub.subscribe(CHANGED, {}, hub.bystander.apiKey);
  const changes = () => subscriber.items.filter((item) => item.__typename === 'AliasChanged');
  await waitFor(() => subscriber.items.some((item) => item.__typename === 'StreamReady'));
  await link(hub.bystander, phone);
  await waitFor(() => changes().length === 1);
  await link(hub.payer, phone);
  await waitFor(() => changes().length === 2);
  expect(changes()).toMatchObject([
    { type: 'ALIAS_LINKED', alias: { phone, account: accountOf(hub.bystander) } },
    { type: 'ALIAS_LINKED', alias: null },
  ]);
  expect(subscriber.errors).toEqual([]);
  await subscriber.close();
});

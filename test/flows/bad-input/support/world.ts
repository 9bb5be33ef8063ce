import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { buildPaymentMessage } from '../../../../protocol/client/build-payment-message.ts';
import { bodySha256 } from '../../../../protocol/digest.ts';
import { HEADER_TOKEN_NAME, headerTokenClaims, HUB_NAME } from '../../../../protocol/header-token.ts';
import { orderJsonSchema, type OrderJson } from '../../../../protocol/order-answers.ts';
import { generateKeyPair } from '../../../../protocol/token.ts';
import tokenVectors from '../../../../protocol/vectors/tokens.json' with { type: 'json' };
import { waitFor } from '../../../support/wait-for.ts';
import { startHubUnderTest, type HubUnderTest, type SandboxBank } from '../../hub-under-test.ts';
import { tokenOf, type Participant, type TokenPart } from './participant.ts';
import { createWire, type WireAnswer, type WireRequest } from './wire.ts';

/** Where a payment message departs from a right one. */
export interface MessagePart {
  readonly order?: OrderJson;
  readonly sender?: Participant;
  readonly header?: TokenPart;
  readonly payload?: TokenPart;
  readonly path?: string;
  /** The body, made of the payload token, when it is not `{"jwt": token}`. */
  readonly body?: (token: string) => string | Uint8Array;
  /** null sends none. */
  readonly contentType?: string | null;
}

/** A request that need not be a payment message. */
export interface RequestPart {
  readonly method: string;
  readonly path: string;
  readonly by?: Participant;
  readonly header?: TokenPart;
  readonly body?: string | Uint8Array;
}

/** Orders in the states in which they cannot be paid. */
export interface SpentOrders {
  readonly paid: { readonly order: OrderJson; readonly holder: string };
  readonly canceled: OrderJson;
  readonly expired: OrderJson;
  readonly exhausted: OrderJson;
}

/** A running hub and everybody who talks to it through the edge. */
export interface World {
  readonly hub: HubUnderTest;
  readonly database: Client;
  readonly payer: Participant;
  readonly receiver: Participant;
  readonly bystander: Participant;
  readonly merchant: Participant;
  /** The payer bank with a key of its own that was retired. */
  readonly retired: Participant;
  /** The payer bank with a key of its own that is not valid yet. */
  readonly early: Participant;
  /** The payer bank with the key to which others encrypt. */
  readonly encrypting: Participant;
  readonly stranger: Participant;
  readonly spent: SpentOrders;
  /** What the hub's processes wrote. */
  readonly output: () => string;
  /** The ciphertexts, and the accounts beside them, of every payment message of the run. */
  readonly sealedTexts: ReadonlySet<string>;
  /** Every answer of the run by its code; '' where a refusal has none. */
  readonly seen: ReadonlyMap<string, ReadonlySet<number>>;
  newOrder(): Promise<OrderJson>;
  /** The claims of a right payment message for an order. */
  messageClaims(order: OrderJson): Promise<Record<string, unknown>>;
  message(part: MessagePart & { order: OrderJson }): Promise<WireRequest>;
  request(part: RequestPart): Promise<WireRequest>;
  send(request: WireRequest): Promise<WireAnswer>;
  stop(): Promise<void>;
}

/** A long time for orders of these tests, so that moving the clock expires none by accident. Milliseconds. */
const ORDER_LIFETIME_MS = 86_400_000;
const ATTEMPTS_MAX = 5;
/** How long the edge may take to hear of a key. Milliseconds. */
const KEY_SEEN_MS = 15_000;

export async function startWorld(): Promise<World> {
  let output = '';
  const hub = await startHubUnderTest({ onOutput: (text) => (output += text), env: { LOG_LEVEL: 'debug' } });
  const wire = createWire(hub.sandbox.edge);
  const database = new Client({ connectionString: hub.hub.databaseUrl });
  await database.connect();
  const seen = new Map<string, Set<number>>();

  const send = async (request: WireRequest): Promise<WireAnswer> => {
    const answer = await wire.send(request);
    if (answer.status >= 400) {
      const code = codeOf(answer);
      seen.set(code, (seen.get(code) ?? new Set()).add(answer.status));
    }
    return answer;
  };
  const payer = bankParticipant(hub.payer);
  const request = (part: RequestPart): Promise<WireRequest> => requestOf(part, payer);
  const sealedTexts = new Set<string>();
  const claimsFor = async (order: OrderJson): Promise<Record<string, unknown>> => {
    const claims = await messageClaims(hub.payer, order);
    for (const text of textsIn([claims['debtor'], claims['creditor'], claims['encryption']])) {
      if (text.length >= SEALED_LENGTH_MIN) sealedTexts.add(text);
    }
    return claims;
  };
  const talk = { hub, payer, send, request, messageClaims: claimsFor };
  const message = (part: MessagePart & { order: OrderJson }): Promise<WireRequest> => messageOf(talk, part);
  const newOrder = (): Promise<OrderJson> => anOrder(talk);

  return {
    ...talk,
    database,
    receiver: bankParticipant(hub.receiver),
    bystander: bankParticipant(hub.bystander),
    merchant: { id: hub.merchant.uid, jwk: hub.merchant.signKey },
    ...(await endedKeys(talk)),
    encrypting: { id: hub.payer.guid, jwk: hub.payer.encryptKey },
    stranger: { id: randomUUID(), jwk: (await generateKeyPair('sign')).privateJwk as Participant['jwk'] }, // A JWK with its kid.
    spent: await spendOrders({ ...talk, message }),
    output: () => output,
    sealedTexts,
    seen,
    message,
    newOrder,
    async stop() {
      wire.close();
      await database.end();
      await hub.stop();
    },
  };
}

/** Shorter texts of a message are its algorithms and profiles. */
const SEALED_LENGTH_MIN = 16;

function textsIn(objects: readonly unknown[]): string[] {
  return objects.flatMap((object) => Object.values(object ?? {})).filter((value): value is string => typeof value === 'string');
}

/** The stable code of a refusal; '' when it has none. */
export function codeOf({ json }: WireAnswer): string {
  const code: unknown = typeof json === 'object' && json !== null && 'code' in json ? json.code : undefined;
  return typeof code === 'string' ? code : '';
}

type Talk = Pick<World, 'hub' | 'payer' | 'send' | 'request' | 'messageClaims'>;

function bankParticipant(bank: SandboxBank): Participant {
  return { id: bank.guid, jwk: bank.signKey };
}

async function messageClaims(bank: SandboxBank, order: OrderJson): Promise<Record<string, unknown>> {
  const [account] = bank.accounts;
  if (!account) throw new Error('the payer bank has no customer');
  const payer = { agentBic: bank.bic, name: account.name, taxNumber: account.taxId, iban: account.iban, phone: account.phone };
  return await buildPaymentMessage({ order, payer });
}

async function messageOf(talk: Talk, part: MessagePart & { order: OrderJson }): Promise<WireRequest> {
  const sender = part.sender ?? talk.payer;
  const token = tokenOf(sender, await talk.messageClaims(part.order), part.payload);
  const jwt = typeof token === 'string' ? token : '';
  const built = await talk.request({
    method: 'POST',
    path: part.path ?? `/api/v1/counterparty/${sender.id}/payment-message`,
    by: sender,
    ...(part.header ? { header: part.header } : {}),
    body: part.body ? part.body(jwt) : JSON.stringify({ jwt }),
  });
  if (part.contentType === undefined) return built;
  const { 'content-type': _, ...headers } = built.headers;
  return { ...built, headers: part.contentType === null ? headers : { ...headers, 'content-type': part.contentType } };
}

/** A request under a header token that is bound to it. */
async function requestOf({ method, path, by, header, body }: RequestPart, sender: Participant): Promise<WireRequest> {
  const binding = { audience: HUB_NAME, method, path, bodySha256: await bodySha256(body ?? '') };
  const token = tokenOf(by ?? sender, headerTokenClaims({ jti: randomUUID(), now: new Date(), binding }), header);
  const headers = {
    ...(token === null ? {} : { [HEADER_TOKEN_NAME]: token }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return { method, path, headers, ...(body === undefined ? {} : { body }) };
}

async function anOrder(talk: Talk, expiresAt = new Date(Date.now() + ORDER_LIFETIME_MS)): Promise<OrderJson> {
  const { orderId } = await talk.hub.createOrder({ expiresAt });
  const answer = await talk.send(await talk.request({ method: 'GET', path: `/api/v1/merchants/order/nbu/json?id=${orderId}` }));
  return orderJsonSchema.parse(answer.json);
}

async function spendOrders(talk: Talk & Pick<World, 'message'>): Promise<SpentOrders> {
  const { hub, send, message } = talk;
  const expired = await anOrder(talk, new Date(Date.now() + 120_000));
  await hub.advanceClock(180_000);
  const canceled = await anOrder(talk);
  await hub.graphql('mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } errors { code } } }', {
    input: { orderId: canceled.id, idempotencyKey: randomUUID() },
  });
  const exhausted = await anOrder(talk);
  await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse', times: ATTEMPTS_MAX });
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const { status } = await send(await message({ order: exhausted }));
    if (status !== 200) throw new Error(`attempt ${attempt} of an order that takes ${ATTEMPTS_MAX} was answered ${status}`);
    await hub.waitForOrder(exhausted.id, 'CREATED');
  }
  const paid = await anOrder(talk);
  const { json } = await send(await message({ order: paid }));
  await hub.waitForOrder(paid.id, 'SUCCESS');
  return { paid: { order: paid, holder: (json as { guid: string }).guid }, canceled, expired, exhausted }; // The guide's 200.
}

/**
 * More signing keys of the payer bank: one that was used and then retired by operations, one that is valid from tomorrow. The keys of
 * the published tokens become its keys as well.
 */
async function endedKeys({ hub, payer, send, request }: Talk): Promise<Pick<World, 'retired' | 'early'>> {
  const pair = await generateKeyPair('sign');
  const retired = { id: payer.id, jwk: { ...pair.privateJwk } };
  await registerKey(hub, payer.id, pair.publicJwk);
  const next = await generateKeyPair('sign');
  await registerKey(hub, payer.id, next.publicJwk, new Date(Date.now() + 86_400_000));
  for (const jwk of tokenVectors.keys) await registerKey(hub, payer.id, jwk);
  const path = `/api/v1/counterparty/${payer.id}/payment-message/${randomUUID()}`;
  const statusUnder = async (): Promise<number> => (await send(await request({ method: 'GET', path, by: retired }))).status;
  await waitFor(async () => (await statusUnder()) === 404, { timeoutMs: KEY_SEEN_MS });
  const retire = 'mutation ($input: ParticipantKeyRetireInput!) { participantKeyRetire(input: $input) { errors { code } } }';
  await hub.graphql(retire, { input: { kid: pair.kid, idempotencyKey: randomUUID() } }, hub.sandbox.ops.token);
  await waitFor(async () => (await statusUnder()) === 401, { timeoutMs: KEY_SEEN_MS });
  return { retired, early: { id: payer.id, jwk: { ...next.privateJwk } } };
}

async function registerKey(hub: HubUnderTest, participantId: string, jwk: { readonly use: string }, validFrom?: Date): Promise<void> {
  const add = 'mutation ($input: ParticipantKeyAddInput!) { participantKeyAdd(input: $input) { errors { code message } } }';
  const purpose = jwk.use === 'enc' ? 'ENCRYPT' : 'SIGN';
  const input = { participantId, jwk, purpose, validFrom: validFrom?.toISOString(), idempotencyKey: randomUUID() };
  const { data, errors } = await hub.graphql(add, { input }, hub.sandbox.ops.token);
  const problems = errors ?? data.participantKeyAdd.errors;
  if (problems.length > 0) throw new Error(`the key was not added: ${JSON.stringify(problems)}`);
}

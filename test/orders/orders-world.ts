import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { z } from 'zod';

import type { BusinessClock } from '../../kernel/runtime/clock.ts';
import { createLocalCommandClient, handleCommand, type CommandClient } from '../../kernel/runtime/command.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { createDirectoryHolder } from '../../kernel/runtime/directory.ts';
import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import type { Feed, LoggedEvent } from '../../kernel/runtime/event-log/feed.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import type { OutboundAnswer, OutboundClient } from '../../kernel/runtime/outbound.ts';
import { loadSecrets, type HubSecrets } from '../../kernel/runtime/secrets.ts';
import type { HttpResponse } from '../../kernel/runtime/service-host.ts';
import { createTokenSigner, signEd25519Token } from '../../kernel/runtime/signing.ts';
import { bodySha256 } from '../../protocol/digest.ts';
import { claimOrder } from '../../schema/commands/orders.ts';
import { claimOutcome } from '../../schema/commands/payments.ts';
import { DEFAULT_LIMITS, type BankEntry, type DirectoryKey, type DirectorySnapshot, type MerchantEntry } from '../../schema/directory.ts';
import { ENVELOPE_HEADER, INGRESS, type Envelope, type IngressOperation } from '../../schema/edge-envelope.ts';
import type { PaymentEventPayload } from '../../schema/events/payments.ts';
import { createOrdersSubgraph, type OrdersSubgraph } from '../../subgraphs/orders/index.ts';
import { testDatabase } from '../support/postgres.ts';

export const EDGE_URL = 'https://edge.example';
export const SHOP_URL = 'https://shop.example/thanks';
const START = new Date('2026-03-01T10:00:00.000Z');

/** A clock that moves only when a test moves it. */
export interface TestClock extends BusinessClock {
  set(instant: Date): void;
}

function testClock(): TestClock {
  let now = START;
  return {
    now: () => new Date(now),
    set: (instant) => void (now = instant),
    advance: async (milliseconds) => void (now = new Date(now.getTime() + milliseconds)),
    start: async () => {},
    stop: async () => {},
  };
}

/** What payments would publish: events that a test appends. */
export interface TestFeed extends Feed {
  append(type: 'PaymentSucceeded' | 'PaymentRejected', payload: Record<string, unknown>): void;
}

function testFeed(bell: { ring(): void }): TestFeed {
  const events: LoggedEvent[] = [];
  return {
    async read({ after, limit }) {
      return { floor: 0n, head: BigInt(events.length), events: events.filter((event) => event.position > after).slice(0, limit) };
    },
    append(type, payload) {
      events.push({
        position: BigInt(events.length + 1),
        subject: String(payload['paymentGuid']),
        version: 2,
        type,
        payload,
        at: START,
        hash: Buffer.alloc(32),
      });
      bell.ring();
    },
  };
}

type OutcomeAnswer = z.output<typeof claimOutcome.response>;
export interface Posted {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface OrdersWorld {
  readonly orders: OrdersSubgraph;
  readonly database: Database;
  readonly business: TestClock;
  readonly wall: TestClock;
  readonly feed: TestFeed;
  readonly secrets: HubSecrets;
  readonly receiver: BankEntry;
  readonly payer: BankEntry;
  readonly merchant: MerchantEntry;
  readonly otherMerchant: MerchantEntry;
  /** Replaces the directory's snapshot. */
  publish(change: (snapshot: DirectorySnapshot) => DirectorySnapshot): Promise<void>;
  /** The same, before anybody has looked: what the edge may know already. Gives its version. */
  announce(change: (snapshot: DirectorySnapshot) => DirectorySnapshot): number;
  signOrder(claims?: Record<string, unknown>, options?: { as?: MerchantEntry; kid?: string }): string;
  edge(operation: IngressOperation, request?: EdgeCall): Promise<HttpResponse>;
  /** Posts a signed order and gives the id of the answer. */
  create(claims?: Record<string, unknown>): Promise<string>;
  claim(orderId: string, change?: Partial<ClaimInput>): Promise<z.output<typeof claimOrder.response>>;
  succeed(orderId: string, paymentGuid: string): void;
  reject(orderId: string, paymentGuid: string, reason?: string): void;
  /** The row as it is. */
  state(orderId: string): Promise<Record<string, unknown> | undefined>;
  /** What payments answers when it is asked about a claim, and the questions so far. */
  answerOutcome(answer: (request: { paymentGuid: string }) => OutcomeAnswer): void;
  readonly outcomeQuestions: readonly { paymentGuid: string; orderId: string }[];
  answerPost(answer: (post: Posted) => OutboundAnswer | Promise<OutboundAnswer>): void;
  readonly posts: readonly Posted[];
  close(): Promise<void>;
}

export interface EdgeCall {
  readonly orderId?: string;
  readonly format?: string;
  readonly body?: string;
  /** Path and query as the edge received them. */
  readonly target?: string;
  readonly as?: Envelope['participant'];
  /** Spoils the envelope. */
  readonly envelope?: Partial<Envelope>;
  readonly header?: string;
}

type ClaimInput = z.input<typeof claimOrder.request>;

interface SigningKey {
  readonly entry: DirectoryKey;
  sign(kid: string, payload: object): string;
}

function signingKey(kid: string): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { kty, n, e } = publicKey.export({ format: 'jwk' });
  if (kty !== 'RSA' || !n || !e) throw new Error('not an RSA key');
  const segment = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    entry: {
      kid,
      jwk: { kty, n, e },
      purpose: 'BOTH',
      encryptionProfiles: ['dcm-2', 'dcm-1'],
      validFrom: '2026-01-01T00:00:00.000Z',
      validUntil: null,
      revokedFrom: null,
    },
    sign(usedKid, payload) {
      const input = `${segment({ alg: 'RS256', typ: 'JWT', kid: usedKid })}.${segment(payload)}`;
      return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`;
    },
  };
}

const NO_ROUTES = {
  payIn: null,
  payOut: null,
  credit: null,
  payRequest: null,
  aliasUpdated: null,
  linkCreditor: null,
  receiverData: null,
  grossSettlement: null,
  returnRequest: null,
};

function aBank(name: string, bic: string, key: SigningKey): BankEntry {
  return {
    guid: randomUUID(),
    bic,
    bankCodes: [bic],
    name,
    taxCode: '12345678',
    chargingAccount: 'UA213223130000026007233566001',
    email: 'bank@example.com',
    appScheme: null,
    logoUrl: null,
    routes: NO_ROUTES,
    keys: [key.entry],
    limits: DEFAULT_LIMITS,
    boundTokens: 'when-present',
    plainBodies: 'bound',
  };
}

function aMerchant(uid: string, bank: BankEntry, key: SigningKey): MerchantEntry {
  return {
    uid,
    name: `Shop <${uid}>`,
    taxNumber: '87654321',
    iban: 'UA761372924114433543273694797',
    mcc: 5719,
    bankGuid: bank.guid,
    callbackUrl: `https://shop.example/callback/${uid}?x=1`,
    redirectOrigins: ['https://shop.example'],
    logoUrl: 'https://shop.example/logo.svg',
    keys: [key.entry],
    limits: DEFAULT_LIMITS,
    boundTokens: 'when-present',
    plainBodies: 'bound',
  };
}

/** The orders subgraph over a database of its own, with a directory, an edge, payments and receivers that tests control. */
export async function openOrdersWorld(): Promise<OrdersWorld> {
  const server = await testDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'orders-'));
  const secrets = await loadSecrets(folder);
  const database = createDatabase({ url: server.url, schema: 'orders', applicationName: 'orders-test', poolMax: 12 });
  const [business, wall] = [testClock(), testClock()];
  const logger = createLogger({ level: 'silent', name: 'orders-test' });

  const merchantKey = signingKey('merchant-key');
  const otherKey = signingKey('other-merchant-key');
  const receiver = aBank('Receiver', '137292', signingKey('receiver-key'));
  const payer = aBank('Payer', '322313', signingKey('payer-key'));
  const merchant = aMerchant('m-1', receiver, merchantKey);
  const otherMerchant = aMerchant('m-2', receiver, otherKey);
  let snapshot: DirectorySnapshot = {
    version: 1,
    issuedAt: START.toISOString(),
    banks: [receiver, payer],
    merchants: [merchant, otherMerchant],
  };
  const directory = createDirectoryHolder({ pull: async (after) => (snapshot.version > after ? snapshot : null), logger });
  await directory.refresh();

  const paymentsBell = createBell();
  const feed = testFeed(paymentsBell);
  const outcomeQuestions: { paymentGuid: string; orderId: string }[] = [];
  let outcome: (request: { paymentGuid: string }) => OutcomeAnswer = () => ({ state: 'PENDING', reason: null });
  const payments: CommandClient = createLocalCommandClient([
    handleCommand(claimOutcome, async (request) => {
      outcomeQuestions.push({ paymentGuid: request.paymentGuid, orderId: request.orderId });
      return outcome(request);
    }),
  ]);

  const posts: Posted[] = [];
  let answer: (post: Posted) => OutboundAnswer | Promise<OutboundAnswer> = () => answered(200);
  const outbound: OutboundClient = {
    async post({ url, headers, body }) {
      posts.push({ url, headers, body });
      return await answer({ url, headers, body });
    },
    get: () => Promise.reject(new Error('orders gets nothing')),
    close: async () => {},
  };
  const [hubSecret] = secrets.hubSigning;
  const [envelopeSecret] = secrets.envelope;
  if (!hubSecret || !envelopeSecret) throw new Error('no secrets');

  const orders = createOrdersSubgraph({
    database,
    clock: wall,
    businessClock: business,
    ids: createIdSource({ now: () => new Date() }),
    logger,
    metrics: createMetrics({ processMetrics: false }),
    secrets,
    settings: { publicEdgeUrl: EDGE_URL, sweepEveryMs: 3_600_000 },
    directory,
    payments,
    paymentsFeed: feed,
    paymentsBell,
    outbound,
    signer: createTokenSigner(hubSecret),
  });
  await orders.start();
  const claims = createLocalCommandClient(orders.commands);

  const signOrder: OrdersWorld['signOrder'] = (change = {}, { as = merchant, kid } = {}) => {
    const iat = Math.floor(wall.now().getTime() / 1000);
    const full = {
      sub: as.uid,
      iat,
      exp: iat + 900,
      amt: 1500.75,
      cur: 'UAH',
      ref: randomUUID(),
      prp: 'Two lamps',
      url: SHOP_URL,
      ...change,
    };
    const key = as.uid === merchant.uid ? merchantKey : otherKey;
    return key.sign(kid ?? key.entry.kid, full);
  };

  const edge: OrdersWorld['edge'] = async (operation, call = {}) => {
    const { method, path: route } = INGRESS[operation];
    const body = Buffer.from(call.body ?? '');
    const envelope: Envelope = {
      eventId: randomUUID(),
      mode: 'through',
      operation,
      method,
      target: call.target ?? `/api?id=${call.orderId ?? ''}`,
      participant: call.as === undefined ? { kind: 'merchant', id: merchant.uid, kid: 'merchant-key' } : call.as,
      bodySha256: await bodySha256(body),
      directoryVersion: 1,
      receivedAt: wall.now().toISOString(),
      sentAt: wall.now().toISOString(),
      paymentGuid: null,
      ...call.envelope,
    };
    const query = new URLSearchParams({
      ...(call.orderId === undefined ? {} : { id: call.orderId }),
      ...(call.format ? { format: call.format } : {}),
    });
    const target = `${route}?${query.toString()}`;
    const found = orders.routes.find((candidate) => candidate.method === method && candidate.path === route);
    if (!found) throw new Error(`no route for ${operation}`);
    return await found.handle({
      method,
      url: new URL(`http://hub${target}`),
      target,
      params: {},
      headers: { [ENVELOPE_HEADER]: call.header ?? signEd25519Token(envelopeSecret, JSON.stringify(envelope)) },
      body,
      requestId: 'test-request',
    });
  };

  const paymentFacts = (orderId: string, paymentGuid: string) => ({
    paymentGuid,
    pmType: 'trade',
    orderId,
    merchantUid: merchant.uid,
    initiatorBankGuid: payer.guid,
    receiverBankGuid: receiver.guid,
    externalId: 'x-1',
    amountMinor: '150075',
    currency: 'UAH',
  });

  return {
    orders,
    database,
    business,
    wall,
    feed,
    secrets,
    receiver,
    payer,
    merchant,
    otherMerchant,
    outcomeQuestions,
    posts,
    signOrder,
    edge,
    announce(change) {
      snapshot = { ...change(snapshot), version: snapshot.version + 1 };
      return snapshot.version;
    },
    async publish(change) {
      snapshot = { ...change(snapshot), version: snapshot.version + 1 };
      await directory.refresh();
    },
    async create(change) {
      const created = await edge('order-create', { body: JSON.stringify({ jwt: signOrder(change) }) });
      if (created.status !== 200) throw new Error(`not created: ${String(created.body)}`);
      return String(bodyOf(created)['id']);
    },
    claim: (orderId, change = {}) =>
      claims(claimOrder, {
        orderId,
        paymentGuid: randomUUID(),
        initiatorBankGuid: payer.guid,
        paymentExternalId: 'x-1',
        amountMinor: '150075',
        currency: 'UAH',
        creditorAccount: merchant.iban,
        creditorAgentBic: receiver.bic,
        debtorAccount: 'UA213223130000026007233566001',
        ...change,
      }),
    succeed: (orderId, paymentGuid) =>
      feed.append('PaymentSucceeded', {
        ...paymentFacts(orderId, paymentGuid),
        debtorAccount: 'UA213223130000026007233566001',
        creditorAccount: merchant.iban,
        purpose: 'Two lamps',
        succeededAt: START.toISOString(),
      } satisfies Record<keyof PaymentEventPayload<'PaymentSucceeded'>, unknown>),
    reject: (orderId, paymentGuid, reason = 'refused') =>
      feed.append('PaymentRejected', {
        ...paymentFacts(orderId, paymentGuid),
        rejectedAt: START.toISOString(),
        reasonCode: 'MERCHANT_REFUSED',
        reason,
      } satisfies Record<keyof PaymentEventPayload<'PaymentRejected'>, unknown>),
    async state(orderId) {
      const { rows } = await database.pool.query<Record<string, unknown>>('select * from orders where order_id = $1', [orderId]);
      return rows[0];
    },
    answerOutcome: (next) => void (outcome = next),
    answerPost: (next) => void (answer = next),
    async close() {
      await orders.stop();
      await database.close();
      await server.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function answered(status: number, headers: Record<string, string> = {}): OutboundAnswer {
  return { kind: 'answered', status, headers, body: '', bodySha256: EMPTY_SHA256, durationMs: 1 };
}

export function bodyOf(response: HttpResponse): Record<string, unknown> {
  return JSON.parse(String(response.body)) as Record<string, unknown>; // Tests look at members one by one.
}

/** SHA-256 of zero bytes, base64url. */
const EMPTY_SHA256 = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

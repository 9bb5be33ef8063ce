import { createHash, randomUUID } from 'node:crypto';

import { pino } from 'pino';

import { createBusinessClock } from '../../../kernel/runtime/clock.ts';
import { createLocalCommandClient } from '../../../kernel/runtime/command.ts';
import { createDatabase, type Database } from '../../../kernel/runtime/database.ts';
import { createIdSource } from '../../../kernel/runtime/id-source.ts';
import { createMetrics } from '../../../kernel/runtime/metrics.ts';
import { createOutboundClient, type OutboundClient } from '../../../kernel/runtime/outbound.ts';
import type { HttpResponse } from '../../../kernel/runtime/service-host.ts';
import { createTokenSigner, signEd25519Token } from '../../../kernel/runtime/signing.ts';
import type { Subgraph } from '../../../kernel/runtime/subgraph.ts';
import { paymentGuid } from '../../../protocol/payment-guid.ts';
import { claimOutcome } from '../../../schema/commands/payments.ts';
import { type Envelope, ENVELOPE_HEADER, INGRESS, type IngressOperation } from '../../../schema/edge-envelope.ts';
import type { KillSwitch } from '../../../subgraphs/payments/app/kill-points.ts';
import { createPaymentsSubgraph, type PaymentsSettings } from '../../../subgraphs/payments/index.ts';
import { testDatabase, type TestDatabase } from '../../support/postgres.ts';
import { FakeOrders } from './fake-orders.ts';
import { FakeTime } from './fake-time.ts';
import { FakeDirectory, makeParties, MERCHANT_ACCOUNT, PAYER_ACCOUNT, type TestBank, type TestParties } from './parties.ts';
import { Receivers } from './receivers.ts';

/** A payment message on its way: the body as the edge read it, and what the edge says about it. */
export interface Message {
  readonly guid: string;
  readonly orderId: string;
  readonly body: string;
  readonly sender: string;
  readonly receivedAt: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** For tests in which a receiver says nothing: long enough for a busy machine, short enough to wait for. */
export const IMPATIENT = { tryTimeoutMs: 300 };

/** One process of payments over the database of the test. */
export interface Hub {
  readonly subgraph: Subgraph;
  stop(): Promise<void>;
  /** The process is gone: what it was doing stops where it is, and it sends nothing and looks at nothing any more. */
  die(): void;
}

/**
 * Payments with everything around it: real Postgres, real signatures and HTTP, fake orders, directory and time. Several hubs may run
 * over one database, as several processes do.
 */
export class PaymentsWorld {
  readonly time = new FakeTime();
  /** How far business time is ahead, as the sandbox may have it. */
  businessLeadMs = 0;
  readonly parties: TestParties = makeParties();
  readonly receivers = new Receivers();
  readonly directory = new FakeDirectory();
  /** Of all hubs together. */
  readonly metrics = createMetrics({ processMetrics: false });
  orders: FakeOrders;
  database: Database;
  readonly #testDatabase: TestDatabase;
  readonly #outbound: OutboundClient = createOutboundClient({ sandbox: { host: '127.0.0.1' }, perReceiverMax: 512 });
  readonly #hubs = new Set<Hub>();
  #jti = 0;
  #auditedBefore = 0;

  private constructor(database: TestDatabase) {
    this.#testDatabase = database;
    this.database = this.#connect('payments-test');
    this.orders = this.#newOrders('');
  }

  static async open(): Promise<PaymentsWorld> {
    const world = new PaymentsWorld(await testDatabase());
    await world.receivers.listen();
    world.#register();
    return world;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hubs].map((hub) => hub.stop()));
    await this.#outbound.close();
    this.receivers.close();
    await this.database.close();
    await this.#testDatabase.drop();
  }

  /** Stops every hub, and forgets what receivers and orders were told and have seen. The record stays. */
  async reset(): Promise<void> {
    await Promise.all([...this.#hubs].map((hub) => hub.stop()));
    this.receivers.reset();
    this.#register();
    await this.database.pool
      .query('truncate payment, payment_message, delivery, delivery_payload, attempt, refused_message, idempotency_record, parked_message')
      .catch(() => undefined); // The first test has no tables yet.
    this.#auditedBefore = (await this.#auditEntries().catch(() => [])).length;
  }

  /** The audit log since the last reset; it cannot be emptied. */
  async audited(): Promise<readonly { actor: { id: string }; action: string; target: { kind: string; id: string }; details: object }[]> {
    const entries = await this.#auditEntries();
    return entries.slice(this.#auditedBefore).map(({ entry }) => JSON.parse(entry) as never); // As it was written.
  }

  async #auditEntries(): Promise<readonly { readonly entry: string }[]> {
    return (await this.database.pool.query<{ entry: string }>('select entry from audit_entry order by sequence')).rows;
  }

  async hub(o: { kill?: KillSwitch; settings?: Partial<PaymentsSettings> } = {}): Promise<Hub> {
    const clock = { now: this.time.now };
    const life = { over: false };
    const outbound = {
      ...this.#outbound,
      post: (...call: Parameters<OutboundClient['post']>) => (life.over ? NEVER : this.#outbound.post(...call)),
    };
    const timers = { after: (milliseconds: number, call: () => void) => this.time.after(milliseconds, () => life.over || call()) };
    const database = this.#connect('payments-hub');
    const subgraph = createPaymentsSubgraph({
      database,
      clock,
      businessClock: {
        ...createBusinessClock({ pool: database.pool, wallClock: clock }),
        now: () => new Date(this.time.now().getTime() + this.businessLeadMs),
      },
      ids: createIdSource(clock),
      logger: pino({ level: 'silent' }),
      metrics: this.metrics,
      secrets: this.parties.secrets,
      settings: { issuer: 'hub', publicEdgeUrl: 'http://edge', sweepMs: 5_000, tryTimeoutMs: 10_000, ...o.settings },
      directory: this.directory,
      orders: (contract, request) => this.orders.client(contract, request),
      aliases: createLocalCommandClient([]),
      outbound,
      signer: createTokenSigner(firstOf(this.parties.secrets.hubSigning)),
      timers,
      ...(o.kill ? { kill: o.kill } : {}),
    });
    await subgraph.start();
    const hub: Hub = {
      subgraph,
      die: () => {
        life.over = true;
        this.#hubs.delete(hub);
      },
      stop: async () => {
        if (!this.#hubs.delete(hub)) return;
        await subgraph.stop();
        await database.close();
      },
    };
    this.#hubs.add(hub);
    return hub;
  }

  /** A signed message of the payer's bank. What is not said is as it should be. */
  async message(o: { jti?: string; orderId?: string; from?: TestBank; claims?: Record<string, unknown> } = {}): Promise<Message> {
    const from = o.from ?? this.parties.initiator;
    const jti = o.jti ?? `jti-${(this.#jti += 1)}-${randomUUID()}`;
    const orderId = o.orderId ?? randomUUID();
    const created = new Date(this.time.now().getTime() + 2 * 3_600_000 - 60_000).toISOString();
    const claims = {
      jti,
      payment_message_external_id: `ext-${jti}`,
      amount: 1500.75,
      currency: 'UAH',
      debtor_agent_bic: this.parties.initiator.entry.bic,
      debtor: { debtor_name: ciphertext(40), debtor_id: ciphertext(26), debtor_account: PAYER_ACCOUNT, debtor_phone: '+380501234567' },
      creditor_agent_bic: this.parties.receiver.entry.bic,
      creditor: { creditor_name: ciphertext(40), creditor_id: ciphertext(24), creditor_account: MERCHANT_ACCOUNT },
      order_id: orderId,
      purpose: 'Order A-17',
      msg_creation_date: created.slice(0, 10),
      msg_creation_time: created.slice(11, 19),
      pm_type: 'trade',
      sender_account_type: 'limit-related',
      encryption: { nonce: ciphertext(12), encrypted_key: ciphertext(256) },
      ...o.claims,
    };
    const jwt = await from.signer.sign(JSON.stringify(claims));
    return {
      guid: await paymentGuid(this.parties.initiator.entry.guid, jti),
      orderId,
      body: JSON.stringify({ jwt }),
      sender: this.parties.initiator.entry.guid,
      receivedAt: this.time.now().toISOString(),
    };
  }

  /** Hands a message over as the edge does. */
  async send(
    hub: Hub,
    message: Message,
    o: { mode?: Envelope['mode']; envelope?: Partial<Envelope>; body?: string; operation?: 'payment-message' | 'p2p-payment-message' } = {},
  ): Promise<Answer> {
    const body = Buffer.from(o.body ?? message.body);
    return await this.#call(
      hub,
      o.operation ?? 'payment-message',
      body,
      {},
      { mode: o.mode ?? 'answer', ...messageFacts(message, Buffer.from(message.body)), ...o.envelope },
    );
  }

  /** A signed request of a bank about an order between people, as the edge hands it over. */
  async post(hub: Hub, operation: 'p2p-order-create' | 'pay-request-create', bank: TestBank, claims: object): Promise<Answer> {
    const body = Buffer.from(JSON.stringify({ jwt: await bank.signer.sign(JSON.stringify(claims)) }));
    const facts = {
      mode: 'through',
      eventId: randomUUID(),
      paymentGuid: null,
      participant: { kind: 'bank', id: bank.entry.guid, kid: 'any' },
      bodySha256: sha256(body),
      receivedAt: this.time.now().toISOString(),
    } as const;
    return await this.#call(hub, operation, body, {}, facts);
  }

  async status(hub: Hub, guid: string, bankGuid = this.parties.initiator.entry.guid): Promise<Answer> {
    return await this.read(hub, 'payment-message-status', { guid }, bankGuid);
  }

  /** What a bank reads, as the edge hands the question over. */
  async read(
    hub: Hub,
    operation: IngressOperation,
    query: Record<string, string>,
    bankGuid = this.parties.initiator.entry.guid,
  ): Promise<Answer> {
    const empty = Buffer.alloc(0);
    const facts = {
      mode: 'through',
      eventId: randomUUID(),
      paymentGuid: null,
      participant: { kind: 'bank', id: bankGuid, kid: 'any' },
      bodySha256: sha256(empty),
      receivedAt: this.time.now().toISOString(),
    } as const;
    return await this.#call(hub, operation, empty, query, facts);
  }

  /** What the edge says of its parked messages, as it says it. */
  async report(hub: Hub, messages: readonly unknown[], envelope: Partial<Envelope> = {}): Promise<Answer> {
    const body = Buffer.from(JSON.stringify({ messages }));
    const facts = { mode: 'through', eventId: randomUUID(), paymentGuid: null, participant: null } as const;
    return await this.#call(
      hub,
      'parked-messages',
      body,
      {},
      { ...facts, bodySha256: sha256(body), receivedAt: this.time.now().toISOString(), ...envelope },
    );
  }

  async claimOutcome(hub: Hub, message: Message): Promise<{ state: string; reason: string | null }> {
    const request = { paymentGuid: message.guid, orderId: message.orderId, initiatorBankGuid: message.sender };
    return await createLocalCommandClient(hub.subgraph.commands)(claimOutcome, request);
  }

  /** Orders are received by this bank from now on. */
  useReceiverBank(guid: string): void {
    this.orders = this.#newOrders(this.receivers.address('merchant', 'callback?shop=1'), guid);
  }

  async rows<Row extends object>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return (await this.database.pool.query<Row>(sql, values)).rows;
  }

  async state(guid: string): Promise<string | undefined> {
    return (await this.rows<{ state: string }>('select state from payment where guid = $1', guid))[0]?.state;
  }

  /** `callback type: state` of every delivery, in order. */
  async deliveries(guid: string): Promise<string[]> {
    const rows = await this.rows<{ callback_type: string; state: string }>(
      'select callback_type, state from delivery where payment_guid = $1 order by sequence',
      guid,
    );
    return rows.map(({ callback_type, state }) => `${callback_type}: ${state}`);
  }

  async settled(guid: string): Promise<boolean> {
    const rows = await this.deliveries(guid);
    return rows.length > 0 && rows.every((row) => !row.endsWith('WAITING'));
  }

  /** Lets the payment run to its end, moving time for its retries. */
  async untilSettled(guid: string): Promise<void> {
    await this.until(() => this.settled(guid));
  }

  /** Moves time until the condition holds, never while a try is under way. */
  async until<T>(condition: () => T | Promise<T>): Promise<void> {
    const leased = "select 1 from delivery where state = 'WAITING' and lease_token is not null";
    await this.time.until(condition, { quiet: async () => (await this.rows(leased)).length === 0 });
  }

  async events(guid: string): Promise<string[]> {
    const rows = await this.rows<{ type: string }>(
      `select type from (select type, version from event_log where subject = $1 union all select type, version from event_outbox where subject = $1) e
       order by version`,
      guid,
    );
    return rows.map(({ type }) => type);
  }

  #register(): void {
    const { initiator, receiver } = this.parties;
    this.directory.pull = () => {};
    this.businessLeadMs = 0;
    this.directory.set([
      { ...initiator.entry, routes: { ...initiator.entry.routes, payOut: this.receivers.address('initiator', 'pay-out') } },
      {
        ...receiver.entry,
        routes: {
          ...receiver.entry.routes,
          payIn: this.receivers.address('receiver', 'pay-in'),
          credit: this.receivers.address('receiver', 'credit'),
        },
      },
    ]);
    this.orders = this.#newOrders(this.receivers.address('merchant', 'callback?shop=1'));
  }

  #newOrders(merchantCallbackUrl: string, receiverBankGuid = this.parties.receiver.entry.guid): FakeOrders {
    return new FakeOrders({ receiverBankGuid, merchantUid: this.parties.merchantUid, merchantCallbackUrl });
  }

  #connect(applicationName: string): Database {
    return createDatabase({ url: this.#testDatabase.url, schema: 'payments', applicationName, poolMax: 4 });
  }

  async #call(
    hub: Hub,
    operation: IngressOperation,
    body: Buffer,
    query: Record<string, string>,
    facts: Partial<Envelope>,
  ): Promise<Answer> {
    const { method, path } = INGRESS[operation];
    const route = hub.subgraph.routes.find((one) => one.path === path);
    if (!route) throw new Error(`no route ${path}`);
    const target = `${path}?${new URLSearchParams(query).toString()}`;
    const envelope = {
      operation,
      method,
      target: ['/api/v1/counterparty', this.parties.initiator.entry.guid, 'payment-message', ...Object.values(query)].join('/'),
      directoryVersion: 1,
      sentAt: this.time.now().toISOString(),
      ...facts,
    };
    const token = signEd25519Token(firstOf(this.parties.secrets.envelope), JSON.stringify(envelope));
    const url = new URL(`http://hub${target}`);
    return answerOf(
      await route.handle({ method, url, target, params: {}, headers: { [ENVELOPE_HEADER]: token }, body, requestId: randomUUID() }),
    );
  }
}

const NEVER = new Promise<never>(() => {});

function messageFacts(
  message: Message,
  body: Buffer,
): Omit<Envelope, 'mode' | 'operation' | 'method' | 'target' | 'directoryVersion' | 'sentAt'> {
  return {
    eventId: message.guid,
    paymentGuid: message.guid,
    participant: { kind: 'bank', id: message.sender, kid: 'any' },
    bodySha256: sha256(body),
    receivedAt: message.receivedAt,
  };
}

function answerOf(response: HttpResponse): Answer {
  const text = String(response.body);
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : {}; // Some answers of p2p are tokens.
  return { status: response.status, body: body as Record<string, unknown> }; // Every JSON answer of these routes is an object.
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

function ciphertext(bytes: number): string {
  return Buffer.alloc(bytes, 5).toString('base64');
}

function firstOf<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('the list is empty');
  return first;
}

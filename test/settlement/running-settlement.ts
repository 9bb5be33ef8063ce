import { randomUUID } from 'node:crypto';

import { graphql } from 'graphql';

import type { MailSettings } from '../../kernel/mail/mail-settings.ts';
import { createBusinessClock, wallClock, type BusinessClock } from '../../kernel/runtime/clock.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { createDirectoryHolder } from '../../kernel/runtime/directory.ts';
import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import { eventLogTrace } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP, eventLogMigrationSql } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createFeed, type Feed } from '../../kernel/runtime/event-log/feed.ts';
import { insertEvents, type OutboxEvent } from '../../kernel/runtime/event-log/outbox.ts';
import { createRelay } from '../../kernel/runtime/event-log/relay.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import type { HubSecrets } from '../../kernel/runtime/secrets.ts';
import { rawToken } from '../../protocol/vectors/raw-token.ts';
import { vectorJwk } from '../../protocol/vectors/vector-keys.ts';
import type { Caller } from '../../schema/caller.ts';
import type { PaymentEventPayload } from '../../schema/events/payments.ts';
import type { KillSwitch } from '../../subgraphs/settlement/app/kill-points.ts';
import { createSettlementSubgraph, type SettlementSubgraph } from '../../subgraphs/settlement/index.ts';
import { testDatabase } from '../support/postgres.ts';
import { BANK_A, BANK_B, DIRECTORY } from './directory.ts';
import { waitFor } from '../support/wait-for.ts';

export const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
export const bankCaller = (bankGuid: string): Caller => ({ kind: 'bank', bankGuid, keyId: 'k' });

export type Succeeded = PaymentEventPayload<'PaymentSucceeded'>;

/** The facts of a payment that succeeded, as payments publishes them. */
export function aSucceededPayment(facts: Partial<Succeeded> = {}): Succeeded {
  return {
    paymentGuid: randomUUID(),
    pmType: 'trade',
    orderId: null,
    merchantUid: null,
    initiatorBankGuid: BANK_A,
    receiverBankGuid: BANK_B,
    externalId: 'external',
    amountMinor: '150075',
    currency: 'UAH',
    debtorAccount: 'UA1',
    creditorAccount: 'UA2',
    purpose: 'goods',
    succeededAt: '2026-03-01T10:00:00.000Z',
    ...facts,
  };
}

const NO_MAIL: MailSettings = { smtpUrl: null, from: 'hub@hub.example', linkBase: null, brandName: 'Hub' };

/** Nothing here comes from the edge. */
const NO_SECRETS: HubSecrets = { hubSigning: [], edgeSigning: [], envelope: [], directory: [], internal: [], cursor: [] };

/** A callback as it left: what its token says, and where it went. */
export interface SentCallback {
  readonly url: string;
  readonly payload: Record<string, unknown>;
}

/** Takes every callback. */
function recordingOutbound(sent: SentCallback[]): OutboundClient {
  const unused = (): never => {
    throw new Error('settlement only posts');
  };
  return {
    async post({ url, body }) {
      const { jwt } = JSON.parse(body) as { jwt: string }; // written by the hub
      sent.push({
        url,
        payload: JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>,
      });
      return { kind: 'answered', status: 200, headers: {}, body: '', bodySha256: '', durationMs: 1 };
    },
    get: unused,
    close: async () => {},
  };
}

/** Business time that stands still until it is set. */
function fixedClock(at: Date): BusinessClock & { set(iso: string): void } {
  let now = at;
  return {
    now: () => now,
    start: async () => {},
    stop: async () => {},
    advance: async (milliseconds) => void (now = new Date(now.getTime() + milliseconds)),
    set: (iso) => void (now = new Date(iso)),
  };
}

/** Settlement over a database of its own, and the log of payments that it books from. */
export interface RunningSettlement {
  readonly subgraph: SettlementSubgraph;
  readonly database: Database;
  /** For processes of their own. */
  readonly databaseUrl: string;
  /** Callbacks that left, in order. */
  readonly sent: readonly SentCallback[];
  /** Sets business time, for a settlement that was started `at` a time. */
  setTime(iso: string): void;
  /** Publishes events in the payments log. */
  publish(...events: readonly Omit<OutboxEvent, 'audience' | 'at' | 'version'>[]): Promise<void>;
  succeed(...payments: readonly Succeeded[]): Promise<void>;
  /** Waits until so many ledger transactions exist. */
  booked(count: number): Promise<void>;
  count(table: string): Promise<number>;
  ask(source: string, variables?: object, caller?: Caller): Promise<Record<string, unknown>>;
  /** A second settlement over the same database, as another process would run it. */
  another(o?: { kill?: KillSwitch }): SettlementSubgraph;
  stop(): Promise<void>;
}

export interface SettlementOptions {
  readonly bookEveryMs?: number;
  readonly started?: boolean;
  /** Where mails go; without it they wait. */
  readonly mail?: Partial<MailSettings>;
  /** The log of participants; without it, there is nothing in it. */
  readonly participantsFeed?: Feed;
  /** Business time; without it, the database's. */
  readonly at?: string;
}

export async function startSettlement(o: SettlementOptions = {}): Promise<RunningSettlement> {
  const testing = await testDatabase();
  const logger = createLogger({ level: 'fatal', name: 'test' });
  const payments = createDatabase({ url: testing.url, schema: 'payments', applicationName: 'test' });
  const database = createDatabase({ url: testing.url, schema: 'settlement', applicationName: 'test' });
  await migrate(payments, [{ name: 'log', sql: eventLogMigrationSql('payments') }, EVENT_LOG_UPKEEP, eventLogTrace('payments')]);
  const paymentsBell = createBell();
  const relay = createRelay({ database: payments, logName: 'payments', bell: paymentsBell, logger });
  await relay.start();
  const fixed = o.at === undefined ? null : fixedClock(new Date(o.at));
  const businessClock = fixed ?? createBusinessClock({ pool: database.pool, wallClock });
  const directory = createDirectoryHolder({ pull: async (after) => (after < 1 ? DIRECTORY : null), logger });
  await directory.start();
  const sent: SentCallback[] = [];
  const outbound = recordingOutbound(sent);
  const create = (more: { kill?: KillSwitch } = {}) =>
    createSettlementSubgraph({
      database,
      clock: wallClock,
      businessClock,
      ids: createIdSource(wallClock),
      logger,
      metrics: createMetrics({ processMetrics: false }),
      secrets: NO_SECRETS,
      settings: { issuer: 'dcm-hub', bookEveryMs: o.bookEveryMs ?? 0, timetable: 'by hand', mail: { ...NO_MAIL, ...o.mail } },
      directory,
      outbound,
      signer: { kid: vectorJwk('hub').kid, sign: (payload) => rawToken({ signer: 'hub', payload }) },
      paymentsFeed: createFeed({ database: payments, logName: 'payments' }),
      paymentsBell,
      participantsFeed: o.participantsFeed ?? { read: async () => ({ floor: 0n, head: 0n, events: [] }) },
      participantsBell: createBell(),
      ...more,
    });
  const subgraph = create();
  const others: SettlementSubgraph[] = [];
  if (o.started ?? true) await subgraph.start();
  const running: RunningSettlement = {
    subgraph,
    database,
    databaseUrl: testing.url,
    sent,
    setTime(iso) {
      if (!fixed) throw new Error('this settlement keeps the time of the database');
      fixed.set(iso);
    },
    async publish(...events) {
      await payments.transaction((client) =>
        insertEvents(
          client,
          events.map((event) => ({ audience: [], version: 1, at: new Date(), ...event })),
        ),
      );
      relay.poke();
    },
    succeed: (...succeeded) =>
      running.publish(...succeeded.map((payload) => ({ subject: payload.paymentGuid, type: 'PaymentSucceeded', payload }))),
    booked: async (count) => void (await waitFor(async () => (await running.count('ledger_transaction')) >= count, { timeoutMs: 20_000 })),
    async count(table) {
      const { rows } = await database.pool.query<{ n: bigint }>(`select count(*) as n from ${table}`);
      return Number(rows[0]?.n ?? 0n);
    },
    async ask(source, variables = {}, caller = OPERATIONS) {
      const contextValue = subgraph.contextFor({ caller, requestId: 'test' });
      const { data, errors } = await graphql({ schema: subgraph.schema, source, variableValues: { ...variables }, contextValue });
      if (errors?.[0]) throw errors[0];
      return JSON.parse(JSON.stringify(data)) as Record<string, unknown>; // what a client would read
    },
    another(more) {
      const other = create(more);
      others.push(other);
      return other;
    },
    async stop() {
      for (const each of [subgraph, ...others]) await each.stop();
      await directory.stop();
      await relay.stop();
      await Promise.all([payments.close(), database.close()]);
      await testing.drop();
    },
  };
  return running;
}

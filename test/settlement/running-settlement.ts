import { randomUUID } from 'node:crypto';

import { graphql } from 'graphql';

import { createBusinessClock, wallClock } from '../../kernel/runtime/clock.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { createDirectoryHolder } from '../../kernel/runtime/directory.ts';
import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import { eventLogTrace } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP, eventLogMigrationSql } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createFeed } from '../../kernel/runtime/event-log/feed.ts';
import { insertEvents, type OutboxEvent } from '../../kernel/runtime/event-log/outbox.ts';
import { createRelay } from '../../kernel/runtime/event-log/relay.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import type { HubSecrets } from '../../kernel/runtime/secrets.ts';
import type { Caller } from '../../schema/caller.ts';
import type { PaymentEventPayload } from '../../schema/events/payments.ts';
import { createSettlementSubgraph, type SettlementSubgraph } from '../../subgraphs/settlement/index.ts';
import { testDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

export const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
export const bankCaller = (bankGuid: string): Caller => ({ kind: 'bank', bankGuid, keyId: 'k' });

export const BANK_A = '01890000-0000-7000-8000-00000000000a';
export const BANK_B = '01890000-0000-7000-8000-00000000000b';
export const BANK_C = '01890000-0000-7000-8000-00000000000c';

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

/** Settlement signs nothing. */
const NO_SECRETS: HubSecrets = { hubSigning: [], edgeSigning: [], envelope: [], directory: [], internal: [], cursor: [] };

/** Settlement over a database of its own, and the log of payments that it books from. */
export interface RunningSettlement {
  readonly subgraph: SettlementSubgraph;
  readonly database: Database;
  /** Publishes events in the payments log. */
  publish(...events: readonly Omit<OutboxEvent, 'audience' | 'at' | 'version'>[]): Promise<void>;
  succeed(...payments: readonly Succeeded[]): Promise<void>;
  /** Waits until so many ledger transactions exist. */
  booked(count: number): Promise<void>;
  count(table: string): Promise<number>;
  ask(source: string, variables?: object, caller?: Caller): Promise<Record<string, unknown>>;
  /** A second settlement over the same database, as another process would run it. */
  another(): SettlementSubgraph;
  stop(): Promise<void>;
}

export async function startSettlement(o: { bookEveryMs?: number; started?: boolean } = {}): Promise<RunningSettlement> {
  const testing = await testDatabase();
  const logger = createLogger({ level: 'fatal', name: 'test' });
  const payments = createDatabase({ url: testing.url, schema: 'payments', applicationName: 'test' });
  const database = createDatabase({ url: testing.url, schema: 'settlement', applicationName: 'test' });
  await migrate(payments, [{ name: 'log', sql: eventLogMigrationSql('payments') }, EVENT_LOG_UPKEEP, eventLogTrace('payments')]);
  const paymentsBell = createBell();
  const relay = createRelay({ database: payments, logName: 'payments', bell: paymentsBell, logger });
  await relay.start();
  const businessClock = createBusinessClock({ pool: database.pool, wallClock });
  const create = () =>
    createSettlementSubgraph({
      database,
      clock: wallClock,
      businessClock,
      ids: createIdSource(wallClock),
      logger,
      metrics: createMetrics({ processMetrics: false }),
      secrets: NO_SECRETS,
      settings: { bookEveryMs: o.bookEveryMs ?? 0 },
      directory: createDirectoryHolder({ pull: async () => null, logger }),
      paymentsFeed: createFeed({ database: payments, logName: 'payments' }),
      paymentsBell,
    });
  const subgraph = create();
  const others: SettlementSubgraph[] = [];
  if (o.started ?? true) await subgraph.start();
  const running: RunningSettlement = {
    subgraph,
    database,
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
    another() {
      const other = create();
      others.push(other);
      return other;
    },
    async stop() {
      for (const each of [subgraph, ...others]) await each.stop();
      await relay.stop();
      await Promise.all([payments.close(), database.close()]);
      await testing.drop();
    },
  };
  return running;
}

import { createHash } from 'node:crypto';

import { createAuditReads } from '../../kernel/runtime/audit-log.ts';
import type { Database } from '../../kernel/runtime/database.ts';
import type { RefreshableDirectory } from '../../kernel/runtime/directory.ts';
import { createEdgeRoutes } from '../../kernel/runtime/edge-request.ts';
import type { MailRunner } from '../../kernel/mail/mail-runner.ts';
import type { MailSettings } from '../../kernel/mail/mail-settings.ts';
import type { Bell } from '../../kernel/runtime/event-log/bell.ts';
import { createConsumer } from '../../kernel/runtime/event-log/consumer.ts';
import { eventLogTrace } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createEventLog } from '../../kernel/runtime/event-log/event-log.ts';
import type { Feed } from '../../kernel/runtime/event-log/feed.ts';
import { createKeyForgetting } from '../../kernel/runtime/idempotency.ts';
import { createJobTimetable, type JobTimetable } from '../../kernel/runtime/job-timetable.ts';
import { migrate, type MigrationList } from '../../kernel/runtime/migrations.ts';
import { createOrm } from '../../kernel/runtime/orm.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import { databaseReadiness } from '../../kernel/runtime/readiness.ts';
import type { TokenSigner } from '../../kernel/runtime/signing.ts';
import type { CommonParts, Subgraph } from '../../kernel/runtime/subgraph.ts';
import { type AuditedCallbacks, createCallbackOperations, createCallbackReads } from '../../kernel/wire/callback-operations.ts';
import { createCallbackRunner } from '../../kernel/wire/callback-runner.ts';
import { createCallbackStore } from '../../kernel/wire/callback-store.ts';
import { createMessageVerifier } from '../../kernel/wire/message-signature.ts';
import { BOOKED_EVENT } from './app/book-payments.ts';
import { type KillSwitch, NO_KILLS } from './app/kill-points.ts';
import type { Once } from './app/operations.ts';
import type { SettleDeps } from './app/settle-register.ts';
import { verifyLedger } from './app/verify-ledger.ts';
import type { ChainHead } from './domain/ledger-chain.ts';
import type { SettlementApi } from './graphql/builder.ts';
import { createSettlementContext } from './graphql/context.ts';
import { createSettlementSchema } from './graphql/schema.ts';
import { createLedgerWatch } from './ledger-watch.ts';
import { createMailing, MAIL_JOB, type Mailing } from './mailing.ts';
import { pacedFeed } from './ingress/paced-feed.ts';
import { bookingHandler } from './ingress/payments-feed.ts';
import { registerRoutes } from './ingress/register-routes.ts';
import { createDayStore } from './store/days.store.ts';
import { ledgerEntryEntity, ledgerTransactionEntity } from './store/ledger.entity.ts';
import { createLedgerReads } from './store/ledger.reads.ts';
import { initial } from './store/migrations/0001-initial.ts';
import { registers } from './store/migrations/0002-registers.ts';
import { registerSeals } from './store/migrations/0003-register-seals.ts';
import { mail } from './store/migrations/0004-mail.ts';
import { operations } from './store/migrations/0005-operations.ts';
import { auditLog } from './store/migrations/0006-audit-log.ts';
import { openLedger } from './store/open-ledger.ts';
import { createReconciliationReads } from './store/reconciliation.reads.ts';
import { createRegisterAnnouncer, createRegisterMaker } from './store/register-making.store.ts';
import { createRegisterReads } from './store/register.reads.ts';
import { createSealStore } from './store/seals.store.ts';
import { createRegisterTransaction } from './store/register.store.ts';
import { createTimetable, type Timetable } from './timetable.ts';
import { readFeeRules } from './store/fee-rules.store.ts';
import { createOnce } from './store/once.ts';

export interface SettlementSettings {
  /** The hub's name in the tokens that it signs. */
  readonly issuer: string;
  /** Shortest time between two looks at the payments log. Default BOOK_EVERY_MS. */
  readonly bookEveryMs?: number;
  readonly mail: MailSettings;
  /** `by hand` in tests that own the clock: nothing runs by itself. */
  readonly timetable?: 'by hand';
}

export interface SettlementDeps extends CommonParts {
  readonly settings: SettlementSettings;
  readonly directory: RefreshableDirectory;
  readonly paymentsFeed: Feed;
  readonly paymentsBell: Bell;
  readonly participantsFeed: Feed;
  readonly participantsBell: Bell;
  readonly outbound: OutboundClient;
  /** Signs in the hub's name: callbacks. */
  readonly signer: TokenSigner;
  /** Tests stop a process at its kill points (app/kill-points.ts). */
  readonly kill?: KillSwitch;
}

export interface SettlementSubgraph extends Subgraph {
  /** Recomputes the ledger's chain, from its beginning unless told otherwise (app/verify-ledger.ts). */
  verifyLedger(from?: ChainHead): ReturnType<typeof verifyLedger>;
  /** What is due by the business clock, now. It runs by itself once a minute. */
  readonly timetable: Timetable;
  /** Writes the mails that are due by the business clock, and sends those that are written. Both run by themselves. */
  readonly mails: { write(): Promise<unknown>; send: MailRunner['pump'] };
}

export { createSettlementSchema } from './graphql/schema.ts';

const LOG = 'settlement';
const PUBLISHER = 'payments';
const BOOK_EVERY_MS = 250;
/** Of the job library's own tables. */
const JOBS_SCHEMA = 'settlement_jobs';
const SETTLEMENT_JOB = 'settlement-days';
const SETTLEMENT_JOB_DESCRIPTION = 'Closes the days that have ended in Kyiv, makes their registers and tells the banks.';
/** No time of day: the library counts in UTC, and which day is due is asked of the business clock. */
const EVERY_MINUTE = '* * * * *';

const MIGRATIONS: MigrationList = [
  initial,
  EVENT_LOG_UPKEEP,
  eventLogTrace('settlement'),
  registers,
  registerSeals,
  mail,
  operations,
  auditLog,
];

const AUDITED_CALLBACKS: AuditedCallbacks = {
  actions: { retry: 'registerCallbackRetry', resolve: 'registerCallbackResolve' },
  targetOf: ({ subject }) => ({ kind: 'register', id: subject }),
};

/** The subgraph that owns ledger and registers: what README.md describes, over one database. Nothing runs before `start`. */
export function createSettlementSubgraph(deps: SettlementDeps): SettlementSubgraph {
  const parts = createParts(deps);
  const { log, orm, consumer, runner, mailing, timetable, jobs, watch, forgetting, routes } = parts;
  const runsByItself = deps.settings.timetable !== 'by hand';
  const { database } = deps;
  return {
    name: 'settlement',
    schema: createSettlementSchema(),
    contextFor: (request) => createSettlementContext(parts.api, request),
    routes,
    commands: [],
    feed: log.feed,
    bell: log.bell,
    verifyLedger: parts.verify,
    timetable,
    mails: { write: () => mailing.job.run(), send: () => mailing.runner.pump() },
    readiness: async () => [await databaseReadiness(database), mailing.runner.readiness()],
    async start() {
      await migrate(database, MIGRATIONS);
      await log.start();
      await consumer.start();
      await mailing.consumer.start();
      runner.start();
      if (runsByItself) mailing.runner.start();
      forgetting.start();
      watch.start();
      if (runsByItself) await jobs.start();
    },
    drain: () => log.drain(),
    async stop() {
      log.drain();
      if (runsByItself) await jobs.stop();
      await watch.stop();
      forgetting.stop();
      await consumer.stop();
      await mailing.consumer.stop();
      await runner.stop();
      await mailing.runner.stop();
      await log.stop();
      await orm.close();
    },
  };
}

function createParts(deps: SettlementDeps) {
  const { logger, settings, directory, clock, ids, signer } = deps;
  const log = createEventLog({ ...deps, logName: LOG });
  const runner = createCallbackRunner({
    ...deps,
    callbacks: createCallbackStore(deps.database),
    addressOf: ({ receiver }) => directory.bankByGuid(receiver.id)?.routes.grossSettlement ?? null,
  });
  const database = announcing(deps.database, () => {
    log.poke();
    runner.poke();
  });
  const orm = createOrm({ database, entities: [ledgerTransactionEntity, ledgerEntryEntity] });
  const ledgerReads = createLedgerReads({ database, root: orm.em });
  const reads = createRegisterReads(database.pool);
  const sha256Bytes = (content: string | Uint8Array): Uint8Array => createHash('sha256').update(content).digest();
  const seals = createSealStore(database);
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const nextId = (): string => ids.next();
  const now = (): Date => deps.businessClock.now();
  const verify = (from?: ChainHead, signal?: AbortSignal): ReturnType<typeof verifyLedger> =>
    verifyLedger(ledgerReads, sha256, from, signal);
  const settle = { inTransaction: createRegisterTransaction(database), nextId, now, sha256 };
  const timetable = createTimetable({
    days: createDayStore(database, { publisher: PUBLISHER, eventType: BOOKED_EVENT }),
    publisherHead: async () => (await deps.paymentsFeed.read({ after: 0n, limit: 1 })).head,
    make: createRegisterMaker(database),
    announce: createRegisterAnnouncer(database),
    seals,
    participants: directory,
    issuer: settings.issuer,
    sign: (payload) => signer.sign(payload),
    wallNow: () => clock.now(),
    kill: deps.kill ?? NO_KILLS,
    reads,
    nextId,
    now,
    sha256Bytes,
    logger,
    metrics: deps.metrics,
  });
  const consumer = createConsumer({
    publisher: PUBLISHER,
    feed: pacedFeed(deps.paymentsFeed, settings.bookEveryMs ?? BOOK_EVERY_MS),
    bell: deps.paymentsBell,
    database,
    handle: bookingHandler({ nextId, now, sha256, openLedger }),
    logger,
  });
  const routes = registerRoutes({
    routes: createEdgeRoutes({ secrets: deps.secrets, clock, directory: deps.directory }),
    participants: directory,
    verifyMessage: createMessageVerifier(directory),
    reads,
    seals,
    settle,
    sha256Bytes,
  });
  const mailing = createMailing({ ...deps, settings: settings.mail, database, registers: reads, now, nextId });
  const jobs = createJobs(deps, timetable, mailing);
  const operateCallback = createCallbackOperations({ database, clock, poke: () => runner.poke(), audited: AUDITED_CALLBACKS });
  const changes = { settle, seals, operateCallback, timetable, jobs, mails: mailing.reads, once: createOnce(database, clock, jobs) };
  const api = createApi(deps, { ...changes, ledger: ledgerReads, registers: reads, streams: log.streams(), sha256Bytes });
  const watch = createLedgerWatch({ verify, metrics: deps.metrics, logger });
  const forgetting = createKeyForgetting({ database, clock, logger });
  return { log, orm, consumer, runner, mailing, timetable, jobs, watch, forgetting, routes, api, verify };
}

function createJobs({ database, logger, businessClock, clock: wallClock }: SettlementDeps, timetable: Timetable, mailing: Mailing) {
  const days = {
    name: SETTLEMENT_JOB,
    description: SETTLEMENT_JOB_DESCRIPTION,
    cron: EVERY_MINUTE,
    async run() {
      const done = await timetable.run();
      // The mails about them go out with the callbacks, not a minute later.
      if (done.registersOf.length > 0) await timetableOfJobs.request(MAIL_JOB);
      return done;
    },
  };
  const jobs = [days, mailing.job];
  const timetableOfJobs = createJobTimetable({ url: database.url, schema: JOBS_SCHEMA, jobs, logger, businessClock, wallClock });
  return timetableOfJobs;
}

interface ApiParts extends Pick<SettlementApi, 'ledger' | 'registers' | 'mails' | 'seals' | 'operateCallback' | 'streams' | 'sha256Bytes'> {
  readonly settle: SettleDeps;
  readonly timetable: Timetable;
  readonly jobs: JobTimetable;
  readonly once: Once;
}

function createApi(
  { database, directory, settings, signer, clock }: SettlementDeps,
  { settle, timetable, once, ...parts }: ApiParts,
): SettlementApi {
  const { registers: reads } = parts;
  return {
    ...parts,
    reconciliation: createReconciliationReads(database.pool),
    audit: createAuditReads(database),
    callbacks: createCallbackReads(database),
    statements: { issuer: settings.issuer, sign: (payload) => signer.sign(payload), wallNow: () => clock.now() },
    feeRules: () => readFeeRules(database.pool),
    operations: {
      once,
      settle,
      participants: directory,
      nextId: settle.nextId,
      now: settle.now,
      timetable,
      dayState: async (day) => (await reads.day(day))?.state ?? null,
    },
  };
}

/** The same database, with somebody told after every commit. */
function announcing(database: Database, tell: () => void): Database {
  return {
    ...database,
    async transaction(work) {
      const value = await database.transaction(work);
      tell();
      return value;
    },
  };
}

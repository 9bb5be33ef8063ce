import { createHash } from 'node:crypto';

import type { Directory } from '../../kernel/runtime/directory.ts';
import type { Bell } from '../../kernel/runtime/event-log/bell.ts';
import { createConsumer } from '../../kernel/runtime/event-log/consumer.ts';
import { eventLogTrace } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createEventLog } from '../../kernel/runtime/event-log/event-log.ts';
import type { Feed } from '../../kernel/runtime/event-log/feed.ts';
import { migrate, type MigrationList } from '../../kernel/runtime/migrations.ts';
import { createOrm } from '../../kernel/runtime/orm.ts';
import type { CommonParts, Subgraph } from '../../kernel/runtime/subgraph.ts';
import { verifyLedger } from './app/verify-ledger.ts';
import type { ChainHead } from './domain/ledger-chain.ts';
import { createSettlementContext } from './graphql/context.ts';
import { createSettlementSchema } from './graphql/schema.ts';
import { createLedgerWatch } from './ledger-watch.ts';
import { pacedFeed } from './ingress/paced-feed.ts';
import { bookingHandler } from './ingress/payments-feed.ts';
import { ledgerEntryEntity, ledgerTransactionEntity } from './store/ledger.entity.ts';
import { createLedgerReads } from './store/ledger.reads.ts';
import { initial } from './store/migrations/0001-initial.ts';
import { openLedger } from './store/open-ledger.ts';

export interface SettlementSettings {
  /** Shortest time between two looks at the payments log. Default BOOK_EVERY_MS. */
  readonly bookEveryMs?: number;
}

export interface SettlementDeps extends CommonParts {
  readonly settings: SettlementSettings;
  readonly directory: Directory;
  readonly paymentsFeed: Feed;
  readonly paymentsBell: Bell;
}

export interface SettlementSubgraph extends Subgraph {
  /** Recomputes the ledger's chain, from its beginning unless told otherwise (app/verify-ledger.ts). */
  verifyLedger(from?: ChainHead): ReturnType<typeof verifyLedger>;
}

export { createSettlementSchema } from './graphql/schema.ts';

const LOG = 'settlement';
const BOOK_EVERY_MS = 250;

const MIGRATIONS: MigrationList = [initial, EVENT_LOG_UPKEEP, eventLogTrace('settlement')];

/** The subgraph that owns the ledger: what README.md describes, over one database. Nothing runs before `start`. */
export function createSettlementSubgraph(deps: SettlementDeps): SettlementSubgraph {
  const { database, logger, settings } = deps;
  const orm = createOrm({ database, entities: [ledgerTransactionEntity, ledgerEntryEntity] });
  const reads = createLedgerReads({ database, root: orm.em });
  const log = createEventLog({ ...deps, logName: LOG });
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const book = bookingHandler({
    nextId: () => deps.ids.next(),
    now: () => deps.businessClock.now(),
    sha256,
    openLedger,
    booked: () => {
      relayDue = true;
    },
  });
  let relayDue = false;
  const pokeAfterBooking = (): void => {
    if (relayDue) log.poke();
    relayDue = false;
  };
  const consumer = createConsumer({
    publisher: 'payments',
    feed: pacedFeed(deps.paymentsFeed, settings.bookEveryMs ?? BOOK_EVERY_MS),
    bell: deps.paymentsBell,
    database: { ...database, transaction: (work) => database.transaction(work).finally(pokeAfterBooking) },
    handle: book,
    logger,
  });

  const verify = (from?: ChainHead, signal?: AbortSignal): ReturnType<typeof verifyLedger> => verifyLedger(reads, sha256, from, signal);
  const watch = createLedgerWatch({ verify, metrics: deps.metrics, logger });

  return {
    name: 'settlement',
    schema: createSettlementSchema(),
    contextFor: (request) => createSettlementContext(reads, request),
    routes: [],
    commands: [],
    feed: log.feed,
    bell: log.bell,
    verifyLedger: verify,
    async readiness() {
      await database.pool.query('select 1');
      return [{ name: 'settlement database', ok: true }];
    },
    async start() {
      await migrate(database, MIGRATIONS);
      await log.start();
      await consumer.start();
      watch.start();
    },
    async stop() {
      await watch.stop();
      await consumer.stop();
      await log.stop();
      await orm.close();
    },
  };
}

import { type AuditedCallbacks, createCallbackOperations, createCallbackReads } from '../../kernel/wire/callback-operations.ts';
import { createCallbackRunner } from '../../kernel/wire/callback-runner.ts';
import { createCallbackStore } from '../../kernel/wire/callback-store.ts';
import { createMessageVerifier } from '../../kernel/wire/message-signature.ts';
import { createAuditReads } from '../../kernel/runtime/audit-log.ts';
import type { RefreshableDirectory } from '../../kernel/runtime/directory.ts';
import { createEdgeRoutes } from '../../kernel/runtime/edge-request.ts';
import { createBackground } from '../../kernel/runtime/background.ts';
import { createCommitObserver } from '../../kernel/runtime/commit-metrics.ts';
import { createCommitQueue } from '../../kernel/runtime/commit-queue.ts';
import type { Database } from '../../kernel/runtime/database.ts';
import type { Bell } from '../../kernel/runtime/event-log/bell.ts';
import { createConsumer } from '../../kernel/runtime/event-log/consumer.ts';
import type { Feed } from '../../kernel/runtime/event-log/feed.ts';
import { createEventLog } from '../../kernel/runtime/event-log/event-log.ts';
import { createKeyForgetting } from '../../kernel/runtime/idempotency.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { createOrm } from '../../kernel/runtime/orm.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import { databaseReadiness } from '../../kernel/runtime/readiness.ts';
import type { TokenSigner } from '../../kernel/runtime/signing.ts';
import type { CommonParts, Subgraph } from '../../kernel/runtime/subgraph.ts';
import { createAliasLoader } from './graphql/alias-loader.ts';
import type { AliasesApi, AliasesContext } from './graphql/builder.ts';
import { createAliasesSchema } from './graphql/schema.ts';
import { aliasRoutes } from './ingress/alias-routes.ts';
import { aliasCommands } from './ingress/commands.ts';
import { createLookUps, giveBackLookUps } from './store/look-up.store.ts';
import { isOrderPaid, paidLookUps } from './ingress/payments-feed.ts';
import type { LookUpOutcome } from './app/look-up.ts';
import type { LookUpLimits } from './domain/look-up-limit.ts';
import { aliasChangeEntity, aliasEntity } from './store/alias.entity.ts';
import { createAliasReads } from './store/alias.reads.ts';
import { createAliasTransaction } from './store/alias.store.ts';
import { aliasMigrations } from './store/migrations/all-migrations.ts';
import { createOnce } from './store/once.ts';

export interface AliasesSettings {
  /** The hub's name in the tokens that it signs. */
  readonly issuer: string;
  /** How fast the directory may be asked. */
  readonly lookUps: LookUpLimits;
}

export interface AliasesDeps extends CommonParts {
  readonly settings: AliasesSettings;
  readonly directory: RefreshableDirectory;
  /** The log `payments`: which look-ups were paid. */
  readonly paymentsFeed: Feed;
  readonly paymentsBell: Bell;
  readonly outbound: OutboundClient;
  /** Signs in the hub's name: answers and callbacks. */
  readonly signer: TokenSigner;
}

export { createAliasesSchema } from './graphql/schema.ts';

const LOG = 'aliases';

const AUDITED_CALLBACKS: AuditedCallbacks = {
  actions: { retry: 'aliasCallbackRetry', resolve: 'aliasCallbackResolve' },
  targetOf: ({ subject }) => ({ kind: 'alias', id: subject }),
};

/** The subgraph that owns the phone directory: what README.md describes, over one database. Nothing runs before `start`. */
export function createAliasesSubgraph(deps: AliasesDeps): Subgraph {
  const { logger, secrets, directory, ids, clock } = deps;
  const log = createEventLog({ ...deps, logName: LOG });
  const runner = createCallbackRunner({
    ...deps,
    callbacks: createCallbackStore(deps.database),
    addressOf: ({ receiver }) => directory.bankByGuid(receiver.id)?.routes.aliasUpdated ?? null,
  });
  const database = announcing(deps.database, () => {
    log.poke();
    runner.poke();
  });
  const orm = createOrm({ database, entities: [aliasEntity, aliasChangeEntity] });
  const reads = createAliasReads(orm);
  const change = { ids, issuer: deps.settings.issuer, sign: (payload: string) => deps.signer.sign(payload), clock };
  const lookingUp = createLookUpParts(deps);
  const api: AliasesApi = {
    ...change,
    callbacks: createCallbackReads(database),
    operateCallback: createCallbackOperations({ database, clock, poke: () => runner.poke(), audited: AUDITED_CALLBACKS }),
    audit: createAuditReads(database),
    lookUpLimits: deps.settings.lookUps,
    lookUps: lookingUp.lookUps,
    once: createOnce(database, clock),
    participants: directory,
    reads,
    streams: log.streams(),
  };
  const transaction = createAliasTransaction(database);
  const forgetting = createKeyForgetting({ database, clock, logger });
  const background = createBackground({
    tasks: [{ name: 'forget full buckets', run: () => lookingUp.lookUps.forgetFull(clock.now()) }],
    everyMs: FORGET_EVERY_MS,
    logger,
  });

  return {
    name: 'aliases',
    schema: createAliasesSchema(),
    contextFor: (request): AliasesContext => ({ ...request, aliases: api, loadAlias: createAliasLoader(reads) }),
    routes: aliasRoutes({
      routes: createEdgeRoutes({ secrets, clock, directory }),
      participants: directory,
      verifyMessage: createMessageVerifier(directory),
      deps: { ...change, reads, transaction },
    }),
    commands: aliasCommands({ ...change, ...lookingUp, transaction }),
    feed: log.feed,
    bell: log.bell,
    readiness: async () => [await databaseReadiness(database)],
    async start() {
      await migrate(database, aliasMigrations);
      await log.start();
      await lookingUp.paid.start();
      runner.start();
      forgetting.start();
      background.start();
    },
    drain: () => log.drain(),
    async stop() {
      log.drain();
      forgetting.stop();
      await Promise.all([runner.stop(), lookingUp.paid.stop(), background.stop()]);
      await lookingUp.commits.close();
      await log.stop();
      await orm.close();
    },
  };
}

/** Where numbers lead, for payments: what a look-up needs, and what gives its token back. Look-ups share commits; nothing else here is so frequent. */
function createLookUpParts({ database, clock, logger, metrics, paymentsFeed: feed, paymentsBell: bell, settings }: AliasesDeps) {
  const commits = createCommitQueue({ database, logger, observe: createCommitObserver(metrics, LOG) });
  const counted = metrics.counter({ name: 'alias_look_ups_total', help: 'Look-ups of numbers, by how they ended.', labels: ['outcome'] });
  return {
    commits,
    clock,
    lookUps: createLookUps({ database, commits, limits: settings.lookUps }),
    observe: (outcome: LookUpOutcome['kind']) => counted.inc({ outcome }),
    paid: createConsumer({
      publisher: 'payments',
      feed,
      bell,
      database,
      concerns: isOrderPaid,
      handle: (client, events) => giveBackLookUps(client, settings.lookUps, paidLookUps(events)),
      logger,
    }),
  };
}

const FORGET_EVERY_MS = 3_600_000;

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

import { setTimeout as pause } from 'node:timers/promises';

import { createAuditReads } from '../../kernel/runtime/audit-log.ts';
import { createBackground, type Background, type BackgroundTask } from '../../kernel/runtime/background.ts';
import { handleCommand, type CommandClient } from '../../kernel/runtime/command.ts';
import { createCallbackMetrics } from '../../kernel/runtime/callback-metrics.ts';
import { createCommitObserver } from '../../kernel/runtime/commit-metrics.ts';
import { createCommitQueue } from '../../kernel/runtime/commit-queue.ts';
import type { RefreshableDirectory } from '../../kernel/runtime/directory.ts';
import { createEdgeRoutes } from '../../kernel/runtime/edge-request.ts';
import type { Bell } from '../../kernel/runtime/event-log/bell.ts';
import { createConsumer } from '../../kernel/runtime/event-log/consumer.ts';
import { createClientSecrets } from '../../kernel/runtime/client-secret.ts';
import { EVENT_LOG_UPKEEP } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createEventLog } from '../../kernel/runtime/event-log/event-log.ts';
import type { Feed } from '../../kernel/runtime/event-log/feed.ts';
import { sweepIdempotencyRecords } from '../../kernel/runtime/idempotency.ts';
import type { Metrics } from '../../kernel/runtime/metrics.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { createOrm } from '../../kernel/runtime/orm.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import { databaseReadiness } from '../../kernel/runtime/readiness.ts';
import type { TokenSigner } from '../../kernel/runtime/signing.ts';
import type { CommonParts, Subgraph } from '../../kernel/runtime/subgraph.ts';
import { claimOrder as claimContract, type ClaimRequest, type ClaimResponse } from '../../schema/commands/orders.ts';
import { claimOutcome } from '../../schema/commands/payments.ts';
import { claimOrder } from './app/claim-order.ts';
import { createOrder } from './app/create-order.ts';
import { createCallbackMaker } from './app/expiration-callback.ts';
import { EXPIRY_BATCH_MAX, expireOrders } from './app/expire-orders.ts';
import type { ClaimOutcomes, Clocks } from './app/ports.ts';
import { recordPaymentOutcomes } from './app/record-payment-outcomes.ts';
import { CLAIM_CHECK_AFTER_MS, CLAIM_SWEEP_BATCH_MAX, sweepClaims } from './app/sweep-claims.ts';
import { createExpirationSender } from './delivery/send-expirations.ts';
import type { OrdersApi, OrdersContext } from './graphql/builder.ts';
import { createOrderLoader } from './graphql/order-loader.ts';
import { createOrdersSchema } from './graphql/schema.ts';
import { orderRoutes } from './ingress/order-routes.ts';
import { paymentOutcomesOf } from './ingress/payments-feed.ts';
import { createSignedOrderReader } from './ingress/signed-order.ts';
import { createCallbackStore } from './store/callback.store.ts';
import { expirationCallbackEntity } from './store/expiration-callback.entity.ts';
import { ordersMigration } from './store/migrations/0001-orders.ts';
import { oneOrderPerPaymentMigration } from './store/migrations/0002-one-order-per-payment.ts';
import { answerHashMigration } from './store/migrations/0003-answer-hash.ts';
import { traceMigration } from './store/migrations/0004-trace.ts';
import { returnsMigration } from './store/migrations/0005-returns.ts';
import { orderSearch } from './store/migrations/0006-order-search.ts';
import { auditLog } from './store/migrations/0007-audit-log.ts';
import { createOnce, createTransaction } from './store/once.ts';
import { createOrderReads } from './store/order.reads.ts';
import { createOrderStore, lockedOrders } from './store/order.store.ts';
import { pokingCommits, pokingDatabase } from './store/poking.ts';

export interface OrdersSettings {
  /** Where merchants' customers and banks reach the edge: the beginning of every link. Without a slash at its end. */
  readonly publicEdgeUrl: string;
  /** How often due orders, silent claims and due callbacks are looked for. Default SWEEP_EVERY_MS. */
  readonly sweepEveryMs?: number;
}

export interface OrdersDeps extends CommonParts {
  readonly settings: OrdersSettings;
  readonly directory: RefreshableDirectory;
  /** Reaches payments, for `claim-outcome`. */
  readonly payments: CommandClient;
  readonly paymentsFeed: Feed;
  readonly paymentsBell: Bell;
  readonly outbound: OutboundClient;
  /** Signs in the hub's name: expiration callbacks and the order tokens of the custom mode. */
  readonly signer: TokenSigner;
}

export { createOrdersSchema } from './graphql/schema.ts';

/** `background` runs by itself between `start` and `stop`; tests that own the clock run it by hand. */
export interface OrdersSubgraph extends Subgraph {
  readonly background: Background;
}

const LOG = 'orders';
const SWEEP_EVERY_MS = 500;
const STOP_GRACE_MS = 2_000;
const FORGET_KEYS_EVERY_MS = 3_600_000;

/** The subgraph that owns orders: what README.md describes, over one database. Nothing runs before `start`. */
export function createOrdersSubgraph(deps: OrdersDeps): OrdersSubgraph {
  const parts = createParts(deps);
  const { api, log, database, commits, clocks, callbackFor, sender } = parts;
  const { logger, settings } = deps;
  const background = createBackground({ tasks: backgroundTasks(deps, parts), everyMs: settings.sweepEveryMs ?? SWEEP_EVERY_MS, logger });
  const consumer = createConsumer({
    publisher: 'payments',
    feed: deps.paymentsFeed,
    bell: deps.paymentsBell,
    database,
    handle: (client, events) => recordPaymentOutcomes({ orders: lockedOrders(client), clocks, callbackFor }, paymentOutcomesOf(events)),
    logger,
  });

  const loadOrder = createOrderLoader(api.reads);

  return {
    name: 'orders',
    schema: createOrdersSchema(),
    contextFor: (request): OrdersContext => ({ ...request, orders: api, loadOrder }),
    routes: ingressRoutes(deps, parts),
    commands: [
      handleCommand(
        claimContract,
        countedClaims(deps.metrics, (request) => claimOrder(parts, request)),
      ),
    ],
    feed: log.feed,
    bell: log.bell,
    background,
    readiness: async () => [await databaseReadiness(database)],
    async start() {
      await migrate(database, [
        ordersMigration,
        oneOrderPerPaymentMigration,
        answerHashMigration,
        EVENT_LOG_UPKEEP,
        traceMigration,
        returnsMigration,
        orderSearch,
        auditLog,
      ]);
      await log.start();
      await consumer.start();
      background.start();
    },
    drain: () => log.drain(),
    async stop() {
      log.drain();
      await Promise.all([background.stop(), consumer.stop()]);
      // A callback that is cut off here is sent again when its lease has run out.
      await Promise.race([sender.idle(), pause(STOP_GRACE_MS, undefined, { ref: false })]);
      await commits.close();
      await log.stop();
    },
  };
}

type ClaimUseCase = (request: ClaimRequest) => Promise<ClaimResponse>;

/** How claims end is the first thing to look at when payments are refused. */
function countedClaims(metrics: Metrics, claim: ClaimUseCase): ClaimUseCase {
  const claims = metrics.counter({ name: 'order_claims_total', help: 'Claims of orders by payments, by answer.', labels: ['answer'] });
  return async (request) => {
    const response = await claim(request);
    claims.inc({ answer: response.outcome === 'granted' ? 'granted' : response.code });
    return response;
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(deps: OrdersDeps) {
  const { logger, secrets, settings, ids } = deps;
  const clocks: Clocks = { business: deps.businessClock, wall: deps.clock };
  const log = createEventLog({ ...deps, logName: LOG });
  const database = pokingDatabase(deps.database, log);
  const commits = pokingCommits(createCommitQueue({ database, logger, observe: createCommitObserver(deps.metrics, LOG) }), log);
  const orders = createOrderStore({ database, commits, claimCheckAfterMs: CLAIM_CHECK_AFTER_MS });
  const transaction = createTransaction(database);
  const callbackFor = createCallbackMaker({ ids, clocks });
  const streams = log.streams();
  const orm = createOrm({ database, entities: [expirationCallbackEntity] });
  const tried = createCallbackMetrics(deps.metrics);
  const sender = createExpirationSender({
    ...deps,
    callbacks: createCallbackStore(database),
    clocks,
    observe: (answer, durationMs) => tried({ callback: 'expiration', answer, durationMs }),
  });
  const api: OrdersApi = {
    clocks,
    ids,
    participants: deps.directory,
    lookAgain: () => deps.directory.refresh(),
    once: createOnce(database, deps.clock),
    callbackFor,
    reads: createOrderReads({ database, orm, logName: LOG }),
    audit: createAuditReads(database),
    streams,
    clientSecrets: createClientSecrets(secrets),
    publicEdgeUrl: settings.publicEdgeUrl,
  };
  return { api, log, database, commits, orders, transaction, clocks, callbackFor, sender };
}

function ingressRoutes({ clock, secrets, settings, directory, signer, logger }: OrdersDeps, { api, orders, clocks }: Parts) {
  return orderRoutes({
    routes: createEdgeRoutes({ secrets, clock, directory }),
    readSignedOrder: createSignedOrderReader(directory),
    create: (request) => createOrder(api, orders, request),
    find: (id) => orders.find(id),
    directory,
    signer,
    clocks,
    publicEdgeUrl: settings.publicEdgeUrl,
    logger,
  });
}

function backgroundTasks(deps: OrdersDeps, parts: Parts): readonly BackgroundTask[] {
  const { database, transaction, clocks, orders, callbackFor, sender } = parts;
  const outcomes: ClaimOutcomes = { ask: (claim) => deps.payments(claimOutcome, claim) };
  return [
    {
      name: 'expire orders',
      run: async () => (await expireOrders({ transaction, clocks, callbackFor })) === EXPIRY_BATCH_MAX,
    },
    {
      name: 'ask about silent claims',
      async run() {
        const { taken, failed } = await sweepClaims({ claims: orders, outcomes, transaction, clocks, callbackFor });
        for (const { claim, error } of failed) deps.logger.error({ err: error, ...claim }, 'a silent claim stays as it is');
        return taken === CLAIM_SWEEP_BATCH_MAX;
      },
    },
    { name: 'send expiration callbacks', run: async () => (await sender.pump()) > 0 },
    {
      name: 'forget old idempotency keys',
      everyMs: FORGET_KEYS_EVERY_MS,
      async run() {
        await sweepIdempotencyRecords(database.pool, deps.clock.now());
        return false;
      },
    },
  ];
}

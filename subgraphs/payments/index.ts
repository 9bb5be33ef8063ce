import { createHash } from 'node:crypto';

import { createCallbackReads } from '../../kernel/wire/callback-operations.ts';
import { createAuditReads } from '../../kernel/runtime/audit-log.ts';
import { createCallbackMetrics } from '../../kernel/runtime/callback-metrics.ts';
import { createCommitObserver } from '../../kernel/runtime/commit-metrics.ts';
import { createCommitQueue } from '../../kernel/runtime/commit-queue.ts';
import { createEdgeRoutes, type EdgeRoutes } from '../../kernel/runtime/edge-request.ts';
import { streamScopeOf } from '../../kernel/runtime/graphql/stream-scope.ts';
import type { EventStreams } from '../../kernel/runtime/event-log/stream.ts';
import type { StreamEvent } from '../../kernel/runtime/event-log/stream-items.ts';
import { createEventLog } from '../../kernel/runtime/event-log/event-log.ts';
import { createKeyForgetting } from '../../kernel/runtime/idempotency.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { databaseReadiness } from '../../kernel/runtime/readiness.ts';
import type { Subgraph } from '../../kernel/runtime/subgraph.ts';
import { claimOrder } from '../../schema/commands/orders.ts';
import { p2pEventSchemas, paymentEventSchemas } from '../../schema/events/payments.ts';
import { type AcceptMessageDeps, createAcceptMessage } from './app/accept-message.ts';
import { createAdmitP2p } from './app/admit-p2p.ts';
import { createAdmitReturn } from './app/admit-return.ts';
import { createAskForReturn } from './app/ask-for-return.ts';
import { createAdmitTrade } from './app/admit-trade.ts';
import { createClaimOutcome } from './app/claim-outcome.ts';
import { NO_KILLS } from './app/kill-points.ts';
import { createOperateDelivery } from './app/operate-delivery.ts';
import { createAskParkedMessage } from './app/parked-messages.ts';
import type { EvidenceDeps } from './app/payment-evidence.ts';
import type { PaymentStore, StepTools } from './app/ports.ts';
import { createDeliveryRunner, type DeliveryRunner, type RunnerDeps } from './delivery/delivery-runner.ts';
import { realTimers } from './delivery/timers.ts';
import type { PaymentsDeps, PaymentsSettings } from './deps.ts';
import type { PaymentsApi } from './graphql/builder.ts';
import { createPaymentLoaders } from './graphql/loaders.ts';
import { createPaymentsSchema } from './graphql/schema.ts';
import { viewerOf } from './graphql/viewer.ts';
import { paymentCommands } from './ingress/commands.ts';
import { createMessageVerifier } from '../../kernel/wire/message-signature.ts';
import { p2pRoutes } from './ingress/p2p-routes.ts';
import { parkedMessageRoutes } from './ingress/parked-message-routes.ts';
import { paymentMessageRoutes } from './ingress/payment-message-routes.ts';
import { createP2p } from './p2p.ts';
import { withQuestions } from './store/delivery.reads.ts';
import { paymentMigrations } from './store/migrations/all-migrations.ts';
import { countedStore } from './store/counted-store.ts';
import { createMessageForgetting } from './store/forget-messages.ts';
import { createOnce } from './store/once.ts';
import { createParkedMessageStore } from './store/parked-message.store.ts';
import { createPaymentReads } from './store/payment.reads.ts';
import { createPaymentStore } from './store/payment.store.ts';
import { createReturnReads } from './store/returns.reads.ts';
import { createReturnOnce } from './store/returns.store.ts';

export { createPaymentsSchema };

export type { PaymentsDeps, PaymentsSettings } from './deps.ts';

/** The settings that a process has from its environment. */
export function settingsOf({
  issuer,
  publicEdgeUrl,
  retentionDays,
}: Pick<PaymentsSettings, 'issuer' | 'publicEdgeUrl' | 'retentionDays'>): PaymentsSettings {
  return { issuer, publicEdgeUrl, ...(retentionDays === undefined ? {} : { retentionDays }) };
}

const LOG = 'payments';
/** Events that are read at once. */
const HISTORY_PAGE = 200;

/** The subgraph that owns payments and their callbacks: what README.md describes, over one database. Nothing runs before `start`. */
export function createPaymentsSubgraph(deps: PaymentsDeps): Subgraph {
  const { database, clock, businessClock, ids, logger, secrets, settings, directory, kill = NO_KILLS } = deps;
  const log = createEventLog({ ...deps, logName: LOG });
  const commits = createCommitQueue({ database, logger, observe: createCommitObserver(deps.metrics, LOG) });
  const store = countedStore(createPaymentStore({ database, commits }), deps.metrics);
  const p2p = createP2p({ ...deps, log });
  const reads = withQuestions(createPaymentReads(database), createCallbackReads(database));
  const tools: StepTools = { participants: directory, signer: deps.signer, clock, businessClock, ids, issuer: settings.issuer };
  const returns = createReturns(deps, tools, p2p.poke);
  const runner = createRunner(deps, { store, tools, kill, committed: () => log.poke() });
  const follow = runner.follow.bind(runner);
  const acceptMessage = createAcceptMessage({
    store,
    tools,
    admit: admissionsOf(deps, { store, p2p: p2p.reads, returns }),
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    verify: createMessageVerifier(directory),
    follow,
    kill,
  });
  const deciding = { store, reads, tools, follow, operateQuestion: p2p.operateQuestion };
  const parked = parkedMessages(deps);
  const routes = createEdgeRoutes({ secrets, clock, directory });
  const streams = log.streams({ streamName: LOG, types: Object.keys(paymentEventSchemas) });
  const api: PaymentsApi = {
    reads,
    evidence: { reads, tools, history: historyIn(streams) },
    audit: createAuditReads(database),
    parked: parked.store,
    streams,
    operateDelivery: createOperateDelivery({ ...deciding, once: createOnce(database, clock) }),
    askParkedMessage: parked.ask,
    returns,
    p2p: { reads: p2p.reads, streams: log.streams({ streamName: 'p2p-orders', types: Object.keys(p2pEventSchemas) }) },
  };
  const forgetting = createForgetting(deps);
  const loadersOf = createPaymentLoaders(api);

  return {
    name: 'payments',
    schema: createPaymentsSchema(),
    contextFor: (request) => ({ ...request, payments: api, load: loadersOf(viewerOf(request.caller)) }),
    routes: [
      ...paymentMessageRoutes({ routes, acceptMessage, reads, answers: tools }),
      ...parked.routes(routes),
      ...p2pRoutes({ ...p2p, routes }),
    ],
    commands: paymentCommands({ claimOutcome: createClaimOutcome({ store, tools, kill }) }),
    feed: log.feed,
    bell: log.bell,
    readiness: async () => [await databaseReadiness(database)],
    async start() {
      await migrate(database, paymentMigrations);
      await log.start();
      await parked.store.count();
      runner.start();
      await p2p.start();
      forgetting.start();
    },
    drain: () => log.drain(),
    async stop() {
      log.drain();
      forgetting.stop();
      await Promise.all([runner.stop(), p2p.stop()]);
      await commits.close();
      await log.stop();
    },
  };
}

/** What lets the messages of each kind become payments. */
function admissionsOf(
  { orders, businessClock }: PaymentsDeps,
  { store, p2p, returns }: { store: PaymentStore; p2p: PaymentsApi['p2p']['reads']; returns: PaymentsApi['returns'] },
): AcceptMessageDeps['admit'] {
  return {
    trade: createAdmitTrade({ store, claimOrder: (request) => orders(claimOrder, request) }),
    p2p: createAdmitP2p({ reads: p2p, businessClock }),
    return: createAdmitReturn(returns),
  };
}

/** Requests to give payments back. `changed`: a callback may have become due. */
function createReturns({ database, clock }: PaymentsDeps, tools: StepTools, changed: () => void): PaymentsApi['returns'] {
  const once = createReturnOnce(database, clock, changed);
  return { reads: createReturnReads(database), ask: createAskForReturn({ once, tools }) };
}

/** All events of one payment that a caller may read. */
function historyIn(streams: EventStreams): EvidenceDeps['history'] {
  return async (caller, subject) => {
    const events: StreamEvent[] = [];
    for (let after: string | undefined; ;) {
      const page = await streams.history({ scope: streamScopeOf(caller), filter: { subject }, after, first: HISTORY_PAGE });
      if (!page.ok) throw new Error(`the history of payment ${subject} cannot be read: ${page.failure.code}`);
      events.push(...page.value.events);
      if (!page.value.hasNextPage) return events.map(({ event }) => event);
      after = page.value.endCursor;
    }
  };
}

/** What is not kept for ever: idempotency keys, and messages where a retention is set. */
function createForgetting({ database, clock, logger, settings: { retentionDays } }: PaymentsDeps) {
  const parts = [
    createKeyForgetting({ database, clock, logger }),
    ...(retentionDays === undefined ? [] : [createMessageForgetting({ database, clock, logger, retentionDays })]),
  ];
  return { start: () => parts.forEach((part) => part.start()), stop: () => parts.forEach((part) => part.stop()) };
}

/** What the edge could not hand over, and what operations decide about it. */
function parkedMessages({ database, clock, ids, metrics }: PaymentsDeps) {
  const undecided = metrics.gauge({ name: 'parked_messages', help: 'Promised messages that could not be taken and wait for a person.' });
  const store = createParkedMessageStore({ database, undecided: (n) => undecided.set(n) });
  const routes = (edgeRoutes: EdgeRoutes) => parkedMessageRoutes({ routes: edgeRoutes, store, clock });
  return { store, routes, ask: createAskParkedMessage({ store, clock, ids }) };
}

function createRunner(deps: PaymentsDeps, o: Pick<RunnerDeps, 'store' | 'tools' | 'kill' | 'committed'>): DeliveryRunner {
  const { settings, logger, outbound, signer, clock, ids } = deps;
  const tried = createCallbackMetrics(deps.metrics);
  return createDeliveryRunner({
    ...o,
    sending: {
      outbound,
      signer,
      clock,
      ids,
      ...(settings.tryTimeoutMs === undefined ? {} : { tryTimeoutMs: settings.tryTimeoutMs }),
    },
    timers: deps.timers ?? realTimers,
    logger,
    tried: ({ callbackType, ...rest }) => tried({ callback: callbackType, ...rest }),
    ...(settings.sweepMs === undefined ? {} : { sweepMs: settings.sweepMs }),
  });
}

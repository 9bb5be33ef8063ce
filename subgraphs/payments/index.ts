import type { CommandClient } from '../../kernel/runtime/command.ts';
import { createCommitQueue } from '../../kernel/runtime/commit-queue.ts';
import type { Directory, DirectoryHolder } from '../../kernel/runtime/directory.ts';
import { createEdgeRoutes, type EdgeRoutes } from '../../kernel/runtime/edge-request.ts';
import { createEventLog } from '../../kernel/runtime/event-log/event-log.ts';
import { createKeyForgetting } from '../../kernel/runtime/idempotency.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import type { TokenSigner } from '../../kernel/runtime/signing.ts';
import type { CommonParts, Subgraph } from '../../kernel/runtime/subgraph.ts';
import { claimOrder } from '../../schema/commands/orders.ts';
import { createAcceptMessage } from './app/accept-message.ts';
import { createAdmitTrade } from './app/admit-trade.ts';
import { createClaimOutcome } from './app/claim-outcome.ts';
import { type KillSwitch, NO_KILLS } from './app/kill-points.ts';
import { createOperateDelivery } from './app/operate-delivery.ts';
import { createAskParkedMessage } from './app/parked-messages.ts';
import type { StepTools } from './app/ports.ts';
import { createDeliveryRunner } from './delivery/delivery-runner.ts';
import { realTimers, type Timers } from './delivery/timers.ts';
import type { PaymentsApi } from './graphql/builder.ts';
import { createPaymentLoaders } from './graphql/loaders.ts';
import { createPaymentsSchema } from './graphql/schema.ts';
import { viewerOf } from './graphql/viewer.ts';
import { paymentCommands } from './ingress/commands.ts';
import { createMessageVerifier } from '../../kernel/wire/message-signature.ts';
import { parkedMessageRoutes } from './ingress/parked-message-routes.ts';
import { paymentMessageRoutes } from './ingress/payment-message-routes.ts';
import { paymentMigrations } from './store/migrations/all-migrations.ts';
import { createMessageForgetting } from './store/forget-messages.ts';
import { createOnce } from './store/once.ts';
import { createParkedMessageStore } from './store/parked-message.store.ts';
import { createPaymentReads } from './store/payment.reads.ts';
import { createPaymentStore } from './store/payment.store.ts';

export { createPaymentsSchema };

/** The settings that a process has from its environment. */
export function settingsOf({ issuer, retentionDays }: Pick<PaymentsSettings, 'issuer' | 'retentionDays'>): PaymentsSettings {
  return { issuer, ...(retentionDays === undefined ? {} : { retentionDays }) };
}

export interface PaymentsSettings {
  /** The hub's name in its own tokens (`iss`). */
  readonly issuer: string;
  /** How long the signed texts of messages are kept. Default: for ever. */
  readonly retentionDays?: number;
  /** How often the record is asked for due deliveries. Default SWEEP_MS. */
  readonly sweepMs?: number;
  /** How long one try of a callback may take. Default TRY_TIMEOUT_MS. */
  readonly tryTimeoutMs?: number;
}

export interface PaymentsDeps extends CommonParts {
  readonly settings: PaymentsSettings;
  readonly directory: Directory & Pick<DirectoryHolder, 'refresh'>;
  /** Reaches orders, for `claim-order`. */
  readonly orders: CommandClient;
  readonly outbound: OutboundClient;
  /** Signs callbacks in the hub's name. */
  readonly signer: TokenSigner;
  /** Time and crashes under the control of a test. */
  readonly timers?: Timers;
  readonly kill?: KillSwitch;
}

const LOG = 'payments';

/** The subgraph that owns payments and their callbacks: what README.md describes, over one database. Nothing runs before `start`. */
export function createPaymentsSubgraph(deps: PaymentsDeps): Subgraph {
  const { database, clock, businessClock, ids, logger, secrets, settings, directory } = deps;
  const kill = deps.kill ?? NO_KILLS;
  const log = createEventLog({ ...deps, logName: LOG });
  const commits = createCommitQueue({ database, logger });
  const store = createPaymentStore({ database, commits });
  const reads = createPaymentReads(database);
  const tools: StepTools = { participants: directory, signer: deps.signer, clock, businessClock, ids, issuer: settings.issuer };
  const attempts = deps.metrics.counter({ name: 'callback_attempts_total', help: 'Tries of callbacks.', labels: ['callback', 'answer'] });
  const runner = createDeliveryRunner({
    store,
    tools,
    sending: {
      outbound: deps.outbound,
      signer: deps.signer,
      clock,
      ids,
      ...(settings.tryTimeoutMs === undefined ? {} : { tryTimeoutMs: settings.tryTimeoutMs }),
    },
    timers: deps.timers ?? realTimers,
    logger,
    kill,
    committed: () => log.poke(),
    tried: ({ callbackType, answer }) => attempts.inc({ callback: callbackType, answer }),
    ...(settings.sweepMs === undefined ? {} : { sweepMs: settings.sweepMs }),
  });
  const follow = runner.follow.bind(runner);
  const acceptMessage = createAcceptMessage({
    store,
    tools,
    admit: { 'e-commerce': createAdmitTrade({ store, claimOrder: (request) => deps.orders(claimOrder, request) }) },
    verify: createMessageVerifier(directory),
    follow,
    kill,
  });
  const operateDelivery = createOperateDelivery({ store, reads, tools, once: createOnce(database, clock), follow });
  const parked = parkedMessages(deps);
  const api: PaymentsApi = { reads, parked: parked.store, streams: log.streams(), operateDelivery, askParkedMessage: parked.ask };
  const edgeRoutes = createEdgeRoutes({ secrets, clock });
  const forgetting = createForgetting(deps);

  return {
    name: 'payments',
    schema: createPaymentsSchema(),
    contextFor: (request) => ({ ...request, payments: api, load: createPaymentLoaders(reads, viewerOf(request.caller)) }),
    routes: [...paymentMessageRoutes({ routes: edgeRoutes, directory, acceptMessage, reads }), ...parked.routes(edgeRoutes)],
    commands: paymentCommands({ claimOutcome: createClaimOutcome({ store, tools, kill }) }),
    feed: log.feed,
    bell: log.bell,
    async readiness() {
      await database.pool.query('select 1');
      return [{ name: 'payments database', ok: true }];
    },
    async start() {
      await migrate(database, paymentMigrations);
      await log.start();
      await parked.store.count();
      runner.start();
      forgetting.start();
    },
    drain: () => log.drain(),
    async stop() {
      log.drain();
      forgetting.stop();
      await runner.stop();
      await commits.close();
      await log.stop();
    },
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

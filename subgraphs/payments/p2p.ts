import { fail, ok } from '../../kernel/core/result.ts';
import { addMilliseconds } from '../../kernel/core/time.ts';
import { createBackground } from '../../kernel/runtime/background.ts';
import { createConsumer } from '../../kernel/runtime/event-log/consumer.ts';
import type { EventLog } from '../../kernel/runtime/event-log/event-log.ts';
import { type AuditedCallbacks, createCallbackOperations } from '../../kernel/wire/callback-operations.ts';
import { createCallbackRunner } from '../../kernel/wire/callback-runner.ts';
import { createCallbackStore } from '../../kernel/wire/callback-store.ts';
import { createMessageVerifier } from '../../kernel/wire/message-signature.ts';
import { findAlias, linkFoundAlias } from '../../schema/commands/aliases.ts';
import type { CreateP2pOrderDeps } from './app/create-p2p-order.ts';
import { DELIVERY_ACTIONS } from './app/operate-delivery.ts';
import type { P2pTools } from './app/p2p-callbacks.ts';
import { createP2pAnswers, questionAddress } from './delivery/p2p-answers.ts';
import { createP2pWorker } from './delivery/p2p-worker.ts';
import type { PaymentsDeps } from './deps.ts';
import { forgetReceiverData, RECEIVER_DATA_KEPT_MS } from './store/forget-receiver-data.ts';
import { concernsOthersThanTrade, recordPaidOrders, recordReturns } from './ingress/own-feed.ts';
import { createP2pDue, createP2pReads } from './store/p2p.reads.ts';
import { createP2pTransaction, recordOf } from './store/p2p.store.ts';
import { requestOfReturn, returnRecordOf } from './store/returns.store.ts';

const AUDITED_QUESTIONS: AuditedCallbacks = { actions: DELIVERY_ACTIONS, targetOf: ({ id }) => ({ kind: 'delivery', id }) };

/** Orders between people, put together: what the routes and the schema use, and what runs by itself. */
export function createP2p(deps: PaymentsDeps & { readonly log: EventLog }) {
  const { database, directory, log, settings } = deps;
  const tools: P2pTools = { ...deps, participants: directory, issuer: settings.issuer };
  const reads = createP2pReads(database);
  // Looked up late: the parts below are woken by what is written here.
  const woken = { poke: () => {} };
  const transaction = createP2pTransaction(database, () => woken.poke());
  const changing = { transaction, tools, reads };
  const verify = createMessageVerifier(directory);
  const callbacks = createCallbackRunner({
    ...deps,
    callbacks: createCallbackStore(database),
    addressOf: questionAddress(directory),
    heard: createP2pAnswers(changing),
    ...(settings.sweepMs === undefined ? {} : { lookEveryMs: settings.sweepMs }),
  });
  const worker = createP2pWorker({
    ...deps,
    ...changing,
    verify,
    due: createP2pDue(database),
    tellDirectory: async ({ phone, receiver, consentedAt }) => {
      const { account, bankGuid } = receiver;
      await deps.aliases(linkFoundAlias, { phone, account, bankGuid, consentedAt: consentedAt.toISOString() });
    },
    ...(settings.sweepMs === undefined ? {} : { lookEveryMs: settings.sweepMs }),
    ...(settings.tryTimeoutMs === undefined ? {} : { tryTimeoutMs: settings.tryTimeoutMs }),
  });
  woken.poke = () => {
    log.poke();
    callbacks.poke();
    worker.poke();
  };
  const outcomes = ownOutcomes(deps, tools);
  const creating: CreateP2pOrderDeps = {
    ...changing,
    findAlias: createFindAlias(deps),
    searchableBanks: () =>
      directory
        .snapshot()
        .banks.filter(({ routes }) => routes.linkCreditor !== null)
        .map(({ guid }) => guid),
  };
  const forgetting = createReceiverForgetting(deps);
  return {
    reads,
    verify,
    deps: creating,
    operateQuestion: createCallbackOperations({ ...deps, poke: () => callbacks.poke(), audited: AUDITED_QUESTIONS }),
    /** Looks now: something was committed that a callback tells of. */
    poke: () => woken.poke(),
    publicEdgeUrl: settings.publicEdgeUrl,
    appBanks: () => directory.snapshot().banks.flatMap(({ name, appScheme }) => (appScheme === null ? [] : [{ name, appScheme }])),
    async start() {
      forgetting.start();
      callbacks.start();
      worker.start();
      await outcomes.start();
    },
    async stop() {
      await outcomes.stop();
      await Promise.all([worker.stop(), forgetting.stop()]);
      await callbacks.stop();
    },
  };
}

function createFindAlias({ aliases }: PaymentsDeps): CreateP2pOrderDeps['findAlias'] {
  return async (phone, askedBy) => {
    const { account, limited } = await aliases(findAlias, { phone, askedBy });
    if (limited) return fail({ code: 'ALIAS_LOOK_UP_LIMITED', ...limited });
    return ok(account && { bankGuid: account.bankGuid, account: account.iban });
  };
}

const FORGET_EVERY_MS = 600_000;

function createReceiverForgetting({ database, clock, logger }: PaymentsDeps) {
  const run = () => forgetReceiverData(database.pool, addMilliseconds(clock.now(), -RECEIVER_DATA_KEPT_MS));
  return createBackground({ tasks: [{ name: 'forget data of receivers', run }], everyMs: FORGET_EVERY_MS, logger });
}

/** What the subgraph's own log tells it: which orders between people are paid, and how returns ended. */
function ownOutcomes({ database, logger, log }: PaymentsDeps & { readonly log: EventLog }, tools: P2pTools) {
  return createConsumer({
    publisher: 'payments',
    feed: log.feed,
    bell: log.bell,
    database,
    concerns: concernsOthersThanTrade,
    handle: async (client, events) => {
      await recordPaidOrders(tools, recordOf(client), events);
      await recordReturns(
        { record: returnRecordOf(client), requestOf: (guid) => requestOfReturn(client, guid), clock: tools.clock },
        events,
      );
    },
    logger,
  });
}

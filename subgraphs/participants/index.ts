import { createAuditReads } from '../../kernel/runtime/audit-log.ts';
import { createEdgeRoutes } from '../../kernel/runtime/edge-request.ts';
import { eventLogTrace } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createEventLog } from '../../kernel/runtime/event-log/event-log.ts';
import { createKeyForgetting } from '../../kernel/runtime/idempotency.ts';
import { migrate, type MigrationList } from '../../kernel/runtime/migrations.ts';
import { createOrm } from '../../kernel/runtime/orm.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import { databaseReadiness } from '../../kernel/runtime/readiness.ts';
import { createHubSigner } from '../../kernel/runtime/signing.ts';
import type { CommonParts, Subgraph } from '../../kernel/runtime/subgraph.ts';
import type { ParticipantsDeps as UseCaseDeps } from './app/deps.ts';
import { createCallbackTester, type CallbackTesterTimes } from './delivery/send-callback-tests.ts';
import { createParticipantsContext } from './graphql/context.ts';
import { createParticipantsSchema } from './graphql/schema.ts';
import { participantCommands } from './ingress/commands.ts';
import { participantRoutes } from './ingress/routes.ts';
import { createKeyCare } from './key-care.ts';
import { apiKeySource } from './store/api-key-source.ts';
import { bankCodeEntity, bankEntity } from './store/bank.entity.ts';
import { createCallbackTestStore } from './store/callback-test.store.ts';
import { directorySnapshotEntity } from './store/directory.entity.ts';
import { keySourceEntity } from './store/key-source.entity.ts';
import { createDueKeySources } from './store/key-source.reads.ts';
import { apiKeyEntity, participantKeyEntity } from './store/key.entity.ts';
import { merchantEntity } from './store/merchant.entity.ts';
import { initial } from './store/migrations/0001-initial.ts';
import { terms } from './store/migrations/0002-terms.ts';
import { apiKeyOrigins } from './store/migrations/0003-api-key-origins.ts';
import { edgeShards } from './store/migrations/0004-edge-shards.ts';
import { keySources } from './store/migrations/0005-key-sources.ts';
import { plainBodies } from './store/migrations/0006-plain-bodies.ts';
import { callbackTests } from './store/migrations/0007-callback-tests.ts';
import { auditLog } from './store/migrations/0008-audit-log.ts';
import { participantEntity } from './store/participant.entity.ts';
import { createParticipantReads } from './store/participant.reads.ts';
import { createParticipantStore } from './store/participant.store.ts';
import { rememberParticipants } from './store/recent-participants.ts';

export interface ParticipantsSettings {
  /** Participants' addresses may be plain http: the sandbox, where everybody is on one machine. */
  readonly allowPlainHttp: boolean;
  /** Written into API keys. */
  readonly apiKeyMode: 'test' | 'live';
  /** How often it is looked for key sets that are due and keys that end soon, where it is not to be left to us. Milliseconds. */
  readonly lookEveryMs?: number;
  /** How long test callbacks and whoever asks for them wait, where it is not to be left to us. */
  readonly callbackTest?: CallbackTesterTimes;
}

export interface ParticipantsDeps extends CommonParts {
  /** For the key sets that participants publish, and the tests of their callback addresses. */
  readonly outbound: OutboundClient;
  readonly settings: ParticipantsSettings;
}

export { createParticipantsSchema } from './graphql/schema.ts';

const LOG = 'participants';

const MIGRATIONS: MigrationList = [
  initial,
  terms,
  apiKeyOrigins,
  edgeShards,
  EVENT_LOG_UPKEEP,
  eventLogTrace('participants'),
  keySources,
  plainBodies,
  callbackTests,
  auditLog,
];

/** Prefixes of the hub's own kids (kernel/runtime/secrets.ts); a participant with such a kid could be taken for the hub. */
const RESERVED_KID = /^(?:hub|edge)-/;

/** The subgraph that owns participants: what README.md describes, over one database. Nothing runs before `start`. */
export function createParticipantsSubgraph(deps: ParticipantsDeps): Subgraph {
  const { database, clock, logger, secrets, settings } = deps;
  const orm = createOrm({
    database,
    entities: [
      participantEntity,
      bankEntity,
      bankCodeEntity,
      merchantEntity,
      participantKeyEntity,
      keySourceEntity,
      apiKeyEntity,
      directorySnapshotEntity,
    ],
  });
  const log = createEventLog({ ...deps, logName: LOG });
  const { reads, forget } = rememberParticipants(createParticipantReads(orm.em), () => clock.now());
  log.bell.onRing(forget);
  const isHubKid = (kid: string) => [...secrets.hubSigning, ...secrets.edgeSigning].some((secret) => secret.kid === kid);
  const tests = createCallbackTestStore({ database, clock });
  const signer = createHubSigner(secrets);
  const callbackTester = createCallbackTester({ ...deps, signer, store: tests, times: settings.callbackTest ?? {} });
  const useCases: UseCaseDeps = {
    store: createParticipantStore({ database, orm, clock }),
    reads,
    now: () => clock.now(),
    nextId: () => deps.ids.next(),
    apiKeySource,
    callbackTests: tests,
    callbackTester,
    isReservedKid: (kid) => RESERVED_KID.test(kid) || isHubKid(kid),
    addressPolicy: settings.allowPlainHttp ? 'HTTP_ALLOWED' : 'HTTPS_ONLY',
    apiKeyMode: settings.apiKeyMode,
    changed() {
      // Holders of the directory in this process, and our own memory, need not wait for the event's number.
      log.bell.ring();
      log.poke();
    },
  };

  const audit = createAuditReads(database);
  const forgetting = createKeyForgetting({ database, clock, logger });
  const due = createDueKeySources(database, orm.em);
  const keyCare = createKeyCare({ ...deps, due, useCases, lookEveryMs: settings.lookEveryMs });

  return {
    name: 'participants',
    schema: createParticipantsSchema(),
    contextFor: (request) => createParticipantsContext(useCases, audit, request),
    routes: participantRoutes({ reads, secrets, edge: createEdgeRoutes({ secrets, clock, directory: null }) }),
    commands: participantCommands(useCases),
    feed: log.feed,
    bell: log.bell,
    readiness: async () => [await databaseReadiness(database)],
    async start() {
      await migrate(database, MIGRATIONS);
      await log.start();
      forgetting.start();
      keyCare.start();
    },
    async stop() {
      forgetting.stop();
      await keyCare.stop();
      await callbackTester.stop();
      await log.stop();
      await orm.close();
    },
  };
}

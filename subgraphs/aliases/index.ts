import { createCallbackRunner } from '../../kernel/wire/callback-runner.ts';
import { createCallbackStore } from '../../kernel/wire/callback-store.ts';
import { createMessageVerifier } from '../../kernel/wire/message-signature.ts';
import type { RefreshableDirectory } from '../../kernel/runtime/directory.ts';
import { createEdgeRoutes } from '../../kernel/runtime/edge-request.ts';
import type { Database } from '../../kernel/runtime/database.ts';
import { EVENT_LOG_UPKEEP } from '../../kernel/runtime/event-log/event-log.sql.ts';
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
import { aliasChangeEntity, aliasEntity } from './store/alias.entity.ts';
import { createAliasReads } from './store/alias.reads.ts';
import { createAliasTransaction } from './store/alias.store.ts';
import { initial } from './store/migrations/0001-initial.ts';
import { trace } from './store/migrations/0002-trace.ts';
import { createOnce } from './store/once.ts';

export interface AliasesSettings {
  /** The hub's name in the tokens that it signs. */
  readonly issuer: string;
}

export interface AliasesDeps extends CommonParts {
  readonly settings: AliasesSettings;
  readonly directory: RefreshableDirectory;
  readonly outbound: OutboundClient;
  /** Signs in the hub's name: answers and callbacks. */
  readonly signer: TokenSigner;
}

export { createAliasesSchema } from './graphql/schema.ts';

const LOG = 'aliases';

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
  const api: AliasesApi = { ...change, once: createOnce(database, clock), participants: directory, reads, streams: log.streams() };
  const transaction = createAliasTransaction(database);
  const forgetting = createKeyForgetting({ database, clock, logger });

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
    commands: aliasCommands({ ...change, reads, transaction }),
    feed: log.feed,
    bell: log.bell,
    readiness: async () => [await databaseReadiness(database)],
    async start() {
      await migrate(database, [initial, EVENT_LOG_UPKEEP, trace]);
      await log.start();
      runner.start();
      forgetting.start();
    },
    drain: () => log.drain(),
    async stop() {
      log.drain();
      forgetting.stop();
      await runner.stop();
      await log.stop();
      await orm.close();
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

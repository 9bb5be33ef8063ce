import { readDirectory } from '../../schema/commands/participants.ts';
import type { SubgraphName } from '../../schema/subgraphs.ts';
import { createBusinessClock, wallClock } from './clock.ts';
import { commandRoutes, createRemoteCommandClient, type CommandClient } from './command.ts';
import type { ServiceConfig } from './config.ts';
import { createDatabase } from './database.ts';
import { createDirectoryHolder, type DirectoryHolder } from './directory.ts';
import type { Feed } from './event-log/feed.ts';
import { createLogWatch } from './event-log/log-watch.ts';
import { createRemoteFeed, feedRoute } from './event-log/remote-feed.ts';
import { createSubgraphServer } from './graphql/subgraph-server.ts';
import { createIdSource } from './id-source.ts';
import type { Logger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import type { OutboundClient } from './outbound.ts';
import { openSecrets, type HubSecrets } from './secrets.ts';
import { createServiceHost } from './service-host.ts';
import { createRequestSigner, createRequestVerifier } from './signed-request.ts';
import type { CommonParts, Subgraph } from './subgraph.ts';

/** Adapters to sister subgraphs that run elsewhere, by their base URL. */
export interface Sisters {
  commands(url: string): CommandClient;
  feed(url: string): Feed;
  /** The directory as participants at this address publishes it. */
  directory(participantsUrl: string): DirectoryHolder;
}

/** A subgraph in a process of its own, on one address: `/graphql`, its own routes, `/commands/*`, `/feed`. */
export interface SubgraphService {
  readonly url: string;
  stop(): Promise<void>;
}

/** What a service runs beside its subgraph, where the subgraph needs it. */
export interface ServedSubgraph {
  readonly subgraph: Subgraph;
  readonly directory?: DirectoryHolder;
  readonly outbound?: OutboundClient;
}

/**
 * Runs a subgraph alone. Throws when the database cannot be reached or the port is taken. Sister subgraphs may still be on their way:
 * the service lives without them and is not ready until it has a directory.
 */
export async function startSubgraphService(o: {
  readonly name: SubgraphName;
  readonly config: ServiceConfig;
  readonly logger: Logger;
  build(common: CommonParts, sisters: Sisters): ServedSubgraph;
}): Promise<SubgraphService> {
  const { common, closeSecrets } = await commonParts(o);
  const { database, businessClock, metrics, secrets, logger } = common;
  const { subgraph, directory, outbound } = o.build(common, sistersOf(secrets, logger));
  const verifier = createRequestVerifier(secrets, wallClock);
  const watch = createLogWatch({ ...common, logName: o.name });
  const server = createSubgraphServer({ subgraph, verifier, logger });
  const host = createServiceHost({
    routes: [...subgraph.routes, ...commandRoutes(subgraph.commands, verifier), feedRoute(subgraph.feed, verifier), ...server.routes],
    readiness: async () => [...(await subgraph.readiness()), ...(directory ? [directory.readiness()] : [])],
    metrics,
    logger,
    believesTraces: true,
  });
  const stop = async () => {
    subgraph.drain?.();
    await server.stop();
    await host.close();
    await watch.stop();
    await subgraph.stop();
    await Promise.all([directory?.stop(), businessClock.stop(), outbound?.close()]);
    await database.close();
    await closeSecrets();
  };

  await businessClock.start();
  await directory?.start();
  await subgraph.start();
  watch.start();
  await server.start();
  server.attach(host.server);
  const { url } = await host.listen({ host: o.config.host, port: o.config.port });
  return { url, stop };
}

async function commonParts(o: { readonly name: SubgraphName; readonly config: ServiceConfig; readonly logger: Logger }) {
  const { name, config, logger } = o;
  const { streamLimits } = config;
  const { secrets, close: closeSecrets } = await openSecrets({ directory: config.secretsFolder, clock: wallClock, logger });
  const database = createDatabase({ url: config.databaseUrl, schema: name, applicationName: `hub-${name}` });
  const businessClock = createBusinessClock({ pool: database.pool, wallClock, logger });
  const metrics = createMetrics({ processMetrics: true });
  const common: CommonParts = {
    database,
    clock: wallClock,
    businessClock,
    ids: createIdSource(wallClock),
    logger,
    metrics,
    secrets,
    streamLimits,
  };
  return { common, closeSecrets };
}

function sistersOf(secrets: HubSecrets, logger: Logger): Sisters {
  const signer = createRequestSigner(secrets, wallClock);
  return {
    commands: (url) => createRemoteCommandClient({ url, signer }),
    feed: (url) => createRemoteFeed({ url, signer }),
    directory(url) {
      const participants = createRemoteCommandClient({ url, signer });
      return createDirectoryHolder({
        pull: async (afterVersion) => (await participants(readDirectory, { afterVersion })).snapshot,
        logger,
      });
    },
  };
}

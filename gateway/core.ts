import { readFile } from 'node:fs/promises';
import type http from 'node:http';

import { createBusinessClock, wallClock } from '../kernel/runtime/clock.ts';
import { createDatabase } from '../kernel/runtime/database.ts';
import { createIdSource } from '../kernel/runtime/id-source.ts';
import type { Logger } from '../kernel/runtime/logger.ts';
import { createMetrics } from '../kernel/runtime/metrics.ts';
import { openSecrets } from '../kernel/runtime/secrets.ts';
import { createServiceHost, type ServiceHost } from '../kernel/runtime/service-host.ts';
import type { CoreConfig } from './config.ts';
import { createConsoleListener, isForConsole } from './console-files.ts';
import type { Authenticate } from './credentials.ts';
import { loadBrowserDocuments } from './load-browser-documents.ts';
import { createGateway } from './gateway.ts';
import { createGraphqlListener, type GraphqlHostOptions } from './graphql-http.ts';
import { attachGraphqlSockets } from './graphql-sockets.ts';
import { createHubAuthenticate } from './hub-credentials.ts';
import { createCostBudgets } from './limits/cost-budget.ts';
import { createHub, type Hub } from './local.ts';
import { sandboxClockRoute } from './sandbox-clock.ts';
import { sdlOf, staleSubgraphs } from './supergraph.ts';

/** The running core: the public GraphQL endpoint and the internal address that the edge and sister processes use. */
export interface Core {
  readonly gatewayUrl: string;
  readonly internalUrl: string;
  /** Refuses new requests, lets running ones end, stops background work and closes the database. */
  stop(): Promise<void>;
}

const SUPERGRAPH_FILE = new URL('../schema/supergraph.graphql', import.meta.url);

/**
 * Starts gateway and subgraphs in this process, except the subgraphs that the configuration says run elsewhere. Throws when the
 * database cannot be reached, a port is taken, or the committed supergraph is not the one of these subgraphs.
 */
export async function startCore(config: CoreConfig, logger: Logger): Promise<Core> {
  const clock = wallClock;
  const supergraph = await readFile(SUPERGRAPH_FILE, 'utf8');
  const { secrets, close: closeSecrets } = await openSecrets({ directory: config.secretsFolder, clock, logger });
  const ids = createIdSource(clock);
  const metrics = createMetrics({ processMetrics: true });
  const database = createDatabase({ url: config.databaseUrl, schema: 'hub', applicationName: 'hub-core', poolMax: 2 });
  const businessClock = createBusinessClock({ pool: database.pool, wallClock: clock, logger });
  const hub = await createHub({ config, secrets, clock, businessClock, ids, metrics, logger });
  refuseStaleSupergraph(supergraph, hub);

  const authenticate = await createHubAuthenticate({ hub, secrets, config, clock });
  const budgets = createCostBudgets(config.budget, () => performance.now());
  const { sandbox, subgraphAnswerMs, streamsPerKeyMax } = config;
  const { transports } = hub;
  const browsers = await loadBrowserDocuments(config.browserDocuments);
  const shared = { ...browsers, sandbox, metrics, logger };
  const gateway = await createGateway({ ...shared, supergraph, planner: 'rust', transports, budgets, streamsPerKeyMax, subgraphAnswerMs });
  const { onParticipantsChanged: onKeysChanged } = hub;
  const graphql = { ...shared, gateway, authenticate, onKeysChanged, ids, now: () => clock.now() };
  const common = { readiness: () => hub.readiness(), metrics, logger };
  const publicHost = createServiceHost({ ...common, routes: [], fallback: publicListener(config, graphql) });
  const internalHost = createServiceHost({
    ...common,
    believesTraces: true,
    routes: [...hub.routes, ...sandboxRoutes(config, { clock: businessClock, authenticate })],
  });
  const sockets = attachGraphqlSockets(publicHost.server, graphql);

  const stop = async () => {
    hub.drain();
    await sockets.close();
    await Promise.all([publicHost.close(), internalHost.close()]);
    await hub.stop();
    await businessClock.stop();
    await gateway.dispose();
    await database.close();
    await closeSecrets();
  };
  try {
    await businessClock.start();
    await hub.start();
    return { ...(await listen(config, { publicHost, internalHost })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The endpoint, and the console beside it: one origin, so that the console needs no permission of another. */
function publicListener({ console: settings }: CoreConfig, graphql: GraphqlHostOptions): http.RequestListener {
  const [forConsole, forEndpoint] = [createConsoleListener({ settings, logger: graphql.logger }), createGraphqlListener(graphql)];
  return (request, response) => (isForConsole(request) ? forConsole : forEndpoint)(request, response);
}

function sandboxRoutes(
  { sandbox }: CoreConfig,
  dependencies: { clock: ReturnType<typeof createBusinessClock>; authenticate: Authenticate },
) {
  return sandbox ? [sandboxClockRoute(dependencies)] : [];
}

function refuseStaleSupergraph(supergraph: string, hub: Hub): void {
  const stale = staleSubgraphs(
    supergraph,
    hub.local.map(({ name, schema }) => ({ name, sdl: sdlOf(schema) })),
  );
  if (stale.length === 0) return;
  throw new Error(`schema/supergraph.graphql does not fit the subgraphs ${stale.join(', ')}: run npm run generate`);
}

async function listen(config: CoreConfig, { publicHost, internalHost }: { publicHost: ServiceHost; internalHost: ServiceHost }) {
  const internal = await internalHost.listen({ host: config.host, port: config.internalPort });
  const open = await publicHost.listen({ host: config.host, port: config.gatewayPort });
  return { gatewayUrl: `${open.url}/graphql`, internalUrl: internal.url };
}

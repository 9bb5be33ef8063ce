import type { CoreConfig } from '../../gateway/config.ts';
import { createHub } from '../../gateway/local.ts';
import { createBusinessClock, wallClock } from '../../kernel/runtime/clock.ts';
import { commandRoutes } from '../../kernel/runtime/command.ts';
import { createDatabase } from '../../kernel/runtime/database.ts';
import { feedRoute } from '../../kernel/runtime/event-log/remote-feed.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import type { HubSecrets } from '../../kernel/runtime/secrets.ts';
import { createRequestVerifier } from '../../kernel/runtime/signed-request.ts';
import { remoteSubgraph } from './remote-subgraph.ts';

/** All four subgraphs in one process, each also answering on a port of its own as if it ran alone. */
export async function hubOnPorts(
  config: CoreConfig,
  secrets: HubSecrets,
  stops: (() => Promise<unknown>)[],
): Promise<CoreConfig['remote']> {
  const logger = createLogger({ level: config.logLevel, name: 'subgraphs' });
  const database = createDatabase({ url: config.databaseUrl, schema: 'hub', applicationName: 'subgraphs' });
  const businessClock = createBusinessClock({ pool: database.pool, wallClock, logger });
  const ids = createIdSource(wallClock);
  const metrics = createMetrics({ processMetrics: false });
  const hub = await createHub({ config, secrets, clock: wallClock, businessClock, ids, metrics, logger });
  stops.push(
    () => database.close(),
    () => businessClock.stop(),
    () => hub.stop(),
  );
  await businessClock.start();
  await hub.start();
  const verifier = createRequestVerifier(secrets, wallClock);
  const remote: Record<string, string> = {};
  for (const subgraph of hub.local) {
    const routes = [...subgraph.routes, ...commandRoutes(subgraph.commands, verifier), feedRoute(subgraph.feed, verifier)];
    const served = await remoteSubgraph(subgraph, verifier, routes);
    stops.push(() => served.close());
    remote[subgraph.name] = served.url;
  }
  return remote;
}

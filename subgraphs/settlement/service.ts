import { createBusinessClock, wallClock } from '../../kernel/runtime/clock.ts';
import { commandRoutes, createRemoteCommandClient } from '../../kernel/runtime/command.ts';
import { createDatabase } from '../../kernel/runtime/database.ts';
import { createDirectoryHolder } from '../../kernel/runtime/directory.ts';
import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import { createRemoteFeed, feedRoute } from '../../kernel/runtime/event-log/remote-feed.ts';
import { createSubgraphServer } from '../../kernel/runtime/graphql/subgraph-server.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createServiceHost } from '../../kernel/runtime/service-host.ts';
import { createRequestSigner, createRequestVerifier } from '../../kernel/runtime/signed-request.ts';
import { readDirectory } from '../../schema/commands/participants.ts';
import type { SettlementConfig } from './config.ts';
import { createSettlementSubgraph } from './index.ts';

/** The settlement subgraph in a process of its own, on one address: `/graphql`, `/commands/*`, `/feed`. */
export interface SettlementService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Throws when the database cannot be reached or the port is taken. Sister subgraphs may still be on their way. */
export async function startSettlementService(config: SettlementConfig, logger: Logger): Promise<SettlementService> {
  const secrets = await loadSecrets(config.secretsFolder);
  const database = createDatabase({ url: config.databaseUrl, schema: 'settlement', applicationName: 'hub-settlement' });
  const businessClock = createBusinessClock({ pool: database.pool, wallClock, logger });
  const signer = createRequestSigner(secrets.internal, wallClock);
  const verifier = createRequestVerifier(secrets.internal, wallClock);
  const metrics = createMetrics({ processMetrics: true });
  const participants = createRemoteCommandClient({ url: config.participantsUrl, signer });
  const directory = createDirectoryHolder({
    pull: async (afterVersion) => (await participants(readDirectory, { afterVersion })).snapshot,
    logger,
  });
  const settlement = createSettlementSubgraph({
    database,
    clock: wallClock,
    businessClock,
    ids: createIdSource(wallClock),
    logger,
    metrics,
    secrets,
    settings: { notify: true },
    directory,
    paymentsFeed: createRemoteFeed({ url: config.paymentsUrl, signer }),
    paymentsBell: createBell(),
  });
  const server = createSubgraphServer({ subgraph: settlement, verifier, logger });
  const host = createServiceHost({
    routes: [...settlement.routes, ...commandRoutes(settlement.commands, verifier), feedRoute(settlement.feed, verifier), server.route],
    readiness: async () => [...(await settlement.readiness()), directory.readiness()],
    metrics,
    logger,
  });
  const stop = async () => {
    await server.stop();
    await host.close();
    await settlement.stop();
    await Promise.all([directory.stop(), businessClock.stop()]);
    await database.close();
  };

  await businessClock.start();
  await directory.start();
  await settlement.start();
  await server.start();
  server.attach(host.server);
  const { url } = await host.listen({ host: config.host, port: config.port });
  return { url, stop };
}

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
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createServiceHost } from '../../kernel/runtime/service-host.ts';
import { createRequestSigner, createRequestVerifier } from '../../kernel/runtime/signed-request.ts';
import { createTokenSigner } from '../../kernel/runtime/signing.ts';
import { readDirectory } from '../../schema/commands/participants.ts';
import type { OrdersConfig } from './config.ts';
import { createOrdersSubgraph } from './index.ts';

/** The orders subgraph in a process of its own, on one address: `/graphql`, `/ingress/*`, `/commands/*`, `/feed`. */
export interface OrdersService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Throws when the database cannot be reached or the port is taken. Sister subgraphs may still be on their way. */
export async function startOrdersService(config: OrdersConfig, logger: Logger): Promise<OrdersService> {
  const secrets = await loadSecrets(config.secretsFolder);
  const [hubSecret] = secrets.hubSigning;
  if (!hubSecret) throw new Error('the hub has no signing key');
  const database = createDatabase({ url: config.databaseUrl, schema: 'orders', applicationName: 'hub-orders' });
  const businessClock = createBusinessClock({ pool: database.pool, wallClock, logger });
  const requestSigner = createRequestSigner(secrets.internal, wallClock);
  const verifier = createRequestVerifier(secrets.internal, wallClock);
  const metrics = createMetrics({ processMetrics: true });
  const participants = createRemoteCommandClient({ url: config.participantsUrl, signer: requestSigner });
  const directory = createDirectoryHolder({
    pull: async (afterVersion) => (await participants(readDirectory, { afterVersion })).snapshot,
    logger,
  });
  const outbound = createOutboundClient({ allowPrivateAddresses: config.sandbox });
  const orders = createOrdersSubgraph({
    database,
    clock: wallClock,
    businessClock,
    ids: createIdSource(wallClock),
    logger,
    metrics,
    secrets,
    settings: { publicEdgeUrl: config.publicEdgeUrl, notify: true },
    directory,
    payments: createRemoteCommandClient({ url: config.paymentsUrl, signer: requestSigner }),
    paymentsFeed: createRemoteFeed({ url: config.paymentsUrl, signer: requestSigner }),
    paymentsBell: createBell(),
    outbound,
    signer: createTokenSigner(hubSecret),
  });
  const server = createSubgraphServer({ subgraph: orders, verifier, logger });
  const host = createServiceHost({
    routes: [...orders.routes, ...commandRoutes(orders.commands, verifier), feedRoute(orders.feed, verifier), server.route],
    readiness: async () => [...(await orders.readiness()), directory.readiness()],
    metrics,
    logger,
  });
  const stop = async () => {
    await server.stop();
    await host.close();
    await orders.stop();
    await Promise.all([directory.stop(), businessClock.stop(), outbound.close()]);
    await database.close();
  };

  await businessClock.start();
  await directory.start();
  await orders.start();
  await server.start();
  server.attach(host.server);
  const { url } = await host.listen({ host: config.host, port: config.port });
  return { url, stop };
}

import { createBusinessClock, wallClock } from '../../kernel/runtime/clock.ts';
import { commandRoutes, createRemoteCommandClient } from '../../kernel/runtime/command.ts';
import { createDatabase } from '../../kernel/runtime/database.ts';
import { createDirectoryHolder } from '../../kernel/runtime/directory.ts';
import { feedRoute } from '../../kernel/runtime/event-log/remote-feed.ts';
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
import type { PaymentsConfig } from './config.ts';
import { IN_FLIGHT_MAX } from './delivery/delivery-runner.ts';
import { createPaymentsSubgraph } from './index.ts';

/** The payments subgraph in a process of its own, on one address: `/graphql`, `/ingress/*`, `/commands/*`, `/feed`. */
export interface PaymentsService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Throws when the database cannot be reached or the port is taken. Sister subgraphs may still be on their way. */
export async function startPaymentsService(config: PaymentsConfig, logger: Logger): Promise<PaymentsService> {
  const secrets = await loadSecrets(config.secretsFolder);
  const [hubSecret] = secrets.hubSigning;
  if (!hubSecret) throw new Error('the hub has no signing key');
  const database = createDatabase({ url: config.databaseUrl, schema: 'payments', applicationName: 'hub-payments' });
  const businessClock = createBusinessClock({ pool: database.pool, wallClock, logger });
  const requestSigner = createRequestSigner(secrets.internal, wallClock);
  const verifier = createRequestVerifier(secrets.internal, wallClock);
  const metrics = createMetrics({ processMetrics: true });
  const participants = createRemoteCommandClient({ url: config.participantsUrl, signer: requestSigner });
  const directory = createDirectoryHolder({
    pull: async (afterVersion) => (await participants(readDirectory, { afterVersion })).snapshot,
    logger,
  });
  // Receivers are limited one by one by the deliveries themselves; several may live at one address.
  const outbound = createOutboundClient({ allowPrivateAddresses: config.sandbox, perReceiverMax: IN_FLIGHT_MAX });
  const payments = createPaymentsSubgraph({
    database,
    clock: wallClock,
    businessClock,
    ids: createIdSource(wallClock),
    logger,
    metrics,
    secrets,
    settings: { issuer: config.issuer, notify: true },
    directory,
    orders: createRemoteCommandClient({ url: config.ordersUrl, signer: requestSigner }),
    outbound,
    signer: createTokenSigner(hubSecret),
  });
  const server = createSubgraphServer({ subgraph: payments, verifier, logger });
  const host = createServiceHost({
    routes: [...payments.routes, ...commandRoutes(payments.commands, verifier), feedRoute(payments.feed, verifier), server.route],
    readiness: async () => [...(await payments.readiness()), directory.readiness()],
    metrics,
    logger,
  });
  const stop = async () => {
    await server.stop();
    await host.close();
    await payments.stop();
    await Promise.all([directory.stop(), businessClock.stop(), outbound.close()]);
    await database.close();
  };

  await businessClock.start();
  await directory.start();
  await payments.start();
  await server.start();
  server.attach(host.server);
  const { url } = await host.listen({ host: config.host, port: config.port });
  return { url, stop };
}

import { createBusinessClock, wallClock } from '../../kernel/runtime/clock.ts';
import { commandRoutes } from '../../kernel/runtime/command.ts';
import { createDatabase } from '../../kernel/runtime/database.ts';
import { feedRoute } from '../../kernel/runtime/event-log/remote-feed.ts';
import { createSubgraphServer } from '../../kernel/runtime/graphql/subgraph-server.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createServiceHost } from '../../kernel/runtime/service-host.ts';
import { createRequestVerifier } from '../../kernel/runtime/signed-request.ts';
import type { ParticipantsConfig } from './config.ts';
import { createParticipantsSubgraph } from './index.ts';

/** The participants subgraph in a process of its own, on one address: `/graphql`, `/directory`, `/ingress/*`, `/commands/*`, `/feed`. */
export interface ParticipantsService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Throws when the database cannot be reached or the port is taken. */
export async function startParticipantsService(config: ParticipantsConfig, logger: Logger): Promise<ParticipantsService> {
  const secrets = await loadSecrets(config.secretsFolder);
  const database = createDatabase({ url: config.databaseUrl, schema: 'participants', applicationName: 'hub-participants' });
  const businessClock = createBusinessClock({ pool: database.pool, wallClock, logger });
  const verifier = createRequestVerifier(secrets.internal, wallClock);
  const metrics = createMetrics({ processMetrics: true });
  const participants = createParticipantsSubgraph({
    database,
    clock: wallClock,
    businessClock,
    ids: createIdSource(wallClock),
    logger,
    metrics,
    secrets,
    settings: { allowPlainHttp: config.sandbox, apiKeyMode: config.sandbox ? 'test' : 'live', notify: true },
  });
  const server = createSubgraphServer({ subgraph: participants, verifier, logger });
  const host = createServiceHost({
    routes: [
      ...participants.routes,
      ...commandRoutes(participants.commands, verifier),
      feedRoute(participants.feed, verifier),
      server.route,
    ],
    readiness: () => participants.readiness(),
    metrics,
    logger,
  });
  const stop = async () => {
    await server.stop();
    await host.close();
    await participants.stop();
    await businessClock.stop();
    await database.close();
  };

  await businessClock.start();
  await participants.start();
  await server.start();
  server.attach(host.server);
  const { url } = await host.listen({ host: config.host, port: config.port });
  return { url, stop };
}

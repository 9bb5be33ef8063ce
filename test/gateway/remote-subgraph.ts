import type { Socket } from 'node:net';

import { createSubgraphServer } from '../../kernel/runtime/graphql/subgraph-server.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { createServiceHost, type HttpRoute } from '../../kernel/runtime/service-host.ts';
import type { RequestVerifier } from '../../kernel/runtime/signed-request.ts';
import type { ExecutableSubgraph } from '../../gateway/transports/local.ts';
import type { Caller } from '../../schema/caller.ts';

/** A subgraph on a port of its own, served as its main.ts would serve it. */
export async function remoteSubgraph(subgraph: ExecutableSubgraph, verifier: RequestVerifier, routes: readonly HttpRoute[] = []) {
  const logger = createLogger({ level: 'silent', name: 'subgraph' });
  /** The callers of all connections for streams that were ever made. */
  const connections: Caller[] = [];
  const upgraded = new Set<Socket>();
  const watched: RequestVerifier = {
    verify(request) {
      const caller = verifier.verify(request);
      if (caller.ok && request.method === 'GET') connections.push(caller.value);
      return caller;
    },
  };
  const graphql = createSubgraphServer({ subgraph, verifier: watched, logger });
  const host = createServiceHost({
    routes: [...routes, ...graphql.routes],
    readiness: async () => [],
    metrics: createMetrics({ processMetrics: false }),
    logger,
  });
  host.server.on('upgrade', (_request, socket: Socket) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });
  await graphql.start();
  graphql.attach(host.server);
  const { url } = await host.listen({ host: '127.0.0.1', port: 0 });
  let closed: Promise<void> | undefined;
  return {
    url,
    connections,
    get openSockets() {
      return upgraded.size;
    },
    dropSockets() {
      for (const socket of upgraded) socket.destroy();
    },
    close() {
      closed ??= graphql.stop().then(() => host.close());
      return closed;
    },
  };
}

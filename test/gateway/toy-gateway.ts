import { randomBytes } from 'node:crypto';

import { composeSchemas, sdlOf } from '../../gateway/supergraph.ts';
import { createLocalTransport } from '../../gateway/transports/local.ts';
import { createRemoteTransport } from '../../gateway/transports/remote.ts';
import type { SubgraphTransport } from '../../gateway/transports/transport.ts';
import { wallClock } from '../../kernel/runtime/clock.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createRequestSigner, createRequestVerifier } from '../../kernel/runtime/signed-request.ts';
import { gatewayUnderTest, type GatewayUnderTest } from './gateway-under-test.ts';
import { remoteSubgraph } from './remote-subgraph.ts';
import { toySubgraphs } from './toy-subgraphs.ts';

/** Both ways in which the gateway reaches its subgraphs; what a client sees must not tell them apart. */
export const MODES = ['local', 'remote'] as const;
export type Mode = (typeof MODES)[number];

/** A gateway over the two toy subgraphs. `close` ends everything that was started. */
export async function toyGateway(
  mode: Mode,
  {
    around,
    ...options
  }: Partial<Parameters<typeof gatewayUnderTest>[0]> & { around?: (name: string, transport: SubgraphTransport) => SubgraphTransport } = {},
) {
  const toys = toySubgraphs();
  const remotes: Awaited<ReturnType<typeof remoteSubgraph>>[] = [];
  const transports: Record<string, SubgraphTransport> = {};
  const keys = [{ kid: 'internal-test', key: randomBytes(32) }];
  const logger = createLogger({ level: 'silent', name: 'gateway' });
  for (const name of ['orders', 'payments'] as const) {
    if (mode === 'local') transports[name] = createLocalTransport(toys[name]);
    else {
      const remote = await remoteSubgraph(toys[name], createRequestVerifier({ internal: keys }, wallClock));
      remotes.push(remote);
      transports[name] = createRemoteTransport({
        name,
        url: remote.url,
        signer: createRequestSigner({ internal: keys }, wallClock),
        logger,
      });
    }
  }
  for (const [name, transport] of Object.entries(transports)) transports[name] = around?.(name, transport) ?? transport;
  const { supergraph } = composeSchemas([
    { name: 'orders', sdl: sdlOf(toys.orders.schema) },
    { name: 'payments', sdl: sdlOf(toys.payments.schema) },
  ]);
  const gateway: GatewayUnderTest = await gatewayUnderTest({ supergraph, transports, ...options });
  return {
    toys,
    gateway,
    remotes,
    async close() {
      await gateway.close();
      for (const transport of Object.values(transports)) await transport.close();
      for (const remote of remotes) await remote.close();
    },
  };
}

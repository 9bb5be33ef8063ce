import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { createHubSigner } from '../../kernel/runtime/signing.ts';
import { startSubgraphService, type SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import type { OrdersConfig } from './config.ts';
import { createOrdersSubgraph } from './index.ts';

/** The orders subgraph in a process of its own. Fails as startSubgraphService does. */
export function startOrdersService(config: OrdersConfig, logger: Logger): Promise<SubgraphService> {
  return startSubgraphService({
    name: 'orders',
    config,
    logger,
    build(common, sisters) {
      const directory = sisters.directory(config.participantsUrl);
      const outbound = createOutboundClient({ sandbox: config.sandbox ? { host: config.host } : null });
      const subgraph = createOrdersSubgraph({
        ...common,
        settings: { publicEdgeUrl: config.publicEdgeUrl },
        directory,
        payments: sisters.commands(config.paymentsUrl),
        paymentsFeed: sisters.feed(config.paymentsUrl),
        paymentsBell: createBell(),
        outbound,
        signer: createHubSigner(common.secrets),
      });
      return { subgraph, directory, outbound };
    },
  });
}

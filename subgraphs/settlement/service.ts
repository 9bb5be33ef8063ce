import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import { startSubgraphService, type SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import type { SettlementConfig } from './config.ts';
import { createSettlementSubgraph } from './index.ts';

/** The settlement subgraph in a process of its own. Fails as startSubgraphService does. */
export function startSettlementService(config: SettlementConfig, logger: Logger): Promise<SubgraphService> {
  return startSubgraphService({
    name: 'settlement',
    config,
    logger,
    build(common, sisters) {
      const directory = sisters.directory(config.participantsUrl);
      const subgraph = createSettlementSubgraph({
        ...common,
        settings: {},
        directory,
        paymentsFeed: sisters.feed(config.paymentsUrl),
        paymentsBell: createBell(),
      });
      return { subgraph, directory };
    },
  });
}

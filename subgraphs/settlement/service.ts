import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { createHubSigner } from '../../kernel/runtime/signing.ts';
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
      const outbound = createOutboundClient({ sandbox: config.sandbox ? { host: config.host } : null });
      const subgraph = createSettlementSubgraph({
        ...common,
        settings: { issuer: config.issuer, mail: config.mail },
        directory,
        outbound,
        signer: createHubSigner(common.secrets),
        paymentsFeed: sisters.feed(config.paymentsUrl),
        paymentsBell: createBell(),
        participantsFeed: sisters.feed(config.participantsUrl),
        participantsBell: createBell(),
      });
      return { subgraph, directory, outbound };
    },
  });
}

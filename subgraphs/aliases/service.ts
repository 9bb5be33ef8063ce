import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { createHubSigner } from '../../kernel/runtime/signing.ts';
import { startSubgraphService, type SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import type { AliasesConfig } from './config.ts';
import { createAliasesSubgraph } from './index.ts';

/** The aliases subgraph in a process of its own. Fails as startSubgraphService does. */
export function startAliasesService(config: AliasesConfig, logger: Logger): Promise<SubgraphService> {
  return startSubgraphService({
    name: 'aliases',
    config,
    logger,
    build(common, sisters) {
      const directory = sisters.directory(config.participantsUrl);
      const outbound = createOutboundClient({ sandbox: config.sandbox ? { host: config.host } : null });
      const signer = createHubSigner(common.secrets);
      const subgraph = createAliasesSubgraph({
        ...common,
        settings: { issuer: config.issuer, lookUps: config.lookUps },
        directory,
        paymentsFeed: sisters.feed(config.paymentsUrl),
        paymentsBell: createBell(),
        outbound,
        signer,
      });
      return { subgraph, directory, outbound };
    },
  });
}

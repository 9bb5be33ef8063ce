import type { Logger } from '../../kernel/runtime/logger.ts';
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { startSubgraphService, type SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import type { ParticipantsConfig } from './config.ts';
import { createParticipantsSubgraph } from './index.ts';

/** The participants subgraph in a process of its own. Fails as startSubgraphService does. */
export function startParticipantsService(config: ParticipantsConfig, logger: Logger): Promise<SubgraphService> {
  return startSubgraphService({
    name: 'participants',
    config,
    logger,
    build(common) {
      const outbound = createOutboundClient({ sandbox: config.sandbox ? { host: config.host } : null });
      const settings = { allowPlainHttp: config.sandbox, apiKeyMode: config.sandbox ? ('test' as const) : ('live' as const) };
      return { subgraph: createParticipantsSubgraph({ ...common, outbound, settings }), outbound };
    },
  });
}

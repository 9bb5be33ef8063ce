import type { Logger } from '../../kernel/runtime/logger.ts';
import { startSubgraphService, type SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import type { ParticipantsConfig } from './config.ts';
import { createParticipantsSubgraph } from './index.ts';

/** The participants subgraph in a process of its own. Fails as startSubgraphService does. */
export function startParticipantsService(config: ParticipantsConfig, logger: Logger): Promise<SubgraphService> {
  return startSubgraphService({
    name: 'participants',
    config,
    logger,
    build: (common) => ({
      subgraph: createParticipantsSubgraph({
        ...common,
        settings: { allowPlainHttp: config.sandbox, apiKeyMode: config.sandbox ? 'test' : 'live' },
      }),
    }),
  });
}

import type { Logger } from '../../kernel/runtime/logger.ts';
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { createHubSigner } from '../../kernel/runtime/signing.ts';
import { startSubgraphService, type SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import type { PaymentsConfig } from './config.ts';
import { IN_FLIGHT_MAX } from './delivery/delivery-runner.ts';
import { createPaymentsSubgraph, settingsOf } from './index.ts';

/** The payments subgraph in a process of its own. Fails as startSubgraphService does. */
export function startPaymentsService(config: PaymentsConfig, logger: Logger): Promise<SubgraphService> {
  return startSubgraphService({
    name: 'payments',
    config,
    logger,
    build(common, sisters) {
      const directory = sisters.directory(config.participantsUrl);
      // Receivers are limited one by one by the deliveries themselves; several may live at one address.
      const outbound = createOutboundClient({ sandbox: config.sandbox ? { host: config.host } : null, perReceiverMax: IN_FLIGHT_MAX });
      const subgraph = createPaymentsSubgraph({
        ...common,
        settings: settingsOf(config),
        directory,
        orders: sisters.commands(config.ordersUrl),
        aliases: sisters.commands(config.aliasesUrl),
        outbound,
        signer: createHubSigner(common.secrets),
      });
      return { subgraph, directory, outbound };
    },
  });
}

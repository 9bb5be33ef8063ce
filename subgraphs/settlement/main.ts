import { createLogger } from '../../kernel/runtime/logger.ts';
import { readSettlementConfig } from './config.ts';
import { startSettlementService } from './service.ts';

// Settlement alone, with the variables of config.ts. The other processes find it by SETTLEMENT_URL.
const config = readSettlementConfig();
const logger = createLogger({ level: config.logLevel, name: 'settlement' });
const service = await startSettlementService(config, logger);

let stopping: Promise<void> | undefined;
function stop(reason: string): void {
  stopping ??= service.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ err: error }, 'stopping failed');
      process.exit(1);
    },
  );
  logger.info({ reason }, 'stopping');
}

process.once('SIGTERM', () => stop('SIGTERM'));
process.once('SIGINT', () => stop('SIGINT'));
// The supervisor is gone: nobody would stop this process any more.
process.once('disconnect', () => stop('the supervisor is gone'));

process.send?.({ type: 'ready', url: service.url });
logger.info({ url: service.url }, 'ready');

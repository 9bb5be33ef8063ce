import { createLogger } from '../../kernel/runtime/logger.ts';
import { readPaymentsConfig } from './config.ts';
import { startPaymentsService } from './service.ts';

// Payments alone, with the variables of config.ts. The other processes find it by PAYMENTS_URL.
const config = readPaymentsConfig();
const logger = createLogger({ level: config.logLevel, name: 'payments' });
const service = await startPaymentsService(config, logger);

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

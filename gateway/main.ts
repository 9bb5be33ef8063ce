import { createLogger } from '../kernel/runtime/logger.ts';
import { readCoreConfig } from './config.ts';
import { startCore } from './core.ts';

// The core process: gateway and subgraphs. Started by `npm start`, or alone with the variables of config.ts.
const config = readCoreConfig(process.env);
const logger = createLogger({ level: config.logLevel, name: 'core' });
const core = await startCore(config, logger);

let stopping: Promise<void> | undefined;
function stop(reason: string): void {
  stopping ??= core.stop().then(
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

process.send?.({ type: 'ready', gatewayUrl: core.gatewayUrl, internalUrl: core.internalUrl });
logger.info({ gatewayUrl: core.gatewayUrl, internalUrl: core.internalUrl }, 'ready');

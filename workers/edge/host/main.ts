import { createLogger } from '../../../kernel/runtime/logger.ts';
import { loadSecrets } from '../../../kernel/runtime/secrets.ts';
import { readEdgeHostConfig } from './config.ts';
import { startEdge } from './start-edge.ts';

// The edge process: workerd with the built Worker. Started by `npm start`, or alone with the variables of config.ts.
const config = readEdgeHostConfig();
const logger = createLogger({ level: config.logLevel, name: 'edge' });
const edge = await startEdge({
  ...config,
  secrets: await loadSecrets(config.secretsFolder),
  onFatal: (error) => {
    // A process without its runtime is of no use; whoever watches it starts it again.
    logger.fatal({ err: error }, 'workerd does not start again');
    process.exit(1);
  },
});

let stopping: Promise<void> | undefined;
function stop(reason: string): void {
  stopping ??= edge.stop().then(
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

process.send?.({ type: 'ready', url: edge.url });
logger.info({ url: edge.url }, 'ready');

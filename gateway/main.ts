import { setFlagsFromString } from 'node:v8';

// The core process: gateway and subgraphs. Started by `npm start`, or alone with the variables of config.ts.

// Loading code leaves much garbage. If the young generation may grow for it, an idle process holds 70 MB more for the rest of its life;
// so it may grow only afterwards, for requests. The imports below wait for this line.
setFlagsFromString('--semi-space-growth-factor=1');
const [{ createLogger }, { readCoreConfig }, { startCore }] = await Promise.all([
  import('../kernel/runtime/logger.ts'),
  import('./config.ts'),
  import('./core.ts'),
]);
const config = readCoreConfig();
const logger = createLogger({ level: config.logLevel, name: 'core' });
const core = await startCore(config, logger);
setFlagsFromString('--semi-space-growth-factor=2');

let stopping: Promise<void> | undefined;
function stop(reason: string): void {
  logger.info({ reason }, 'stopping');
  stopping ??= core.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ err: error }, 'stopping failed');
      process.exit(1);
    },
  );
}

process.once('SIGTERM', () => stop('SIGTERM'));
process.once('SIGINT', () => stop('SIGINT'));
if (process.send) {
  // Without the supervisor nobody would stop this process any more.
  process.once('disconnect', () => stop('the supervisor is gone'));
  if (process.connected) process.send({ type: 'ready', gatewayUrl: core.gatewayUrl, internalUrl: core.internalUrl });
  else stop('the supervisor went away during the start');
}
logger.info({ gatewayUrl: core.gatewayUrl, internalUrl: core.internalUrl }, 'ready');

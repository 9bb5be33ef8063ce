import { setFlagsFromString } from 'node:v8';

// The core process: gateway and subgraphs. Started by `npm start`, or alone with the variables of config.ts.

// Loading code leaves much garbage. If the young generation may grow for it, an idle process holds 70 MB more for the rest of its life;
// so it may grow only afterwards, for requests. The imports below wait for this line.
setFlagsFromString('--semi-space-growth-factor=1');
const [{ createLogger }, { runProcess }, { startTelemetry }, { readCoreConfig }, { startCore }] = await Promise.all([
  import('../kernel/runtime/logger.ts'),
  import('../kernel/runtime/run-process.ts'),
  import('../kernel/runtime/telemetry.ts'),
  import('./config.ts'),
  import('./core.ts'),
]);
const config = readCoreConfig();
const logger = createLogger({ level: config.logLevel, name: 'core' });
const telemetry = await startTelemetry({ settings: config.telemetry, service: 'core', logger });
const core = await startCore(config, logger);
setFlagsFromString('--semi-space-growth-factor=2');
runProcess({
  logger,
  addresses: { gatewayUrl: core.gatewayUrl, internalUrl: core.internalUrl },
  stop: () => core.stop(),
  telemetry,
});

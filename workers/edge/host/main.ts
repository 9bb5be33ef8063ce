import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { createLogger } from '../../../kernel/runtime/logger.ts';
import { runProcess } from '../../../kernel/runtime/run-process.ts';
import { loadSecrets } from '../../../kernel/runtime/secrets.ts';
import { readEdgeHostConfig } from './config.ts';
import { createEdgeHost } from './edge-host.ts';
import { startEdge } from './start-edge.ts';

// The edge process: workerd with the built Worker. Started by `npm start`, or alone with the variables of config.ts.
const config = readEdgeHostConfig();
const logger = createLogger({ level: config.logLevel, name: 'edge' });
const { endpoint, sampleRatio } = config.telemetry;
const edge = await startEdge({
  ...config,
  ...(endpoint === null ? {} : { traces: { endpoint, ratio: sampleRatio } }),
  secrets: await loadSecrets(config.secretsFolder),
  onFatal: (error) => {
    // A process without its runtime is of no use; whoever watches it starts it again.
    logger.fatal({ err: error }, 'workerd does not start again');
    process.exit(1);
  },
});
const host = createEdgeHost({ edge, logger });
const { url: internalUrl } = await host.listen({ host: config.host, port: config.internalPort });
collectGarbage();
runProcess({
  logger,
  addresses: { url: edge.url, internalUrl },
  async stop() {
    await host.close();
    await edge.stop();
  },
});

/** A start leaves 90 MB of buffers, and a process that does next to nothing afterwards would not look at them for hours. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // What the flag puts into new contexts.
  collect();
}

import type { Logger } from '../../../kernel/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../../kernel/runtime/metrics.ts';
import { readinessOf } from '../../../kernel/runtime/readiness.ts';
import { createServiceHost, type ServiceHost } from '../../../kernel/runtime/service-host.ts';
import type { Edge } from './start-edge.ts';

/** The internal address of the edge process: whether workerd and the Worker in it are ready, and what both have counted. */
export function createEdgeHost({ edge, logger }: { readonly edge: Edge; readonly logger: Logger }): ServiceHost {
  return createServiceHost({
    routes: [],
    readiness: async () => [
      await readinessOf('workerd', () => workerdReady(edge)),
      await readinessOf('directory', () => edge.directoryReady()),
    ],
    metrics: withWorker(createMetrics({ processMetrics: true }), edge),
    logger,
  });
}

async function workerdReady(edge: Edge): Promise<string> {
  const pid = await edge.workerdPid();
  if (pid === undefined) throw Object.assign(new Error('workerd is not running'), { code: 'NOT_RUNNING' });
  return `process ${pid}`;
}

/** One page of both. A Worker that is just being started again has counted nothing yet. */
function withWorker(metrics: Metrics, edge: Edge): Metrics {
  return {
    ...metrics,
    async expose() {
      const [{ contentType, text }, ofWorker] = await Promise.all([metrics.expose(), edge.metrics().catch(() => '')]);
      return { contentType, text: `${text}${ofWorker}` };
    },
  };
}

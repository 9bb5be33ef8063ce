import { context, diag, type DiagLogger, DiagLogLevel, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

import type { TelemetrySettings } from './config.ts';
import type { Logger } from './logger.ts';

/** The traces of this process. */
export interface Telemetry {
  /** Sends what is left, for at most EXPORT_MS. */
  stop(): Promise<void>;
}

/** How long an export may take, and with it the end of a process whose collector is away. Milliseconds. */
const EXPORT_MS = 2_000;
const EXPORT_EVERY_MS = 1_000;
/** Spans that wait for the next export; what comes on top of them is dropped, so that a collector that is away costs no memory. */
const WAITING_SPANS_MAX = 4_096;
const TEXT_LENGTH_MAX = 200;

/**
 * Lets traces follow calls and awaits in this process and, where an endpoint is configured, sends the sampled ones there as OTLP over HTTP.
 * Once in a process, by its main.ts. What a trace may say: ops/README.md.
 */
export async function startTelemetry(o: {
  readonly settings: TelemetrySettings;
  readonly service: string;
  readonly logger: Logger;
}): Promise<Telemetry> {
  const { settings, service, logger } = o;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  diag.setLogger(diagnosticsOf(logger), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const provider = settings.endpoint === null ? null : await createProvider({ ...settings, endpoint: settings.endpoint, service });
  if (provider) trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      await provider?.shutdown().catch((error: unknown) => logger.warn({ err: error }, 'the last spans were not exported'));
      trace.disable();
      context.disable();
      diag.disable();
    },
  };
}

/** Loaded only where something is exported. */
async function createProvider(o: { readonly endpoint: string; readonly sampleRatio: number; readonly service: string }) {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }, sdk] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace'),
  ]);
  const exporter = new OTLPTraceExporter({ url: `${o.endpoint}/v1/traces`, timeoutMillis: EXPORT_MS });
  return new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.namespace': 'dcm-hub', 'service.name': o.service }),
    // The edge and the core agree because each follows what the first of them decided, and all decide by the trace's id.
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(o.sampleRatio) }),
    spanLimits: { attributeValueLengthLimit: TEXT_LENGTH_MAX },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_MS,
        maxQueueSize: WAITING_SPANS_MAX,
      }),
    ],
  });
}

function diagnosticsOf(logger: Logger): DiagLogger {
  const say = (level: 'error' | 'warn') => (message: string) => logger[level]({ said: message }, 'telemetry');
  const silent = () => undefined;
  return { error: say('error'), warn: say('warn'), info: silent, debug: silent, verbose: silent };
}

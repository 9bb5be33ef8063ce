import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { convertV4MiniflareOptions } from 'miniflare';
import { workerBundle } from './bundle.ts';
import { setWorkerdFlags } from './config.ts';
import { keepRunning, type RuntimeHooks } from './runtime.ts';
import { workerValues, type WorkerKeys } from './worker-values.ts';
import { findWorkerd } from './workerd-guard.ts';

/** How often the host does what a cron trigger does on Cloudflare: wake every bank's inbox. */
const SWEEP_EVERY_MS = 60_000;

/** What workerd calls the bundle; the file need not exist. */
const MODULE = path.resolve('/dcm-edge/worker.js');

export interface EdgeOptions {
  readonly host: string;
  /** 0 takes any free port; the edge keeps it over restarts of workerd. */
  readonly port: number;
  /** Where the objects keep their SQLite files. */
  readonly stateDir: string;
  /** The address that participants know, when it is not the one that the edge listens on. */
  readonly publicUrl?: string;
  /** Where the payment page hears of its order; without it, it asks the edge. */
  readonly gatewayUrl?: string;
  /** What the payment page says whose it is. */
  readonly brand?: string;
  readonly coreUrl: string;
  readonly ordersUrl?: string;
  readonly paymentsUrl?: string;
  readonly aliasesUrl?: string;
  readonly settlementUrl?: string;
  readonly participantsUrl?: string;
  /** Their names in wrangler.toml: worker-values.ts. */
  readonly secrets: WorkerKeys;
  /** Which part of the traces is recorded, and where the edge's own steps are sent; none without it. */
  readonly traces?: { readonly ratio: number; readonly endpoint: string };
  /** Overrides of the vars in wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>;
  /** False sends requests through Miniflare's own entry Worker, which costs about 0.2 ms of CPU each. */
  readonly direct?: boolean;
  /** Called when workerd died and could not be started again: the caller should end the process. */
  readonly onFatal?: (error: Error) => void;
}

export interface Edge {
  readonly url: string;
  /** What the Worker has counted since workerd was started, in the text format of Prometheus. Throws while workerd is restarting. */
  metrics(): Promise<string>;
  /** Resolves, with words for people, once the Worker knows whom to believe; rejects with a code until then. */
  directoryReady(): Promise<string>;
  /** Does now what the timer does every minute. */
  sweep(): Promise<void>;
  /** Undefined while workerd is restarting. */
  workerdPid(): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** Runs the built Worker in workerd. workerd is started again when it dies, on the same port and with the same state. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const direct = options.direct ?? true;
  const port = options.port === 0 ? await freePort(options.host) : options.port;
  const metricsToken = randomBytes(32).toString('base64url');
  setWorkerdFlags();
  const runtime = await keepRunning({
    optionsFor: (hooks) => miniflareOptions(options, { direct, port, metricsToken, ...hooks }),
    onRestart: () => sweepQuietly(),
    onFatal: (error) => options.onFatal?.(error),
  });
  const sweep = async (): Promise<void> => {
    const worker = await runtime.current().getWorker();
    await worker.scheduled({ cron: '* * * * *' });
  };
  // workerd may be restarting or ending just now; the sweep after that does the work.
  const sweepQuietly = (): void => void sweep().catch(() => undefined);
  const timer = setInterval(sweepQuietly, SWEEP_EVERY_MS);
  timer.unref();
  sweepQuietly();

  return {
    url: urlOf(options.host, port),
    async metrics() {
      const worker = await runtime.current().getWorker();
      const answer = await worker.fetch('http://edge/metrics', { headers: { authorization: `Bearer ${metricsToken}` } });
      if (!answer.ok) throw new Error(`the Worker answered ${answer.status} for its metrics`);
      return await answer.text();
    },
    async directoryReady() {
      const worker = await runtime.current().getWorker();
      const answer = await worker.fetch('http://edge/readyz');
      if (!answer.ok) throw Object.assign(new Error('the Worker is not ready'), { code: 'NO_DIRECTORY' });
      return `version ${((await answer.json()) as { directoryVersion: number }).directoryVersion}`; // As endpoints/anonymous.ts writes it.
    },
    sweep,
    workerdPid: findWorkerd,
    async stop() {
      clearInterval(timer);
      await runtime.stop();
    },
  };
}

async function miniflareOptions(options: EdgeOptions, o: { direct: boolean; port: number; metricsToken: string } & RuntimeHooks) {
  const { code, settings } = await workerBundle();
  const { secrets, vars } = workerValues(options.secrets);
  const missing = settings.secrets.filter((name) => !(name in secrets));
  if (missing.length > 0) throw new Error(`wrangler.toml requires secrets that the host does not know: ${missing.join(', ')}`);
  return convertV4MiniflareOptions({
    name: settings.name,
    host: o.direct ? '127.0.0.1' : options.host,
    port: o.direct ? 0 : o.port,
    cf: false,
    logRequests: false,
    log: o.log,
    modules: [{ type: 'ESModule', path: MODULE, contents: code }],
    modulesRoot: path.dirname(MODULE),
    compatibilityDate: settings.compatibilityDate,
    compatibilityFlags: settings.compatibilityFlags,
    bindings: {
      ...settings.vars,
      EDGE_PUBLIC_URL: options.publicUrl ?? urlOf(options.host, o.port),
      ...(options.gatewayUrl === undefined ? {} : { GATEWAY_PUBLIC_URL: options.gatewayUrl }),
      ...(options.brand === undefined ? {} : { BRAND_NAME: options.brand }),
      CORE_URL: options.coreUrl,
      ORDERS_URL: options.ordersUrl ?? '',
      PAYMENTS_URL: options.paymentsUrl ?? '',
      ALIASES_URL: options.aliasesUrl ?? '',
      SETTLEMENT_URL: options.settlementUrl ?? '',
      PARTICIPANTS_URL: options.participantsUrl ?? '',
      METRICS_TOKEN: o.metricsToken,
      TRACE_RATIO: String(options.traces?.ratio ?? 0),
      OTEL_EXPORTER_OTLP_ENDPOINT: options.traces?.endpoint ?? '',
      ...vars,
      ...options.vars,
      ...secrets,
    },
    durableObjects: Object.fromEntries(
      settings.durableObjects.map((object) => [object.name, { className: object.className, useSQLite: object.sqlite }]),
    ),
    serviceBindings: {
      ...directBinding('ORDERS', options.ordersUrl ?? options.coreUrl),
      ...directBinding('PAYMENTS', options.paymentsUrl ?? options.coreUrl),
      ...directBinding('ALIASES', options.aliasesUrl ?? options.coreUrl),
      ...directBinding('SETTLEMENT', options.settlementUrl ?? options.coreUrl),
      ...directBinding('PARTICIPANTS', options.participantsUrl ?? options.coreUrl),
    },
    resourcePersistencePath: options.stateDir,
    unsafeHandleRuntimeRestart: o.onRestart,
    ...(o.direct ? { unsafeDirectSockets: [{ host: options.host, port: o.port }] } : {}),
  });
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A connection of workerd's own to a subgraph: half the price of a `fetch` by address. Only for plain HTTP. */
function directBinding(name: string, url: string) {
  const { protocol, host } = new URL(url);
  return protocol === 'http:' ? { [name]: { external: { address: host, http: {} } } } : {};
}

/** Asked for here and not of workerd, because a restarted workerd must come back on the same port. */
async function freePort(host: string): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening TCP server has a port');
  return address.port;
}

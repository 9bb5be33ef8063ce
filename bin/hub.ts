import { access, chmod, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { ConfigurationError } from '../kernel/runtime/config.ts';
import { createLogger } from '../kernel/runtime/logger.ts';
import { startPostgres } from '../kernel/runtime/postgres/launcher.ts';
import { runChild, type Child } from './child.ts';
import type { HubConfig } from './config.ts';
import { takeHome } from './home-lock.ts';
import { choosePorts } from './ports.ts';

/** The addresses of a running hub, as `npm start` prints them. `sandbox` is null when the hub runs alone. */
export interface HubAddresses {
  readonly gateway: string;
  readonly edge: string;
  readonly internal: string;
  readonly console: string;
  readonly sandbox: string | null;
}

export interface RunningHub {
  readonly home: string;
  readonly addresses: HubAddresses;
  readonly databaseUrl: string;
  /** The processes by the name of their part, for whoever measures or kills them. */
  pids(): Readonly<Record<string, number | undefined>>;
  stop(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '..');
const SANDBOX_FILE = 'sandbox.json';
/** glibc then maps larger blocks one by one and gives them back: what the edge's host needs for its start only is a third of its memory. */
const GIVES_MEMORY_BACK = { MALLOC_MMAP_THRESHOLD_: '65536' };
/** Issuer and audience of the operations tokens that the sandbox signs. */
const SANDBOX_OPERATIONS = { OPS_ISSUER: 'dcm-sandbox', OPS_AUDIENCE: 'dcm-hub-operations' };

const SANDBOX_SENDER = 'hub@dcm.example';

/**
 * Starts the whole hub on this machine: Postgres (unless DATABASE_URL names one), the sandbox, the core and the edge, each in a
 * process of its own that is started again when it crashes. Whatever was started is stopped again when a later part fails.
 */
export async function startHub(config: HubConfig, env: Readonly<Record<string, string | undefined>>): Promise<RunningHub> {
  const home = resolve(config.DCM_HOME);
  await makeHome(home);
  const children: Child[] = [];
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children) child.letEnd();
    for (const each of stops.splice(0).toReversed()) await each();
  };
  try {
    stops.push(await takeHome(home));
    await rm(join(home, SANDBOX_FILE), { force: true });
    return await startParts({ config, home, inherited: definedOf(env), children, stops, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true });
    await access(home, constants.W_OK);
  } catch (error) {
    const problem = `${home} cannot be used as a folder: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigurationError([{ variable: 'DCM_HOME', problem }]);
  }
}

interface Starting {
  readonly config: HubConfig;
  readonly home: string;
  readonly inherited: Readonly<Record<string, string>>;
  /** The parts that were started, for whoever measures or ends them. */
  readonly children: Child[];
  readonly stops: (() => Promise<void>)[];
  readonly stop: () => Promise<void>;
}

/** Sandbox and edge come up while Postgres and the core do: every address is known beforehand, and both wait for the core by asking again. */
async function startParts(starting: Starting): Promise<RunningHub> {
  const { config, home, children, stops, stop } = starting;
  const { addresses, env } = await partEnvironment(starting);
  const run = async (name: string, file: string, extra: Record<string, string>, onStart: OnStart): Promise<void> => {
    const child = await runChild({ name, file: join(ROOT, file), env: { ...env, ...extra }, onStart, log: (line) => console.error(line) });
    children.push(child);
    stops.push(() => child.stop());
  };
  const ready: OnStart = async (process) => void (await process.message('ready'));

  const databaseUrl = config.DATABASE_URL ?? (await embeddedPostgres(config, home, stops));
  const sandbox = config.SANDBOX === 'on' ? sandboxPart(join(home, SANDBOX_FILE), addresses) : null;
  const outcomes = await Promise.allSettled([
    run('core', 'gateway/main.ts', { DATABASE_URL: databaseUrl }, ready),
    run('edge', 'workers/edge/host/main.ts', GIVES_MEMORY_BACK, ready),
    ...(sandbox ? [run('sandbox', 'sandbox/main.ts', {}, sandbox.onStart)] : []),
  ]);
  // Only when all have ended their start is it known what there is to stop.
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  await sandbox?.introduceHub();

  return { home, addresses, databaseUrl, pids: () => Object.fromEntries(children.map((child) => [child.name, child.pid()])), stop };
}

type OnStart = Parameters<typeof runChild>[0]['onStart'];

async function embeddedPostgres(config: HubConfig, home: string, stops: (() => Promise<void>)[]): Promise<string> {
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'postgres' });
  const postgres = await startPostgres({ dataDir: join(home, 'postgres'), port: config.POSTGRES_PORT, durable: true, logger });
  stops.push(() => postgres.stop());
  return postgres.url;
}

/** The addresses of all parts, and the environment that tells them. */
async function partEnvironment({ config, home, inherited }: Starting) {
  const withSandbox = config.SANDBOX === 'on';
  const ports = await choosePorts(home, config.HOST, {
    gateway: config.GATEWAY_PORT,
    internal: config.INTERNAL_PORT,
    edge: config.EDGE_PORT,
    edgeInternal: config.EDGE_INTERNAL_PORT,
    sandbox: withSandbox ? config.SANDBOX_PORT : 0,
    sandbox_smtp: withSandbox ? config.SANDBOX_SMTP_PORT : 0,
  });
  const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
  const address = (port: number): string => `http://${host}:${port}`;
  const addresses: HubAddresses = {
    gateway: `${address(ports.gateway)}/graphql`,
    edge: address(ports.edge),
    internal: address(ports.internal),
    console: `${address(ports.gateway)}/console`,
    sandbox: withSandbox ? address(ports.sandbox) : null,
  };
  const env: Record<string, string> = {
    // Compiled code is kept between starts; two threads sign while the event loop goes on. Both can be overridden.
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled'),
    UV_THREADPOOL_SIZE: '2',
    // The banks of the sandbox read their mail there, unless a mail server was named.
    ...(withSandbox
      ? { SMTP_URL: `smtp://${host}:${ports.sandbox_smtp}`, MAIL_FROM: SANDBOX_SENDER, MAIL_LINK_BASE: address(ports.sandbox) }
      : {}),
    ...inherited,
    // The sandbox plays the identity provider that the core trusts for operations.
    ...(withSandbox ? { ...SANDBOX_OPERATIONS, OPS_JWKS_URL: `${address(ports.sandbox)}/operations/jwks.json` } : {}),
    DCM_HOME: home,
    DCM_SECRETS: config.DCM_SECRETS ?? join(home, 'secrets'),
    HOST: config.HOST,
    LOG_LEVEL: config.LOG_LEVEL,
    SANDBOX: config.SANDBOX,
    GATEWAY_PORT: String(ports.gateway),
    INTERNAL_PORT: String(ports.internal),
    EDGE_PORT: String(ports.edge),
    EDGE_INTERNAL_PORT: String(ports.edgeInternal),
    SANDBOX_PORT: String(ports.sandbox),
    SANDBOX_SMTP_PORT: String(ports.sandbox_smtp),
    ...(addresses.sandbox === null ? {} : { SANDBOX_URL: addresses.sandbox }),
    EDGE_PUBLIC_URL: addresses.edge,
    GATEWAY_PUBLIC_URL: addresses.gateway,
    CORE_URL: addresses.internal,
  };
  return { addresses, env };
}

/** The sandbox registers its banks and merchant when the hub is there, and is told of the hub again when it was started again. */
function sandboxPart(file: string, addresses: HubAddresses): { onStart: OnStart; introduceHub(): Promise<void> } {
  let introduce: (() => Promise<void>) | null = null;
  let introduced = false;
  return {
    async onStart(process) {
      await process.message('listening');
      introduce = async () => {
        process.send({ type: 'hub', gateway: addresses.gateway, edge: addresses.edge, internal: addresses.internal });
        const ready = await process.message('ready');
        await writeSandboxFile(file, ready['file']);
      };
      if (introduced) await introduce();
    },
    async introduceHub() {
      introduced = true;
      await introduce?.();
    },
  };
}

async function writeSandboxFile(file: string, contents: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(contents, null, 2)}\n`);
  await chmod(file, 0o600); // it holds the private keys of the fictional banks
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

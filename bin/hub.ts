import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { createLogger } from '../kernel/runtime/logger.ts';
import { startPostgres } from '../kernel/runtime/postgres/launcher.ts';
import { runChild, type Child } from './child.ts';
import type { HubConfig } from './config.ts';
import { takeHome } from './home-lock.ts';
import { choosePorts } from './ports.ts';

/** The addresses of a running hub, as `npm start` prints them. `sandbox` and `console` are null when the hub runs alone. */
export interface HubAddresses {
  readonly gateway: string;
  readonly edge: string;
  readonly internal: string;
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

/**
 * Starts the whole hub on this machine: Postgres (unless DATABASE_URL names one), the sandbox, the core and the edge, each in a
 * process of its own that is started again when it crashes. Whatever was started is stopped again when a later part fails.
 */
export async function startHub(config: HubConfig, env: Readonly<Record<string, string | undefined>>): Promise<RunningHub> {
  const home = resolve(config.DCM_HOME);
  await mkdir(home, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  try {
    stops.push(await takeHome(home));
    await rm(join(home, SANDBOX_FILE), { force: true });
    const databaseUrl = config.DATABASE_URL ?? (await embeddedPostgres(config, home, stops));
    return await startParts(config, { ...definedOf(env), DATABASE_URL: databaseUrl, DCM_HOME: home }, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function embeddedPostgres(config: HubConfig, home: string, stops: (() => Promise<void>)[]): Promise<string> {
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'postgres' });
  const postgres = await startPostgres({ dataDir: join(home, 'postgres'), port: config.POSTGRES_PORT, durable: true, logger });
  stops.push(() => postgres.stop());
  return postgres.url;
}

async function startParts(
  config: HubConfig,
  inherited: Readonly<Record<string, string>>,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<RunningHub> {
  const home = inherited['DCM_HOME'] ?? '';
  const databaseUrl = inherited['DATABASE_URL'] ?? '';
  const withSandbox = config.SANDBOX === 'on';
  const ports = await choosePorts(home, config.HOST, {
    gateway: config.GATEWAY_PORT,
    internal: config.INTERNAL_PORT,
    edge: config.EDGE_PORT,
    sandbox: config.SANDBOX_PORT,
  });
  const address = (port: number): string => `http://${config.HOST}:${port}`;
  const addresses: HubAddresses = {
    gateway: `${address(ports.gateway)}/graphql`,
    edge: address(ports.edge),
    internal: address(ports.internal),
    sandbox: withSandbox ? address(ports.sandbox) : null,
  };
  const env = {
    ...inherited,
    DCM_SECRETS: config.DCM_SECRETS ?? join(home, 'secrets'),
    HOST: config.HOST,
    LOG_LEVEL: config.LOG_LEVEL,
    SANDBOX: config.SANDBOX,
    GATEWAY_PORT: String(ports.gateway),
    INTERNAL_PORT: String(ports.internal),
    EDGE_PORT: String(ports.edge),
    SANDBOX_PORT: String(ports.sandbox),
    EDGE_PUBLIC_URL: addresses.edge,
    CORE_URL: addresses.internal,
  };
  const children: Child[] = [];
  const run = async (
    name: string,
    file: string,
    extra: Record<string, string>,
    onStart: Parameters<typeof runChild>[0]['onStart'],
  ): Promise<void> => {
    const child = await runChild({ name, file: join(ROOT, file), env: { ...env, ...extra }, onStart, log: (line) => console.error(line) });
    children.push(child);
    stops.push(() => child.stop());
  };

  const operations = withSandbox ? await startSandbox(run, home, addresses) : null;
  await run('core', 'gateway/main.ts', operations?.coreEnv ?? {}, async (process) => void (await process.message('ready')));
  await run('edge', 'workers/edge/host/main.ts', {}, async (process) => void (await process.message('ready')));
  await operations?.introduceHub();

  return { home, addresses, databaseUrl, pids: () => Object.fromEntries(children.map((child) => [child.name, child.pid()])), stop };
}

type Run = (name: string, file: string, extra: Record<string, string>, onStart: Parameters<typeof runChild>[0]['onStart']) => Promise<void>;

/**
 * The sandbox starts first, because it plays the identity provider that the core trusts for operations; it registers its banks and
 * merchant when the hub is there, and again says so after a restart.
 */
async function startSandbox(
  run: Run,
  home: string,
  addresses: HubAddresses,
): Promise<{ coreEnv: Record<string, string>; introduceHub(): Promise<void> }> {
  let coreEnv: Record<string, string> | null = null;
  let introduce: (() => Promise<void>) | null = null;
  let introduced = false;
  await run('sandbox', 'sandbox/main.ts', {}, async (process) => {
    const listening = await process.message('listening');
    coreEnv ??= {
      OPS_ISSUER: String(listening['issuer']),
      OPS_AUDIENCE: String(listening['audience']),
      OPS_JWKS_URL: String(listening['jwksUrl']),
    };
    introduce = async () => {
      process.send({ type: 'hub', gateway: addresses.gateway, edge: addresses.edge, internal: addresses.internal });
      const ready = await process.message('ready');
      await writeSandboxFile(join(home, SANDBOX_FILE), ready['file']);
    };
    if (introduced) await introduce();
  });
  if (!coreEnv || !introduce) throw new Error('the sandbox started without saying where it listens');
  return {
    coreEnv,
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

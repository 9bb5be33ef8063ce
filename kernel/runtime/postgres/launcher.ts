import { execFile } from 'node:child_process';
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Logger } from '../logger.ts';
import { findBinaries, type PostgresBinaries } from './binaries.ts';
import { makeClusterFolder, preparePostgresHome, type PostgresHome } from './home.ts';
import { takeOwnership } from './ownership.ts';
import { readPostmasterFile, type PostmasterFile } from './postmaster-file.ts';
import { commandOf, startOf } from './process-identity.ts';
import { startWatched, type WatchedPostmaster } from './watchdog.ts';

/** A Postgres of our own on this machine. It is started again when it crashes, on the same port, until `stop`. */
export interface RunningPostgres {
  /** Superuser on the database `postgres`, without a password, reachable from this machine only. */
  readonly url: string;
  /** The postmaster's process id, for whoever measures or kills it; changes when it was started again. */
  pid(): number;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** A folder for this server alone; made when missing. */
  readonly dataDir: string;
  /** 0 or nothing takes any free port. */
  readonly port?: number | undefined;
  /** False only for tests: commits do not wait for the disk, and power loss ruins the cluster. Default true. */
  readonly durable?: boolean;
  readonly logger: Logger;
}

const START_MS = 60_000;
const LOOK_AGAIN_MS = 10;
const START_ATTEMPTS_MAX = 40;
const ATTEMPT_PAUSE_MS = 250;
const ORPHAN_QUICK_MS = 3_000;
const ORPHAN_CLEAN_MS = 15_000;
const LOG_BYTES_MAX = 8 * 1024 * 1024;
/** Below the range from which systems take ports for outgoing connections, so that none of those is in the way after a restart. */
const PORTS = { from: 20_000, count: 10_000 };

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '1GB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  idle_in_transaction_session_timeout: '30s',
} as const;
/** Of tests, which start whole hubs on one server, some at once. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' } as const;

/**
 * Starts Postgres from the programs that npm installed; under two seconds when the cluster exists. Works as root (the server then runs
 * as another user) and as anybody else. What an earlier crash left behind is cleaned up first: a stale lock file, or a server whose
 * starter is gone. No server outlives this process (see watchdog.ts).
 * Throws PostgresInUseError when a running process already has the folder, and with the end of the server's log when it does not start.
 */
export async function startPostgres(o: PostgresOptions): Promise<RunningPostgres> {
  const home = await preparePostgresHome(o.dataDir, o.logger);
  const release = await takeOwnership(home.folder);
  try {
    const binaries = await findBinaries(home);
    await initialiseOnce(home, binaries, { durable: o.durable !== false });
    const first = await startServer({ ...o, home, binaries });
    const keeper = keepRunning(first, () => startServer({ ...o, home, binaries, port: first.port }), o.logger);
    return {
      url: `postgres://postgres@127.0.0.1:${first.port}/postgres`,
      pid: () => keeper.pid(),
      async stop() {
        await keeper.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

interface Server extends WatchedPostmaster {
  readonly port: number;
}

type ServerOptions = PostgresOptions & { readonly home: PostgresHome; readonly binaries: PostgresBinaries };

function keepRunning(first: Server, restart: () => Promise<Server>, logger: Logger): { pid(): number; stop(): Promise<void> } {
  const stopping = new AbortController();
  let current = first;
  const loop = (async () => {
    for (;;) {
      await current.ended;
      if (stopping.signal.aborted) return;
      logger.error({ pid: current.pid }, 'postgres ended unexpectedly');
      for (let server: Server | null = null; server === null;) {
        await delay(ATTEMPT_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // Aborted: seen in the next line.
        if (stopping.signal.aborted) return;
        server = await restart().catch((error: unknown) => {
          logger.error({ err: error }, 'postgres not started again');
          return null;
        });
        current = server ?? current;
      }
    }
  })();
  return {
    pid: () => current.pid,
    async stop() {
      stopping.abort();
      await current.stop();
      await loop;
      await current.stop(); // A restart may have been under way.
    },
  };
}

/** Makes the cluster under another name first: a folder with the final name is always a whole cluster. */
async function initialiseOnce(home: PostgresHome, binaries: PostgresBinaries, o: { durable: boolean }): Promise<void> {
  if ((await stat(path.join(home.cluster, 'PG_VERSION')).catch(() => null)) !== null) return;
  const draft = `${home.cluster}.new`;
  await rm(draft, { recursive: true, force: true });
  await makeClusterFolder(draft, home.account);
  const options = ['-D', draft, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', ...(o.durable ? [] : ['--no-sync'])];
  await promisify(execFile)(binaries.initdb, options, { cwd: '/', env: serverEnvironment(), ...home.account });
  await rename(draft, home.cluster);
}

/** Tries again for what passes by itself: a port that somebody took meanwhile, or a crashed server's last processes. */
async function startServer(o: ServerOptions): Promise<Server> {
  const strangerPid = await clearOrphan(o.home, o.logger);
  for (let attempt = 1; ; attempt++) {
    const port = o.port || (await freePort());
    const begun = performance.now();
    const started = await attemptStart(o, port, strangerPid);
    if (!('failed' in started)) {
      o.logger.info({ port, pid: started.pid, ms: Math.round(performance.now() - begun) }, 'postgres ready');
      return { ...started, port };
    }
    const passes = /pre-existing shared memory block|could not bind|could not create any TCP\/IP sockets/.test(started.failed);
    if (!passes || attempt === START_ATTEMPTS_MAX) throw new Error(`Postgres did not start on port ${port}:\n${started.failed}`);
    await delay(ATTEMPT_PAUSE_MS);
  }
}

async function attemptStart(o: ServerOptions, port: number, strangerPid: number | null): Promise<WatchedPostmaster | { failed: string }> {
  const log = await openLog(path.join(o.home.folder, 'postgres.log'));
  try {
    const logStart = (await log.stat()).size;
    const settings = { ...SETTINGS, ...(o.durable === false ? NOT_DURABLE : {}), port: String(port) };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = await startWatched([o.binaries.postgres, '-D', o.home.cluster, ...flags], {
      account: o.home.account,
      // Postgres ignores a lock file that names its grandparent. We have seen that the process of this id is no postmaster.
      env: strangerPid === null ? serverEnvironment() : { ...serverEnvironment(), PG_GRANDPARENT_PID: String(strangerPid) },
      logFd: log.fd,
    });
    if (await becomesReady(server, o.home.cluster)) return server;
    await server.stop();
    return { failed: await endOfLog(path.join(o.home.folder, 'postgres.log'), logStart) };
  } finally {
    await log.close();
  }
}

async function becomesReady(server: WatchedPostmaster, cluster: string): Promise<boolean> {
  const deadline = performance.now() + START_MS;
  while (!server.hasEnded() && performance.now() < deadline) {
    const file = await postmasterFile(cluster);
    if (file?.pid === server.pid && file.status === 'ready') return true;
    await delay(LOOK_AGAIN_MS);
  }
  return false;
}

/**
 * Ends a server of this cluster whose starter was killed together with its watchdog. Gives the process id in the lock file when
 * it belongs to a stranger by now (ids are used again), else null.
 */
async function clearOrphan(home: PostgresHome, logger: Logger): Promise<number | null> {
  const file = await postmasterFile(home.cluster);
  if (!file || startOf(file.pid) === null) return null;
  const isOurs = () => commandOf(file.pid)?.includes(` -D ${home.cluster} `) ?? false;
  if (!isOurs()) return file.pid;
  logger.warn({ pid: file.pid }, 'a Postgres without its starter is still running; stopping it');
  const steps = [
    { signal: null, waitMs: ORPHAN_QUICK_MS }, // Its watchdog is probably at work already.
    { signal: 'SIGINT', waitMs: ORPHAN_CLEAN_MS },
    { signal: 'SIGQUIT', waitMs: ORPHAN_CLEAN_MS },
  ] as const;
  for (const { signal, waitMs } of steps) {
    if (signal !== null && isOurs()) process.kill(file.pid, signal);
    for (const until = performance.now() + waitMs; performance.now() < until; await delay(LOOK_AGAIN_MS)) {
      if (!isOurs()) return null;
    }
  }
  throw new Error(`process ${file.pid} runs Postgres on ${home.cluster} and does not stop`);
}

async function postmasterFile(cluster: string): Promise<PostmasterFile | null> {
  return readPostmasterFile(await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')); // No file: no server.
}

async function openLog(file: string): Promise<FileHandle> {
  const known = await stat(file).catch(() => null); // Not there on the first start.
  if (known && known.size > LOG_BYTES_MAX) await rename(file, `${file}.1`);
  return open(file, 'a', 0o600);
}

async function endOfLog(file: string, from: number): Promise<string> {
  const text = (await readFile(file)).subarray(from).toString('utf8');
  return text.split('\n').slice(-20).join('\n').trim();
}

/** Nothing of our own environment reaches the server: it holds secrets, and PG* variables would change what it does. */
function serverEnvironment(): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    if (await promise) return port;
  }
}

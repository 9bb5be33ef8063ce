import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { startPostgres, type RunningPostgres } from '../../../kernel/runtime/postgres/launcher.ts';
import { PostgresInUseError } from '../../../kernel/runtime/postgres/ownership.ts';
import { commandOf, startOf } from '../../../kernel/runtime/postgres/process-identity.ts';
import { waitFor } from '../../support/wait-for.ts';

const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const logger = pino({ level: 'silent' });
const startedSchema = z.object({ url: z.string(), pid: z.number() });

let initialised = '';
let dataDir = '';
const running: RunningPostgres[] = [];
const processes: ChildProcess[] = [];

beforeAll(async () => {
  initialised = path.join(await aFolder(), 'postgres');
  await (await startPostgres({ dataDir: initialised, logger })).stop();
});
afterAll(() => rm(path.dirname(initialised), { recursive: true, force: true }));

/** Each test has a copy of one fresh cluster: making a cluster takes longer than the tests. */
beforeEach(async () => {
  dataDir = path.join(await aFolder(), 'postgres');
  execFileSync('cp', ['-a', initialised, dataDir]);
});
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  for (const server of running.splice(0)) await server.stop();
  await waitFor(async () => (await serverProcesses()).length === 0);
  await rm(path.dirname(dataDir), { recursive: true, force: true });
});

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dcm-launcher-'));
  await chmod(folder, 0o755);
  return folder;
}

async function start(o: { port?: number } = {}): Promise<RunningPostgres> {
  const server = await startPostgres({ dataDir, logger, ...o });
  running.push(server);
  return server;
}

async function stop(server: RunningPostgres): Promise<void> {
  await server.stop();
  running.splice(running.indexOf(server), 1);
}

/** Another process that starts the server and stays. */
async function startElsewhere(account?: { uid: number; gid: number }): Promise<{ starter: ChildProcess; url: string; pid: number }> {
  const starter = spawn(process.execPath, [fileURLToPath(new URL('./starter.ts', import.meta.url)), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...account,
  });
  processes.push(starter);
  for await (const line of createInterface({ input: starter.stdout })) return { starter, ...startedSchema.parse(JSON.parse(line)) };
  throw new Error('the starter ended without a word');
}

async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined); // Tests kill the server under it.
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Every process whose command line names this test's cluster: postmaster and watchdogs, and for a moment a child that Postgres just forked. */
async function serverProcesses(): Promise<number[]> {
  const ids = isLinux ? await readdir('/proc') : execFileSync('ps', ['-axo', 'pid='], { encoding: 'utf8' }).split('\n');
  return ids.map((id) => Number(id.trim())).filter((pid) => commandOf(pid)?.includes(`${dataDir}/`) && startOf(pid) !== null);
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(path.join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

describe('a server of our own', () => {
  test('starts, answers, and stops without leaving a process', async () => {
    const server = await start();
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop(server);
    expect(await serverProcesses()).toEqual([]);
  });

  test('starts in under two seconds once its cluster exists', async () => {
    const begun = performance.now();
    await start();
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  test('keeps its data from one start to the next', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    await stop(first);
    expect(await query((await start()).url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('waits for the disk, listens on this machine only, and does not let a forgotten transaction stay open', async () => {
    const { url } = await start();
    const settings = await query(
      url,
      `select name, setting from pg_settings
       where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories',
                      'idle_in_transaction_session_timeout') order by name`,
    );
    expect(settings).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'idle_in_transaction_session_timeout', setting: '30000' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
  });

  test('takes the port it is told to', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    await stop(first);
    expect(new URL((await start({ port })).url).port).toBe(String(port));
  });

  test('says why when it cannot start', async () => {
    await writeFile(path.join(dataDir, 'cluster', 'postgresql.auto.conf'), 'no_such_setting = 1\n');
    await expect(start()).rejects.toThrow(/no_such_setting/);
    expect(await serverProcesses()).toEqual([]);
  });

  test('its folder belongs to one process at a time', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(PostgresInUseError);
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test.runIf(isLinux)('nothing of our environment reaches it', async () => {
    const server = await start();
    const environment = await readFile(`/proc/${server.pid()}/environ`, 'utf8');
    expect(environment.split('\0').map((entry) => entry.split('=')[0])).toEqual(
      expect.not.arrayContaining(['HOME', 'NODE_ENV', 'VITEST', 'DATABASE_URL']),
    );
  });
});

describe('after a crash', () => {
  test('kill -9 of the postmaster loses nothing that was committed, and the server comes back at the same address', async () => {
    const server = await start();
    await query(server.url, 'create table paid as select generate_series(1, 1000) as id');
    const killed = server.pid();
    process.kill(killed, 'SIGKILL');

    const rows = await waitFor(() => query(server.url, 'select count(*)::int as n from paid'), { timeoutMs: 15_000 });

    expect(rows).toEqual([{ n: 1000 }]);
    expect(server.pid()).not.toBe(killed);
  });

  test('stopping right after a crash leaves nothing', async () => {
    const server = await start();
    process.kill(server.pid(), 'SIGKILL');
    await stop(server);
    await waitFor(async () => (await serverProcesses()).length === 0); // Children of a killed postmaster end by themselves once they see it.
  });

  test('kill -9 of the starting process leaves no process, and its data is there for the next one', async () => {
    const { starter, url } = await startElsewhere();
    await query(url, 'create table paid as select 1 as id');

    starter.kill('SIGKILL');
    await once(starter, 'exit');

    await waitFor(async () => (await serverProcesses()).length === 0);
    expect(await query((await start()).url, 'select id from paid')).toEqual([{ id: 1 }]);
  });

  test('a server whose starter and watchdog were both killed is stopped by the next start', async () => {
    const { starter, url, pid } = await startElsewhere();
    await query(url, 'create table paid as select 1 as id');
    starter.kill('SIGSTOP'); // Else it may see the end of its watchdog first, and clear up by itself.
    const watchdogs = async () => (await serverProcesses()).filter((each) => commandOf(each)?.includes(' postgres-watchdog '));
    expect(await watchdogs()).not.toEqual([]);
    for (const watchdog of await watchdogs()) process.kill(watchdog, 'SIGKILL');
    await waitFor(async () => (await watchdogs()).length === 0); // A signal is only delivered when its process gets a turn.
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    await waitFor(async () => isDeepStrictEqual(await serverProcesses(), [pid]));

    const server = await start();

    expect(server.pid()).not.toBe(pid);
    expect(await query(server.url, 'select id from paid')).toEqual([{ id: 1 }]);
    expect(startOf(pid)).toBeNull();
  });

  test('a lock file whose process id belongs to a stranger by now is no obstacle, and the stranger is left alone', async () => {
    const stranger = spawn('sleep', ['60'], isRoot ? NOBODY : {});
    processes.push(stranger);
    const lockFile = path.join(dataDir, 'cluster', 'postmaster.pid');
    await writeFile(lockFile, `${stranger.pid}\n${dataDir}/cluster\n1\n1\n\n127.0.0.1\n0 0\nready   \n`);
    if (isRoot) await chown(lockFile, NOBODY.uid, NOBODY.gid);

    const server = await start();

    expect(await postmasterPid()).toBe(server.pid());
    expect(stranger.exitCode).toBeNull();
  });

  test('an owner note of a process that has ended is taken over', async () => {
    await writeFile(path.join(dataDir, 'owner.json'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    await start();
    await writeFile(path.join(dataDir, 'owner.json'), '{"pid":'); // Killed in the middle of writing it.
    await stop(running[0] ?? (await start()));
    await start();
  });

  test('an initialisation that was killed half-way is done again', async () => {
    await rm(path.join(dataDir, 'cluster', 'global'), { recursive: true });
    await rename(path.join(dataDir, 'cluster'), path.join(dataDir, 'cluster.new'));
    expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a port that is taken for a moment is waited for', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    await stop(first);
    const squatter = net.createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    const starting = start({ port });
    await waitFor(async () => (await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).includes('could not bind'));
    squatter.close();
    expect(await query((await starting).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('users', () => {
  test.runIf(isRoot)('as root the server and its data belong to another user', async () => {
    const server = await start();
    expect((await stat(`/proc/${server.pid()}`)).uid).toBe(NOBODY.uid);
    const cluster = await stat(path.join(dataDir, 'cluster'));
    expect([cluster.uid, cluster.mode & 0o777]).toEqual([NOBODY.uid, 0o700]);
  });

  test.runIf(isRoot)('an ordinary user starts it just the same', async () => {
    await chown(path.dirname(dataDir), NOBODY.uid, NOBODY.gid);
    await rm(dataDir, { recursive: true });
    const { starter, url, pid } = await startElsewhere(NOBODY);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY.uid);
    starter.kill('SIGKILL');
    await waitFor(async () => (await serverProcesses()).length === 0);
  });
});

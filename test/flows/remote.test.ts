import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { readHubConfig } from '../../bin/config.ts';
import { readSandboxFile, type SandboxFile } from '../../bin/demo/sandbox-file.ts';
import { showPayment } from '../../bin/demo/show-payment.ts';
import { startHub } from '../../bin/hub.ts';
import { choosePorts } from '../../bin/ports.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { SUBGRAPHS } from '../../schema/subgraphs.ts';
import { testDatabase } from '../support/postgres.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HOST = '127.0.0.1';

const stops: (() => Promise<unknown>)[] = [];
let sandbox: SandboxFile;

beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'hub-remote-'));
  stops.push(() => rm(home, { recursive: true, force: true }));
  const database = await testDatabase();
  stops.push(() => database.drop());
  await loadSecrets(join(home, 'secrets')); // Before several processes need them at once.
  const ports = await choosePorts(home, HOST, Object.fromEntries(SUBGRAPHS.map((name) => [name, 0])));
  const env = {
    DCM_HOME: home,
    DATABASE_URL: database.url,
    LOG_LEVEL: 'error',
    ...Object.fromEntries(SUBGRAPHS.map((name) => [`${name.toUpperCase()}_URL`, `http://${HOST}:${ports[name]}`])),
  };
  const started = SUBGRAPHS.map((name) => startSubgraph(name, { ...env, SANDBOX: 'on', PORT: String(ports[name]) }));
  const config = { ...readHubConfig(env), GATEWAY_PORT: 0, INTERNAL_PORT: 0, EDGE_PORT: 0, SANDBOX_PORT: 0 };
  const hub = await startHub(config, { ...process.env, ...env });
  stops.push(() => hub.stop());
  await Promise.all(started);
  sandbox = await readSandboxFile(join(home, 'sandbox.json'));
}, 90_000);
afterAll(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
}, 30_000);

/** `node subgraphs/orders/main.ts`, and so on: ready when it says so. */
async function startSubgraph(name: string, env: Record<string, string>): Promise<void> {
  const child: ChildProcess = fork(join(ROOT, `subgraphs/${name}/main.ts`), [], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  stops.push(async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    child.kill('SIGTERM');
    await ended;
  });
  await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended`)))]);
}

test('with every subgraph elsewhere the same payment goes through edge, banks and streams', async () => {
  const lines: string[] = [];
  const { status, missing } = await showPayment(sandbox, (line) => lines.push(line));
  expect({ status, missing }, lines.join('\n')).toEqual({ status: 'SUCCESS', missing: [] });
}, 45_000);

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { workerBundle } from '../../workers/edge/host/bundle.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** A start of workerd on a machine that is busy with other tests. */
const START_MS = 60_000;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'dcm-edge-host-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function start(env: Record<string, string>): ChildProcess {
  return fork(path.join(ROOT, 'workers/edge/host/main.ts'), [], {
    env: { ...process.env, DCM_HOME: home, EDGE_PORT: '0', CORE_URL: 'http://127.0.0.1:1', LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

async function ready(child: ChildProcess): Promise<{ url: string; internalUrl: string }> {
  const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(START_MS) })) as [Ready]; // What main.ts sends.
  expect(message.type).toBe('ready');
  return message;
}

interface Ready {
  readonly type: string;
  readonly url: string;
  readonly internalUrl: string;
}

const readyUrl = async (child: ChildProcess): Promise<string> => (await ready(child)).url;

async function workerdOf(child: ChildProcess): Promise<number> {
  for (const task of await readdir(`/proc/${child.pid}/task`)) {
    for (const pid of (await readFile(`/proc/${child.pid}/task/${task}/children`, 'utf8')).split(' ').filter(Boolean)) {
      if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'workerd') return Number(pid);
    }
  }
  throw new Error('no workerd');
}

/** A process that has ended but was not collected by its parent still has a number; it runs nothing. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

const answers = async (url: string): Promise<boolean> => (await fetch(`${url}/livez`)).ok;

it('says inside which part is not ready and what it has counted, and outside only that it is not ready', { timeout: 90_000 }, async () => {
  const child = start({});
  onTestFinished(() => void child.kill('SIGKILL'));
  const { url, internalUrl } = await ready(child);
  await fetch(`${url}/api/v1/counterparty/UA213223130000026007233566001/payment-message/x`);
  await fetch(`${url}/nowhere`);

  const asked = async () => {
    const answer = await fetch(`${internalUrl}/readyz`);
    return { status: answer.status, parts: (await answer.json()) as { name: string; ok: boolean; detail: string }[] }; // As service-host.ts writes it.
  };
  // A busy machine may be late with its first answers.
  const inTime = async () => {
    const found = await asked();
    return found.parts.every(({ detail }) => !detail.startsWith('NO_ANSWER')) && found;
  };
  expect(await waitFor(inTime, { timeoutMs: 30_000 })).toEqual({
    status: 503,
    parts: [
      { name: 'workerd', ok: true, detail: expect.stringMatching(/^process \d+$/) },
      { name: 'directory', ok: false, detail: 'NO_DIRECTORY' },
    ],
  });
  const outside = await fetch(`${url}/readyz`);
  const directory = { name: 'directory', ok: false, detail: 'no snapshot yet' };
  expect([outside.status, await outside.json()]).toEqual([
    503,
    expect.objectContaining({ directoryVersion: 0, dependencies: [directory] }),
  ]);

  const metrics = await (await fetch(`${internalUrl}/metrics`)).text();
  const route = '/api/v1/counterparty/:bank/payment-message/:guid';
  expect(metrics).toContain(`edge_requests_total{method="GET",route="${route}",status="401"} 1`);
  expect(metrics).toContain('edge_requests_total{method="GET",route="(none)",status="404"} 1');
  expect(metrics).toContain('process_cpu_seconds_total');
  expect(metrics).not.toMatch(/UA21|nowhere/);
  for (const authorization of ['', 'Bearer ', 'Bearer guessed']) {
    expect((await fetch(`${url}/metrics`, { headers: { authorization } })).status).toBe(404);
  }
});

describe.runIf(existsSync('/proc/self/task'))('the edge process', () => {
  it.for([
    ['is asked to end', (child: ChildProcess) => child.kill('SIGTERM')],
    ['loses its supervisor', (child: ChildProcess) => child.disconnect()],
    ['is killed', (child: ChildProcess) => child.kill('SIGKILL')],
  ] as const)('takes workerd with it when it %s', { timeout: 90_000 }, async ([, end]) => {
    const child = start({});
    const url = await readyUrl(child);
    expect(await answers(url)).toBe(true);
    const workerd = await workerdOf(child);
    const ended = once(child, 'exit');
    end(child);
    await ended;
    await waitFor(async () => !(await isRunning(workerd)));
    await expect(answers(url)).rejects.toThrow();
  });

  it('names every wrong variable at once', async () => {
    const child = start({ EDGE_PORT: 'many', CORE_URL: 'nowhere' });
    let output = '';
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).not.toBe(0);
    expect(output).toContain('EDGE_PORT');
    expect(output).toContain('CORE_URL');
  });
});

describe('the bundle', () => {
  it('is the Worker of wrangler.toml, with its objects, variables and secrets', async () => {
    const { code, settings } = await workerBundle();
    expect(settings).toMatchObject({
      name: 'dcm-edge',
      secrets: ['ENVELOPE_KEY', 'RECEIPT_KEY'],
      crons: ['* * * * *'],
      durableObjects: [
        { name: 'INBOX', className: 'Inbox', sqlite: true },
        { name: 'DIRECTORY_CACHE', className: 'DirectoryCache', sqlite: true },
        { name: 'ROSTER', className: 'Roster', sqlite: true },
      ],
    });
    expect(code).not.toMatch(/from ["']node:/);
    expect(await workerBundle()).toEqual({ code, settings });
  });

  it('gives production the variables, objects and secrets that it runs with here', async () => {
    const { unstable_readConfig: readConfig } = await import('wrangler');
    const [here, production] = [undefined, 'production'].map((env) =>
      readConfig({ config: path.join(ROOT, 'wrangler.toml'), env }, { hideWarnings: true }),
    );
    expect(Object.keys(production?.vars ?? {})).toEqual(Object.keys(here?.vars ?? {}));
    for (const part of ['durable_objects', 'migrations', 'triggers', 'secrets', 'compatibility_date', 'main'] as const) {
      expect(production?.[part]).toEqual(here?.[part]);
    }
  });
});

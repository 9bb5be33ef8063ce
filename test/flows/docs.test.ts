import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readSandboxFile } from '../../bin/demo/sandbox-file.ts';
import { readRecording } from '../../bin/record/chapter-file.ts';
import { RECORDED_CHAPTERS } from '../../bin/record/chapters.ts';
import { recordScene } from '../../bin/record/recorder.ts';
import { lasting } from '../../bin/record/recording.ts';
import { type HubUnderTest, startHubUnderTest } from './hub-under-test.ts';

// The documents for a new bank and a new merchant are run as they stand: every command in a bash box, in order, in one shell. The chapters that show
// messages have them from a recording: its scene is played again, and must say the same but for what is new in every run.

const ROOT = resolve(import.meta.dirname, '../..');
const COMMANDS_MS = 240_000;
/** A scene may wait for the timetable's next minute. */
const SCENE_MS = 180_000;

let hub: HubUnderTest;
const folders: string[] = [];
beforeAll(async () => {
  hub = await startHubUnderTest();
}, 120_000);
afterAll(async () => {
  await hub.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}, 30_000);

const PAYMENT = `query ($guid: String) { payment(guid: $guid) { status amount { minor } initiatorBank { guid name bic } order { orderId } } }`;

describe('the commands of the documentation', () => {
  test('take a new bank from two keys to a paid order', { timeout: COMMANDS_MS }, async () => {
    const folder = await aFolder();
    const output = await runCommands('docs/preparing-for-integration-bank.md', { BANK_DIR: folder });
    const { guid } = await readJson<{ guid: string }>(folder, 'accepted.json', output);
    const { data } = await hub.graphql(PAYMENT, { guid }, hub.sandbox.ops.token);
    expect(data.payment).toMatchObject({
      status: 'SUCCESS',
      amount: { minor: '24990' },
      initiatorBank: { name: 'Bank Nova', bic: '980404' },
    });
    expect(await hub.orderStatus(data.payment.order.orderId)).toBe('SUCCESS');
    const callbacks = (await readFile(join(folder, 'callbacks.jsonl'), 'utf8')).trim().split('\n');
    expect(callbacks.map((line) => JSON.parse(line))).toMatchObject([
      { callback_type: 'callback-test' },
      { callback_type: 'callback-test' },
      { callback_type: 'pay-out', status: 'success', payment_message_guid: guid },
    ]);
    expect(output).toContain('DUPLICATE_ORDER');
  });

  test('take a new merchant from a key to a paid order', { timeout: COMMANDS_MS }, async () => {
    const folder = await aFolder();
    const output = await runCommands('docs/preparing-for-integration-merchant.md', { SHOP_DIR: folder });
    const { id } = await readJson<{ id: string }>(folder, 'order-created.json', output);
    expect(await hub.orderStatus(id)).toBe('SUCCESS');
    const callback = (await readFile(join(folder, 'callbacks.jsonl'), 'utf8')).trim().split('\n').at(-1);
    expect(JSON.parse(callback ?? '')).toMatchObject({ callback_type: 'merchant-pay-in', status: 'success', order_id: id, amount: 399.5 });
  });
});

test.each(Object.entries(RECORDED_CHAPTERS))(
  'the messages of docs/%s.md are what is said today',
  { timeout: SCENE_MS },
  async (chapter, scene) => {
    await hub.reset();
    const sandbox = await readSandboxFile(join(hub.hub.home, 'sandbox.json'));
    // If this fails because what is said has changed on purpose: npm run record
    expect(lasting(await recordScene(sandbox, scene))).toEqual(lasting(await readRecording(chapter)));
  },
);

/** Runs the bash boxes of a document in one shell in the folder of the project, with the hub under test in place of `npm start`. */
async function runCommands(document: string, env: Readonly<Record<string, string>>): Promise<string> {
  const text = await readFile(join(ROOT, document), 'utf8');
  const boxes = [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, commands]) => commands ?? '');
  expect(boxes.length).toBeGreaterThan(3);
  const shell = spawn('bash', ['-euxo', 'pipefail', '-c', boxes.join('\n')], {
    cwd: ROOT,
    env: { ...process.env, ...env, DCM_HOME: hub.hub.home, PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const giveUp = setTimeout(() => killGroup(shell.pid), COMMANDS_MS - 10_000);
  const [code] = (await once(shell, 'close')) as [number | null]; // The first argument of the event.
  clearTimeout(giveUp);
  killGroup(shell.pid);
  if (code !== 0) throw new Error(`the commands of ${document} ended with ${code}:\n${output}`);
  return output;
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-'));
  folders.push(folder);
  return folder;
}

/** The shell and whatever it left in the background. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

async function readJson<T>(folder: string, file: string, output: string): Promise<T> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => {
    throw new Error(`the commands wrote no ${file}:\n${output}`);
  });
  return JSON.parse(text) as T; // What the document says is in it.
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { descendants } from '../bench/process-cpu.ts';
import { waitFor } from '../support/wait-for.ts';
import { startHubUnderTest } from './hub-under-test.ts';

test('a second start on the same state folder goes on where the first stopped', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hub-restart-'));
  const first = await startHubUnderTest({ ownPostgres: true, home });
  const paid = await first.createOrder();
  await first.pay(paid.orderId);
  await first.waitForOrder(paid.orderId, 'SUCCESS');
  const open = await first.createOrder();
  const received = await waitFor(async () => {
    const entries = await first.history(first.receiver.guid);
    return entries.some(({ path }) => path.endsWith('/credit')) ? entries : null;
  });
  await first.stop();

  // On other ports: the open order and the routes of the banks still name those of the first start.
  await rm(join(home, 'ports.json'));
  const second = await startHubUnderTest({ ownPostgres: true, home });
  try {
    expect(second.sandbox.banks.map((bank) => bank.guid)).toEqual(first.sandbox.banks.map((bank) => bank.guid));
    expect(second.sandbox.sandbox).not.toBe(first.sandbox.sandbox);
    expect(await second.orderStatus(paid.orderId)).toBe('SUCCESS');
    expect((await second.history(second.receiver.guid)).slice(0, received.length)).toEqual(received);
    expect(await second.pay(open.orderId)).toMatchObject({ kind: 'accepted' });
    await second.waitForOrder(open.orderId, 'SUCCESS');
  } finally {
    await second.stop();
    await rm(home, { recursive: true, force: true });
  }
}, 150_000);

/** `npm start` in a process of its own, as a person would type it a second time. */
function startCommand(home: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, DCM_HOME: home, GATEWAY_PORT: '0', EDGE_PORT: '0', SANDBOX_PORT: '0' };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '../../bin/start.ts')], { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

/** The fields of a process after its name: state, parent, group. Undefined when it is gone. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** A process that has ended but was not collected by its parent still has a number; it runs nothing. */
const isRunning = (pid: number): boolean => ![undefined, 'Z'].includes(statOf(pid)?.[0]);

/** What Ctrl-C does in a terminal: every process of the group is interrupted at once. Answers with all processes, also of other groups. */
function interrupt(supervisor: number): readonly number[] {
  const all = [supervisor, ...descendants(supervisor)];
  const group = groupOf(supervisor);
  for (const pid of all) if (groupOf(pid) === group) process.kill(pid, 'SIGINT');
  return all;
}

function groupOf(pid: number): string | undefined {
  return statOf(pid)?.[2];
}

test('a second hub on a state folder in use says what to do, and Ctrl-C leaves no process of the first', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hub-twice-'));
  let output = '';
  const first = await startHubUnderTest({ ownPostgres: true, home, onOutput: (text) => (output += text) });
  try {
    const second = await startCommand(home);
    expect(second.code).toBe(1);
    expect(second.output).toMatch(/already running/);
    // The refused start must not have touched what the first one needs.
    expect(await first.orderStatus((await first.createOrder()).orderId)).toBe('CREATED');

    const processes = interrupt(first.hub.pids()['hub'] ?? 0);
    expect(processes.length).toBeGreaterThan(5);
    await waitFor(() => processes.every((pid) => !isRunning(pid)), { timeoutMs: 20_000 });
    expect(output).toContain('Ctrl-C: stopping');
    expect(output).not.toContain('starting it again');
  } finally {
    await first.stop();
    await rm(home, { recursive: true, force: true });
  }
}, 120_000);

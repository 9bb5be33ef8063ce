import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

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
}, 90_000);

/** `npm start` in a process of its own, as a person would type it a second time. */
function startCommand(home: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, DCM_HOME: home, GATEWAY_PORT: '0', EDGE_PORT: '0', SANDBOX_PORT: '0' };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '../../bin/start.ts')], { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

test('a second hub on a state folder in use says what to do', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hub-twice-'));
  const first = await startHubUnderTest({ ownPostgres: true, home });
  try {
    const second = await startCommand(home);
    expect(second.code).toBe(1);
    expect(second.output).toMatch(/already running/);
    // The refused start must not have touched what the first one needs.
    expect(await first.orderStatus((await first.createOrder()).orderId)).toBe('CREATED');
  } finally {
    await first.stop();
    await rm(home, { recursive: true, force: true });
  }
}, 60_000);

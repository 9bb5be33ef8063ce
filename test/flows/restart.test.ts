import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { startHubUnderTest } from './hub-under-test.ts';

test('a second start on the same state folder goes on where the first stopped', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hub-restart-'));
  const first = await startHubUnderTest({ ownPostgres: true, home });
  const paid = await first.createOrder();
  await first.pay(paid.orderId);
  await first.waitForOrder(paid.orderId, 'SUCCESS');
  const open = await first.createOrder();
  await first.stop();

  const second = await startHubUnderTest({ ownPostgres: true, home });
  try {
    expect(second.sandbox.banks.map((bank) => bank.guid)).toEqual(first.sandbox.banks.map((bank) => bank.guid));
    expect(second.sandbox.edge).toBe(first.sandbox.edge);
    expect(await second.orderStatus(paid.orderId)).toBe('SUCCESS');
    expect(await second.pay(open.orderId)).toMatchObject({ kind: 'accepted' });
    await second.waitForOrder(open.orderId, 'SUCCESS');
  } finally {
    await second.stop();
    await rm(home, { recursive: true, force: true });
  }
}, 90_000);

test('a second hub on a state folder in use says what to do', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hub-twice-'));
  const first = await startHubUnderTest({ ownPostgres: true, home });
  try {
    await expect(startHubUnderTest({ ownPostgres: true, home })).rejects.toThrow(/already running/);
    // The refused start must not have touched what the first one needs.
    expect(await first.orderStatus((await first.createOrder()).orderId)).toBe('CREATED');
  } finally {
    await first.stop();
    await rm(home, { recursive: true, force: true });
  }
}, 60_000);

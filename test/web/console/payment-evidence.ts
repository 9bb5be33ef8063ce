import { readFile } from 'node:fs/promises';

import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

import { aWorkbench } from '../../../bin/dcm/terminal-under-test.ts';
import { JWK_SET_PATH } from '../../../protocol/jwk-set.ts';
import type { HubUnderTest } from '../../flows/hub-under-test.ts';

/** On the page of a paid payment: what was signed is verified there, opens to its bytes, and the file that is saved is verified without the hub. */
export async function expectEvidence(page: Page, hub: HubUnderTest): Promise<void> {
  await page.getByText(/^5 signatures verified/).waitFor();
  const received = page.locator('.timeline li').first();
  await received.locator('summary').click();
  await received.locator('.verified.ok').waitFor();
  expect(await received.locator('.verified').textContent()).toContain(
    `signed by ${hub.payer.name}, key ${hub.payer.signKey.kid}, valid at that time`,
  );
  expect(await received.locator('pre').textContent()).toContain('"amount": 100.5');
  await received.getByRole('tab', { name: 'Bytes received' }).click();
  expect(await received.locator('pre').textContent()).toMatch(/^\{"jwt":"[\w-]+\.[\w-]+\.[\w-]+"\}$/);
  await received.getByRole('tab', { name: 'Answer' }).click();
  expect(await received.locator('pre').textContent()).toMatch(/^20[02],? .*a receipt signed by the edge$/);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export evidence' }).click()]);
  const bench = await aWorkbench();
  onTestFinished(() => bench.remove());
  const file = await bench.file('evidence.json', await readFile(await download.path()));
  const keys = await bench.file('hub-jwks.json', await (await fetch(`${hub.sandbox.edge}${JWK_SET_PATH}`)).text());
  const ran = await bench.dcm(['verify', file, '--hub-keys', keys]);
  expect([ran.code, ran.out], ran.out).toEqual([0, expect.stringMatching(/^ok {2}received .*\n(?:.*\n)*ok {2}ledger /m)]);
}

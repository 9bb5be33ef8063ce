import { expect, test } from 'vitest';

import { type ConsoleWorld, heading, lookedAt } from './console-world.ts';

/** Test callbacks, asked for on the page of a participant. */
export function describeCallbackTests(world: () => ConsoleWorld): void {
  test('test callbacks show whether a receiver does its homework: operations of a bank, a merchant of itself', async () => {
    const { hub, openConsole } = world();
    const { page, faults } = await openConsole(/^Operations/, { path: `/participants/banks/${hub.bystander.guid}` });
    await heading(page, hub.bystander.name);
    const panel = page.getByRole('region', { name: 'Callback test' });
    await panel.getByText('Not tested yet').waitFor();
    await hub.control(hub.bystander.guid, { callback: 'callback-test', behave: 'trust-any-time' });
    await panel.getByRole('combobox', { name: 'Which address' }).click();
    await page.getByRole('option', { name: 'Credit', exact: true }).click();
    await panel.getByRole('button', { name: 'Send test callbacks' }).click();
    await panel.getByText('Failed').first().waitFor();
    await panel.getByText(/at .*\/credit$/).waitFor();
    const lines = async () => (await panel.locator('.callback-test-line .chip').allTextContents()).join(' ');
    await expect.poll(lines).toBe('Passed Passed Failed Passed');
    await expect.poll(() => panel.getByRole('combobox', { name: 'Which address' }).inputValue()).toBe('Credit');
    await panel.getByText('Issued a quarter of an hour ago').click();
    const opened = await panel.locator('details[open]').textContent();
    for (const said of ['refuse a header token with 401', '"callback_type": "callback-test"', '"body_sha256"', '{"noted":true}'])
      expect(opened).toContain(said);
    await lookedAt(page, 'callback-test');
    await panel.getByRole('button', { name: 'Send test callbacks' }).click();
    await panel.getByText('CALLBACK_TEST_TOO_SOON').waitFor();
    expect(faults).toEqual([]);

    const own = await openConsole(new RegExp(hub.merchant.name), {
      path: `/participants/merchants/${hub.merchant.uid}`,
      options: { colorScheme: 'dark' },
    });
    await own.page.getByRole('button', { name: 'Send test callbacks' }).click();
    await own.page.getByText('Asked for by the participant').waitFor();
    await expect.poll(() => own.page.locator('.callback-tests .chip').allTextContents()).toEqual(Array(4).fill('Passed'));
    await lookedAt(own.page, 'callback-test-dark');
    await own.page.setViewportSize({ width: 360, height: 740 });
    expect(await own.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await lookedAt(own.page, 'callback-test-phone');
    expect(own.faults).toEqual([]);
  });
}

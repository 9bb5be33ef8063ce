import { expect, test } from 'vitest';

import { keepScreenshot } from '../browser.ts';
import { type ConsoleWorld, go, heading, lookedAt, SLOW_MS } from './console-world.ts';

/** The audit log, and its chains that are verified on screen. */
export function describeAudit(world: () => ConsoleWorld): void {
  test('what somebody does is in the audit log, whose chains this browser verifies; it says which entry was edited', async () => {
    const { hub, openConsole } = world();
    const { page, faults } = await openConsole(/^Operations/, { path: '/jobs' });
    await page.getByRole('button', { name: 'Run now' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await go(page, 'Audit log');
    await heading(page, 'Audit log');
    const chains = page.locator('.chains li');
    await expect.poll(() => chains.locator('.chip.ok').count(), { timeout: SLOW_MS }).toBe(5);
    const settlement = (await chains.filter({ hasText: 'Settlement' }).textContent()) ?? '';
    expect(settlement).toMatch(/Verified(\d+) of \1 entries, head [0-9a-f]{12}/);
    const entry = page.locator('.audit li').first();
    expect(await entry.textContent()).toMatch(/Job run by hand.*operations.*Settlement/);
    await entry.getByRole('button', { name: 'Job run by hand' }).click();
    expect(await entry.locator('dl').textContent()).toMatch(/actionjobRun.*hash[0-9a-f]{64}/);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await keepScreenshot(page, 'console-audit-phone');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'dark' });

    await page.getByRole('combobox', { name: 'What' }).click();
    await page.getByRole('option', { name: 'Merchant registered' }).click();
    const actions = async () => new Set(await page.locator('.audit .opens').allTextContents());
    await expect.poll(actions, { timeout: SLOW_MS }).toEqual(new Set(['Merchant registered']));
    expect(await page.getByRole('link', { name: hub.merchant.name }).count()).toBe(1);

    await page.route('**/graphql', async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        body: (await response.text()).replaceAll('\\"action\\":\\"jobRun\\"', '\\"action\\":\\"mailRetry\\"'),
      });
    });
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: /^Entry \d+ is not what was written/ })
      .waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await lookedAt(page, 'audit-broken-dark');
    expect(await chains.locator('.chip.bad').count()).toBe(1);
    expect(faults).toEqual([]);
  });
}

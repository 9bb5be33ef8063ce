import { describe, expect, test } from 'vitest';

import { describeAudit } from './console/audit.ts';
import { brokenKeySource, linked } from './console/behind-the-console.ts';
import { describeCallbackTests } from './console/callback-tests.ts';
import { consoleWorld, go, heading, lookedAt, SLOW_MS } from './console/console-world.ts';
import { describeEveryPage } from './console/every-page.ts';
import { describePayments } from './console/payments.ts';
import { describeRegisters } from './console/registers.ts';

// The console as staff has it: a real Chromium, the files that the gateway serves, the whole hub behind them. Longer stories: console-stories.test.ts.

const world = consoleWorld();

describe('the console', { timeout: SLOW_MS }, () => {
  describePayments(world);
  describeAudit(world);
  describeCallbackTests(world);

  test('is used by keyboard, and fits a phone', async () => {
    const { hub, openConsole } = world();
    const { page, faults } = await openConsole(/^Operations/);
    await brokenKeySource(hub, hub.bystander);
    for (const name of ['Orders', 'Manual review', 'Participants']) {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).press('Enter');
      await heading(page, name);
    }
    await page.getByRole('row', { name: new RegExp(`${hub.bystander.name}.*(?:Not read yet|Cannot be read)`) }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Payments' }).click();
    await heading(page, 'Payments');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await lookedAt(page, 'payments-phone');
    expect(faults).toEqual([]);
  });

  test('a merchant is offered its own pages, and another’s payment is not there', async () => {
    const { hub, openConsole } = world();
    const { page } = await openConsole(new RegExp(hub.merchant.name));
    await heading(page, 'Live board');
    const offered = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allTextContents();
    expect(offered).toEqual(['Live board', 'Payments', 'Orders', 'Participants']);
    await page.goto(`${hub.hub.addresses.console}/payments/${crypto.randomUUID()}`);
    await heading(page, 'There is nothing here');
    await page.goto(`${hub.hub.addresses.console}/participants/banks/${hub.payer.guid}`);
    await heading(page, 'There is nothing here');
    await page.goto(`${hub.hub.addresses.console}/review`);
    await heading(page, 'This page is not for you');
  });

  test('a bank that does not hear that it lost a number waits in manual review, and somebody says how it ended', async () => {
    const { hub, openConsole } = world();
    const phone = '+380501112233';
    await linked(hub, phone, hub.payer);
    const { page, faults } = await openConsole(/^Operations/);
    await go(page, 'Aliases');
    await page.getByRole('textbox', { name: 'Phone number' }).fill(phone);
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByRole('row', { name: new RegExp(`nowhere ${hub.payer.name}`) }).waitFor();
    await hub.control(hub.payer.guid, { callback: 'alias-updated', behave: 'refuse', times: 2 });
    await linked(hub, phone, hub.receiver);
    // Both without loading the page again: the change, and what it did to the number.
    await page
      .getByRole('group', { name: 'Changes while you look' })
      .getByRole('row', { name: /Linked/ })
      .waitFor();
    await page.getByRole('row', { name: new RegExp(`${hub.payer.name}.*${hub.receiver.name}`) }).waitFor();
    expect(page.url()).not.toContain('380');

    await go(page, 'Manual review');
    const waiting = page.getByRole('row', {
      name: new RegExp(`${phone.replace('+', String.raw`\+`)} ${hub.payer.name} 2 answered HTTP 400`),
    });
    await waiting.waitFor();
    await page
      .getByRole('link', { name: /callbacks about aliases: 1/ })
      .first()
      .waitFor();
    await waiting.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('radio', { name: 'The bank was told in another way' }).check();
    await page.getByRole('textbox', { name: 'Reason' }).fill('told by phone');
    await lookedAt(page, 'review-resolve');
    await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
    await waiting.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  // Whatever moves the hub's clock comes last, after every other case of the file: nothing moves time back.
  describeEveryPage(world);
  describeRegisters(world);
});

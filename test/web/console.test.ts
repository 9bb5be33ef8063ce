import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { builtConsole } from '../../bin/build-console.ts';
import { type HubUnderTest, startHubUnderTest } from '../flows/hub-under-test.ts';
import { orderFor } from './console-world.ts';
import { accessibilityFaults, keepScreenshot, launchBrowser, visit } from './browser.ts';

// The console as staff has it: a real Chromium, the files that the gateway serves, the whole hub behind them.

/** Processes and browsers are slow on a busy machine. */
const SLOW_MS = 120_000;
const STEP_MS = 45_000;
/** What a customer of a careless page would have suffered from. */
const HOSTILE = '<img src=x onerror="document.title=\'broken\'">';

let hub: HubUnderTest;
let browser: Browser;
beforeAll(async () => {
  [hub, browser] = await Promise.all([startHubUnderTest(), launchBrowser(), builtConsole()]);
}, SLOW_MS);
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});
afterEach(() => hub.reset());

/** The console in a browser of its own that must not complain, with the role of one click taken. */
async function openConsole(role: RegExp, o: { options?: BrowserContextOptions; path?: string } = {}) {
  const { page, faults, close } = await visit(browser, { locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...o.options });
  onTestFinished(close);
  page.setDefaultTimeout(STEP_MS);
  await page.goto(`${hub.hub.addresses.console}${o.path ?? ''}`);
  await page.getByRole('button', { name: role }).click();
  await page.locator('nav').first().waitFor({ state: 'attached' });
  return { page, faults };
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
const go = (page: Page, name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();

/** Every page is looked at by axe as it stands. */
async function lookedAt(page: Page, name: string): Promise<void> {
  await keepScreenshot(page, `console-${name}`);
  expect(await accessibilityFaults(page), name).toEqual([]);
}

describe('the console', { timeout: SLOW_MS }, () => {
  test('one click leads in, a payment shows itself while one looks, and opens to all that happened to it', async () => {
    const { page, faults } = await openConsole(/^Operations/);
    await heading(page, 'Live board');
    await page.locator('.top .chip.ok').waitFor();
    await go(page, 'Payments');
    await heading(page, 'Payments');
    const { orderId } = await orderFor(hub, { purpose: HOSTILE });
    await hub.pay(orderId);
    const row = page.getByRole('row', { name: /100,50.*Success/ }).first();
    await row.waitFor();
    await lookedAt(page, 'payments');

    await row.getByRole('link').click();
    await page.locator('.timeline li').nth(6).waitFor();
    const titles = await page.locator('.timeline summary strong').allTextContents();
    expect(titles).toEqual([
      'Payment message received',
      'Payment pending, order in progress',
      'Pay-in to the receiver bank',
      'Pay-in to the merchant',
      'Payment succeeded',
      ...['Pay-out to the initiator bank', 'Credit to the receiver bank'].toSorted((a, b) => titles.indexOf(a) - titles.indexOf(b)),
    ]);
    await page.getByRole('heading', { name: 'Ledger' }).waitFor();
    await page.locator('.timeline summary').nth(2).click();
    expect(await page.locator('.timeline details[open]').textContent()).toContain('accepted, HTTP 200');
    expect(await page.locator('.head').textContent()).toContain(HOSTILE);
    await lookedAt(page, 'payment');

    await go(page, 'Live board');
    await page.locator('.feed li').first().waitFor();
    await page.locator('.chart canvas').waitFor();
    expect(await page.locator('.figure').first().textContent()).toContain('Payments per minute');
    await lookedAt(page, 'board');
    expect(await page.title()).toBe('DCM Hub console');
    expect(faults).toEqual([]);
  });

  test('finds an order by its number, a payment by its amount, and says when there is nothing', async () => {
    const { orderId, reference } = await hub.createOrder({ amountMinor: '77733' });
    await hub.pay(orderId);
    const { page, faults } = await openConsole(/^Operations/, { options: { colorScheme: 'dark' } });
    const search = async (text: string): Promise<void> => {
      const box = page.getByRole('textbox', { name: 'Search payments and orders' });
      await box.fill(text);
      await box.press('Enter');
    };
    await search(reference);
    await page
      .getByRole('row', { name: new RegExp(reference) })
      .getByRole('link')
      .click();
    await page.getByRole('heading', { name: 'Payments of this order' }).waitFor();
    await lookedAt(page, 'order-dark');
    await search('777,33');
    await heading(page, 'Payments');
    await page.getByRole('row', { name: /777,33/ }).waitFor();
    await search('777,34');
    await page.getByText('No payment fits this').waitFor();
    await search(orderId);
    await page.getByRole('heading', { name: 'Payments of this order' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('every other page is there for operations, by keyboard too, and fits a phone', async () => {
    const { page, faults } = await openConsole(/^Operations/);
    for (const [name, title] of [
      ['Orders', 'Orders'],
      ['Manual review', 'Manual review'],
      ['Timetable', 'Timetable'],
      ['Registers', 'Registers'],
      ['Aliases', 'Aliases'],
      ['Participants', 'Participants'],
    ] as const) {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).press('Enter');
      await heading(page, title);
      await expect.poll(() => page.locator('.content .mantine-Loader-root').count(), { timeout: SLOW_MS }).toBe(0);
      await lookedAt(page, title.toLowerCase().replaceAll(' ', '-'));
    }
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Payments' }).click();
    await heading(page, 'Payments');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await lookedAt(page, 'payments-phone');
    expect(faults).toEqual([]);
  });

  test('a merchant is offered its own pages, and another’s payment is not there', async () => {
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

  test('test callbacks show whether a receiver does its homework: operations of a bank, a merchant of itself', async () => {
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

  test('a merchant that is taken in while the hub is killed is there once, and its API key is shown once', async () => {
    const { page } = await openConsole(/^Operations/, { path: '/participants/new-merchant' });
    await heading(page, 'New merchant');
    const name = `Shop ${crypto.randomUUID().slice(0, 8)}`;
    const fill = (label: string, value: string) => page.getByRole('textbox', { name: label }).fill(value);
    await fill('Name', name);
    await page.getByRole('combobox', { name: 'Bank' }).click();
    await page.getByRole('option', { name: hub.receiver.name }).click();
    await fill('Account', 'UA00');
    await fill('Tax number', '12345678');
    await fill('Category', '5942');
    await fill('Callbacks go to', `${hub.sandbox.sandbox}/merchants/elsewhere/callbacks`);
    await page.getByRole('button', { name: 'Register the merchant' }).click();
    await page.locator('.mantine-InputWrapper-error').first().waitFor();
    await lookedAt(page, 'new-merchant');

    await fill('Account', hub.merchant.iban);
    process.kill(hub.hub.pids()['core'] ?? 0, 'SIGKILL');
    await page.getByRole('button', { name: 'Register the merchant' }).click();
    await page.getByText('The hub has not answered').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).isDisabled()).toBe(true);
    const url = page.url();
    const again = page.getByRole('button', { name: 'Send again' });
    await expect
      .poll(
        async () => {
          if (await again.isVisible()) await again.click({ timeout: 1_000 }).catch(() => undefined);
          return page.url();
        },
        { timeout: SLOW_MS, interval: 500 },
      )
      .not.toBe(url);
    await heading(page, name);
    const { data } = await hub.graphql('{ merchants(first: 100) { nodes { name } } }', {}, hub.sandbox.ops.token);
    expect(data.merchants.nodes.filter((merchant: { name: string }) => merchant.name === name)).toHaveLength(1);

    await page.getByRole('button', { name: 'Make an API key' }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const secret = await page.locator('.secret').textContent();
    expect(secret).toMatch(/^sk_/);
    await lookedAt(page, 'api-key');
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByText(`…${secret?.slice(-4)}`).waitFor();
    expect(await page.locator('body').textContent()).not.toContain(secret);
  });
});

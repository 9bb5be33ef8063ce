import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

import { addBusinessDays, businessDayOf, startOfBusinessDay } from '../../kernel/core/time.ts';
import type { CreatedOrder, HubUnderTest } from '../flows/hub-under-test.ts';
import { waitFor } from '../support/wait-for.ts';
import { accessibilityFaults, keepScreenshot, visit } from './browser.ts';

/** Processes and browsers are slow on a busy machine. */
export const SLOW_MS = 120_000;
const STEP_MS = 45_000;

/** The console in a browser of its own that must not complain, with the role of one click taken. */
export async function openConsoleOf(
  { hub, browser }: { readonly hub: HubUnderTest; readonly browser: Browser },
  role: RegExp,
  o: { readonly options?: BrowserContextOptions; readonly path?: string } = {},
) {
  const { page, faults, close } = await visit(browser, { locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...o.options });
  onTestFinished(close);
  page.setDefaultTimeout(STEP_MS);
  await page.goto(`${hub.hub.addresses.console}${o.path ?? ''}`);
  await page.getByRole('button', { name: role }).click();
  await page.locator('nav').first().waitFor({ state: 'attached' });
  return { page, faults };
}

export const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
export const go = (page: Page, name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();

/** To another page without loading the console anew, as a link leads there, and until what it shows is there. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    document.querySelector('h1')?.setAttribute('data-left', '');
    history.pushState({}, '', to);
  }, `/console${path}`);
  await page.waitForFunction(
    () => document.querySelector('h1:not([data-left])') && !document.querySelector('.content .mantine-Loader-root'),
  );
}

/** Every page is looked at by axe as it stands. */
export async function lookedAt(page: Page, name: string): Promise<void> {
  await keepScreenshot(page, `console-${name}`);
  expect(await accessibilityFaults(page), name).toEqual([]);
}

/** An order of the sandbox's merchant with words of its choice. */
export async function orderFor(hub: HubUnderTest, { purpose }: { readonly purpose: string }): Promise<CreatedOrder> {
  const input = {
    amount: { minor: '10050', currency: 'UAH' },
    reference: `test-${crypto.randomUUID()}`,
    purpose,
    redirectUrl: `${hub.sandbox.sandbox}/thank-you`,
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
    idempotencyKey: crypto.randomUUID(),
  };
  const { data } = await hub.graphql(
    'mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { id orderId reference } errors { code message } } }',
    { input },
  );
  if (!data.orderCreate.order) throw new Error(JSON.stringify(data.orderCreate.errors));
  return data.orderCreate.order;
}

/** A minute after midnight: days close half a minute after it. */
const AFTER_MIDNIGHT_MS = 61_000;

/**
 * Moves the hub's time past midnight and waits for the registers of the day that ended. Gives their ids. Nothing moves time back: whoever needs it
 * stands last in its file.
 */
export async function registersAfterMidnight(hub: HubUnderTest): Promise<readonly string[]> {
  const now = Date.now();
  const day = businessDayOf(new Date(now));
  await hub.advanceClock(startOfBusinessDay(addBusinessDays(day, 1)).getTime() + AFTER_MIDNIGHT_MS - now);
  const registers = async (): Promise<string[]> => {
    const { data } = await hub.graphql('{ registers(first: 50) { nodes { id paymentCount } } }', {}, hub.sandbox.ops.token);
    const nodes = data.registers.nodes as { readonly id: string; readonly paymentCount: number }[];
    return nodes.filter(({ paymentCount }) => paymentCount > 0).map(({ id }) => id);
  };
  await waitFor(async () => (await registers()).length > 0, { timeoutMs: SLOW_MS });
  return registers();
}

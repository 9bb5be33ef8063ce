import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from 'vitest';

import { builtConsole } from '../../../bin/build-console.ts';
import { addBusinessDays, businessDayOf, startOfBusinessDay } from '../../../kernel/core/time.ts';
import { type CreatedOrder, type HubUnderTest, startHubUnderTest } from '../../flows/hub-under-test.ts';
import { waitFor } from '../../support/wait-for.ts';
import { accessibilityFaults, keepScreenshot, launchBrowser, visit } from '../browser.ts';

/** Processes and browsers are slow on a busy machine. */
export const SLOW_MS = 120_000;
const STEP_MS = SLOW_MS / 2;

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;

/** What a customer of a careless page would have suffered from. */
export const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>';

/** A page that must not complain, in a browser of its own until the test is over. */
async function opened(browser: Browser, address: string, options: BrowserContextOptions = {}) {
  const { page, faults, close } = await visit(browser, options);
  onTestFinished(close);
  page.setDefaultTimeout(STEP_MS);
  await page.goto(address);
  return { page, faults };
}

interface Opening {
  readonly options?: BrowserContextOptions;
  readonly path?: string;
}

/** The console at a path of it, with the role of one click taken. */
export async function openConsoleOf(
  { hub, browser }: { readonly hub: HubUnderTest; readonly browser: Browser },
  role: RegExp,
  { options, path = '' }: Opening = {},
) {
  const window = { locale: 'en-GB', viewport: { width: 1440, height: 900 } };
  const { page, faults } = await opened(browser, `${hub.hub.addresses.console}${path}`, { ...window, ...options });
  await page.getByRole('button', { name: role }).click();
  await page.locator('nav').first().waitFor({ state: 'attached' });
  return { page, faults };
}

/** The whole hub and one browser. */
export type ConsoleWorld = ReturnType<ReturnType<typeof consoleWorld>>;

/** One hub and one browser for all cases of a test file, whatever files they stand in. The sandbox is reset after each. */
export function consoleWorld() {
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
  return () => ({
    hub,
    open: (address: string, options?: BrowserContextOptions) => opened(browser, address, options),
    openConsole: (role: RegExp, o?: Opening) => openConsoleOf({ hub, browser }, role, o),
  });
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

/** Every page is looked at by axe as it stands, and by whoever sees what sticks out. */
export async function lookedAt(page: Page, name: string): Promise<void> {
  await keepScreenshot(page, `console-${name}`);
  expect(await chipsThatStickOut(page), name).toEqual([]);
  expect(await accessibilityFaults(page), name).toEqual([]);
}

/** Chips that stand over the padding of their panel. Tables may: they scroll. */
function chipsThatStickOut(page: Page): Promise<string[]> {
  return page.locator('.panel-body .chip').evaluateAll((chips) =>
    chips
      .filter((chip) => {
        const panel = chip.closest('.panel-body');
        if (!panel || chip.closest('.table-box')) return false;
        const end = panel.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(panel).paddingRight);
        return chip.getBoundingClientRect().right > end + 1;
      })
      .map((chip) => chip.parentElement?.parentElement?.textContent ?? ''),
  );
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

/** Moves the hub's time past midnight and waits for the registers of the day that ended. Gives their ids. */
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

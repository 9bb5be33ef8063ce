import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { type HubUnderTest, startHubUnderTest } from '../flows/hub-under-test.ts';
import { accessibilityFaults, codeOnScreen, keepScreenshot, launchBrowser, visit } from './browser.ts';

// The sandbox as somebody has it who tries the hub out: its pages in a real Chromium, the whole hub behind them.

const SLOW_MS = 60_000;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;

let hub: HubUnderTest;
let browser: Browser;
beforeAll(async () => {
  [hub, browser] = await Promise.all([startHubUnderTest(), launchBrowser()]);
}, SLOW_MS);
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});
afterEach(() => hub.reset());

async function open(path: string, options = {}) {
  const { page, faults, close } = await visit(browser, options);
  onTestFinished(close);
  page.setDefaultTimeout(SLOW_MS / 2);
  await page.goto(hub.sandbox.sandbox + path);
  return { page, faults };
}

const paysIn = async (page: Page, state: string) => void (await page.waitForSelector(`dcm-pay[data-state=${state}]`));

/** Buys the first thing that the bookshop sells; gives the page with the code, and the order's id. */
async function buy() {
  const { page, faults } = await open('/shops/bookshop');
  await page.getByRole('button', { name: 'Купити' }).first().click();
  await paysIn(page, 'WAITING');
  const link = await page.getByRole('link', { name: 'Сплатити в Bank Kalyna' }).getAttribute('href');
  return { page, faults, link: link ?? '', orderId: new URLSearchParams(link?.split('?')[1]).get('order') ?? '' };
}

describe('the sandbox', { timeout: SLOW_MS }, () => {
  test('leads from its first page to a paid order in three clicks', async () => {
    const { page: home, faults } = await open('/');
    await home.waitForSelector('.cards');
    await keepScreenshot(home, 'sandbox');
    expect(await accessibilityFaults(home)).toEqual([]);
    await home.getByRole('link', { name: 'Книгарня «Сова»' }).click();
    await home.getByRole('button', { name: 'Купити' }).first().waitFor();
    expect(await accessibilityFaults(home)).toEqual([]);
    expect(faults).toEqual([]);

    const shop = await buy();
    await keepScreenshot(shop.page, 'shop');
    expect(await codeOnScreen(shop.page, 'dcm-pay .code')).toBe(`${hub.sandbox.edge}/api/v1/merchants/order?id=${shop.orderId}&mobile=0`);
    expect(await accessibilityFaults(shop.page)).toEqual([]);

    const app = await open(shop.link, PHONE);
    await app.page.getByRole('button', { name: 'Підтвердити' }).waitFor();
    expect(await app.page.locator('.agree').textContent()).toContain('320,00 ₴');
    await keepScreenshot(app.page, 'bank-app');
    expect(await accessibilityFaults(app.page)).toEqual([]);
    await app.page.getByRole('button', { name: 'Підтвердити' }).click();
    await app.page.waitForSelector('[data-outcome=accepted]');
    await paysIn(shop.page, 'PAID');
    await shop.page.getByText('Дякуємо! Замовлення сплачено').waitFor();
    await app.page.waitForSelector('[data-balance="499968000"]');
    expect([shop.faults, app.faults]).toEqual([[], []]);
  });

  test('shows a refused payment on the shop’s page, and lets the customer try again', async () => {
    await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse', times: 1 });
    const shop = await buy();
    const app = await open(shop.link, PHONE);
    await app.page.getByRole('button', { name: 'Підтвердити' }).click();
    await paysIn(shop.page, 'REJECTED');
    await app.page.getByRole('button', { name: 'Далі' }).click();
    await app.page.getByRole('textbox').fill(shop.orderId);
    await app.page.getByRole('button', { name: 'Відкрити' }).click();
    await app.page.getByRole('button', { name: 'Підтвердити' }).click();
    await paysIn(shop.page, 'PAID');
  });

  test('makes one order of a purchase, however often its page is loaded', async () => {
    const shop = await buy();
    await shop.page.reload();
    await paysIn(shop.page, 'WAITING');
    const link = await shop.page.getByRole('link', { name: 'Сплатити в Bank Kalyna' }).getAttribute('href');
    expect(link).toBe(shop.link);
  });

  test('says what is wrong when the client secret is of another order', async () => {
    const [one, other] = [await buy(), await buy()];
    const stolen = await other.page.locator('dcm-pay').getAttribute('client-secret');
    const failed = one.page.evaluate(
      () =>
        new Promise<string>((resolve) => document.addEventListener('dcm-error', (event) => resolve((event as CustomEvent).detail.message))),
    );
    await one.page.locator('dcm-pay').evaluate((element, secret) => element.setAttribute('client-secret', secret ?? ''), stolen);
    expect(await failed).not.toBe('');
    await one.page.locator('dcm-pay').getByRole('alert').waitFor();
  });

  test('lets people send money by a link, and link their numbers', async () => {
    const asks = await open('/apps/receiver', PHONE);
    await asks.page.getByRole('button', { name: 'Мій номер' }).click();
    await asks.page.getByRole('button', { name: 'Прив’язати до цього рахунку' }).click();
    await asks.page.getByText('Номер веде на цей рахунок.').waitFor();
    await asks.page.getByRole('button', { name: 'Попросити' }).click();
    await asks.page.getByRole('textbox').fill('150,50');
    await asks.page.getByRole('button', { name: 'Створити посилання' }).click();
    const link = await asks.page.locator('.made a').getAttribute('href');

    const pays = await open('/apps/payer', PHONE);
    for (const [to, amount, balance] of [
      [link ?? '', '150,50', '100015050'],
      ['+380 67 000 00 03', '20', '100017050'],
    ] as const) {
      await pays.page.getByRole('button', { name: 'Надіслати' }).first().click();
      await pays.page.getByLabel('Номер телефону або посилання').fill(to);
      await pays.page.getByLabel('Сума').fill(amount);
      await pays.page.locator('form').getByRole('button', { name: 'Надіслати' }).click();
      await pays.page.waitForSelector('[data-outcome=accepted]');
      await asks.page.waitForSelector(`[data-balance="${balance}"]`);
      await pays.page.getByRole('button', { name: 'Далі' }).click();
    }
    await asks.page.getByRole('button', { name: 'Події' }).click();
    await asks.page.getByText('pay-in').first().waitFor();
    expect([asks.faults, pays.faults]).toEqual([[], []]);
  });

  test('opens GraphiQL with an operation and a credential that work, and passes streams through as they come', async () => {
    const { page, faults } = await open('/graphiql');
    await page.getByRole('button', { name: /Execute query/ }).click();
    await page.locator('.result-window').getByText('clientSecret').waitFor();
    await keepScreenshot(page, 'graphiql');
    expect(faults).toEqual([]);

    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const response = await fetch(`${hub.sandbox.sandbox}/graphiql/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${hub.merchant.secretKey}` },
      body: JSON.stringify({ query: 'subscription { orderStatusChanged { __typename } }' }),
      signal: stop.signal,
    });
    let seen = '';
    let ordered: Promise<unknown> | null = null;
    for await (const chunk of response.body ?? []) {
      seen += Buffer.from(chunk).toString('utf8');
      if (seen.includes('StreamReady') && !ordered) ordered = hub.createOrder();
      if (seen.includes('OrderStatusChanged')) break;
    }
    await ordered;
    expect(seen).toContain('OrderStatusChanged');
  });

  test('takes no orders from a page of another site', async () => {
    const refused = await fetch(`${hub.sandbox.sandbox}/reset`, {
      method: 'POST',
      body: '{}',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(refused.status).toBe(403);
    for (const path of ['/shops/nobody', '/apps/nobody', '/logos/nobody.svg', '/pages/nothing.js', '/graphiql/nothing.js']) {
      expect((await fetch(hub.sandbox.sandbox + path)).status, path).toBe(404);
    }
  });

  test('speaks the browser’s language, or the one that was chosen, on every page', async () => {
    const { page, faults } = await open('/', { locale: 'en-GB', colorScheme: 'dark' });
    const chooses = (language: string) => page.getByRole('link', { name: language, exact: true }).click();
    const says = (words: string) => page.getByText(words, { exact: true }).first().waitFor();
    const looksGoodInEnglish = async (path: string): Promise<void> => {
      expect(await page.locator('html').getAttribute('lang')).toBe('en');
      expect(await accessibilityFaults(page), path).toEqual([]);
      await keepScreenshot(page, `sandbox-english${path.replaceAll('/', '-')}`);
    };
    await says('Break something');
    await looksGoodInEnglish('/');
    await chooses('UA');
    await says('Зламати щось');
    for (const [path, english, ukrainian] of [
      ['/shops/bookshop', 'Buy', 'Купити'],
      ['/apps/payer', 'Send', 'Надіслати'],
    ] as const) {
      await page.goto(hub.sandbox.sandbox + path);
      await says(ukrainian);
      await chooses('EN');
      await says(english);
      await looksGoodInEnglish(path);
      await chooses('UA');
      await says(ukrainian);
    }
    expect(faults).toEqual([]);
  });

  // The last one: nothing moves time back.
  test('breaks an actor, mends everybody, and moves time', async () => {
    const { page, faults } = await open('/', { locale: 'en-GB' });
    await page.getByLabel('Who').selectOption({ label: 'Bank Veresen' });
    await page.getByLabel('At which callback').selectOption('pay-in');
    await page.getByRole('button', { name: 'Do so' }).click();
    await page.getByText('From the next callback on.').waitFor();
    const shop = await buy();
    await hub.pay(shop.orderId);
    await paysIn(shop.page, 'REJECTED');
    await page.getByRole('button', { name: 'Reset all' }).click();
    await page.getByText('Everybody works again').waitFor();
    const before = await page.locator('time').textContent();
    await page.getByRole('button', { name: '+ 15 minutes' }).click();
    await page.waitForFunction((was) => document.querySelector('time')?.textContent !== was, before);
    await paysIn(shop.page, 'EXPIRED');
    expect(faults).toEqual([]);
  });
});

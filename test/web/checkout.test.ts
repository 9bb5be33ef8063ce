import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { type HubUnderTest, startHubUnderTest } from '../flows/hub-under-test.ts';
import { accessibilityFaults, codeOnScreen, keepScreenshot, launchBrowser, visit } from './browser.ts';

// The payment page as customers have it: a real Chromium, the built Worker in workerd, the whole hub behind it.

/** Processes and browsers are slow on a busy machine. */
const SLOW_MS = 90_000;
const TOKEN = /"token":"([^"]+)"/;
/** A phone far from town: 1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back. */
const SLOW_LINE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 } as const;
const SCRIPT_BYTES_MAX = 60_000;
const PHONE = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } as const;

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

/** The page of a new order, in a browser of its own that must not complain. */
async function openPage(
  o: {
    options?: BrowserContextOptions;
    orderId?: string;
    query?: string;
    block?: RegExp;
    /** What becomes of the page on its way, and what happens before it is asked for. */
    rewrite?: (html: string) => string;
    before?: (page: Page) => Promise<unknown>;
  } = {},
) {
  const orderId = o.orderId ?? (await hub.createOrder({ amountMinor: '248050' })).orderId;
  const { page, faults, close } = await visit(browser, o.options);
  onTestFinished(close);
  if (o.block) await page.route(o.block, (route) => route.abort());
  const { rewrite } = o;
  if (rewrite) {
    await page.route(`**/pay/${orderId}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: rewrite(await response.text()) });
    });
  }
  await o.before?.(page);
  const response = await page.goto(`${hub.sandbox.edge}/pay/${orderId}${o.query ?? ''}`, { waitUntil: 'domcontentloaded' });
  if (o.options?.javaScriptEnabled !== false) await page.waitForSelector('html[data-ready]', { state: 'attached', timeout: SLOW_MS });
  const state = (name: string) => page.waitForSelector(`main[data-state=${name}]`, { timeout: SLOW_MS });
  return { page, faults, orderId, response, state };
}

describe('the payment page', { timeout: SLOW_MS }, () => {
  test.each([
    ['light', 1],
    ['dark', 2],
  ] as const)('shows in the %s what is paid, and a code that a phone reads from the screen', async (colorScheme, deviceScaleFactor) => {
    const { page, faults, orderId } = await openPage({ options: { colorScheme, deviceScaleFactor } });
    expect(await page.locator('h1').textContent()).toBe(hub.merchant.name);
    expect(await page.locator('.amount').textContent()).toBe('2\u00a0480,50 ₴');
    expect(await page.locator('.facts').textContent()).toContain('A book');
    expect(await page.locator('[role=status]').textContent()).toBe('Очікуємо на оплату');
    expect(await page.locator('.time').textContent()).toMatch(/^Діє ще (10:00|9:\d\d)$/);
    expect(await page.locator('.works').textContent()).toContain('Bank Kalyna');
    expect(await page.locator('.choose').isVisible()).toBe(false);
    expect(await codeOnScreen(page, '.scan .qrbox')).toBe(`${hub.sandbox.edge}/api/v1/merchants/order?id=${orderId}&mobile=0`);
    await keepScreenshot(page, `waiting-${colorScheme}`);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('says that a payment is under way, and no longer invites to pay', async () => {
    const { page, faults, orderId, state } = await openPage();
    await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'hang' });
    await hub.pay(orderId);
    await state('IN_PROGRESS');
    expect(await page.locator('[role=status]').textContent()).toContain('Платіж обробляється');
    expect(await page.locator('.qrbox').count()).toBe(0);
    await keepScreenshot(page, 'in-progress');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('follows a payment to its end, and leads back to the merchant', async () => {
    const { page, faults, orderId, state } = await openPage();
    await hub.pay(orderId);
    await state('PAID');
    expect(await page.locator('[role=status]').textContent()).toContain('Сплачено');
    expect(await page.locator('a.button').getAttribute('href')).toBe(`${hub.sandbox.sandbox}/thank-you`);
    await keepScreenshot(page, 'paid');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('says of a rejected payment that no money was taken, and lets the customer try again', async () => {
    const { page, orderId, state } = await openPage();
    await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse', times: 1 });
    await hub.pay(orderId);
    await state('REJECTED');
    expect(await page.locator('[role=status]').textContent()).toContain('Гроші не списано. Спробуйте ще раз.');
    expect(await codeOnScreen(page, '.scan .qrbox')).toContain(orderId);
    await keepScreenshot(page, 'rejected');
    expect(await accessibilityFaults(page)).toEqual([]);
    await hub.pay(orderId);
    await state('PAID');
  });

  test('opens banks’ apps on a phone, with the code folded away', async () => {
    const { page, faults, orderId } = await openPage({ options: PHONE });
    const links = page.locator('.choose a');
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toContain(`kalyna://order?id=${orderId}`);
    expect(await links.first().isVisible()).toBe(true);
    expect(await page.locator('.fold .qrbox').isVisible()).toBe(false);
    await keepScreenshot(page, 'phone');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator('.fold summary').click();
    expect(await codeOnScreen(page, '.fold .qrbox')).toContain(orderId);
    expect(faults).toEqual([]);
  });

  test('fits a screen of 320 pixels', async () => {
    const { page } = await openPage({ options: { ...PHONE, viewport: { width: 320, height: 640 } }, query: '?lang=en' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await keepScreenshot(page, 'phone-320');
  });

  test('speaks English to whoever prefers it, and to whoever asks', async () => {
    const { page } = await openPage({ options: { locale: 'en-GB' } });
    expect(await page.locator('[role=status]').textContent()).toBe('Waiting for payment');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.locator('.amount').textContent()).toBe('2,480.50 ₴');
    await page.getByRole('link', { name: 'UA' }).click();
    await page.waitForSelector('html[lang=uk]');
    expect(await page.locator('[role=status]').textContent()).toBe('Очікуємо на оплату');
  });

  test('is used with the keyboard', async () => {
    const { page } = await openPage({ options: PHONE });
    const reached: (string | null)[] = [];
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => document.activeElement?.textContent?.replace(/^./, '').trim() ?? null));
    }
    expect(reached.join(' ')).toMatch(/A.*N.*ank Kalyna.*оказати QR-код/);
    await page.keyboard.press('Enter');
    expect(await page.locator('.fold .qrbox').isVisible()).toBe(true);
  });

  test('works without a script: it asks again by itself', async () => {
    const { page, orderId, state } = await openPage({ options: { javaScriptEnabled: false } });
    expect(await codeOnScreen(page, '.scan .qrbox')).toContain(orderId);
    await hub.pay(orderId);
    await hub.waitForOrder(orderId, 'SUCCESS');
    await state('PAID');
    expect(await page.locator('noscript').count()).toBe(0);
  });

  test('asks the edge when no stream comes through', async () => {
    const { page, orderId, state } = await openPage({ block: /\/graphql/, options: {} });
    await page.evaluate(() => document.querySelector('main')?.getAttribute('data-state'));
    await hub.pay(orderId);
    await state('PAID');
  });

  test.each(['that of another order', 'a forged one'])(
    'shows nothing of others and goes on by itself when its token is %s',
    async (which) => {
      const other = await hub.createOrder();
      const otherPage = await (await fetch(`${hub.sandbox.edge}/pay/${other.orderId}`)).text();
      const stolen = TOKEN.exec(otherPage)?.[1] ?? '';
      const forge = (own: string) => (which === 'a forged one' ? own.replace(/.{8}$/, 'AAAAAAAA') : stolen);
      const sent: string[] = [];
      const { page, orderId, state } = await openPage({
        rewrite: (html) => html.replace(TOKEN, (_all, own: string) => `"token":"${forge(own)}"`),
        before: async (opened) => void opened.on('request', (request) => sent.push(request.url())),
      });
      const asked = () => sent.some((url) => url.endsWith(`/pay/${orderId}/token`) || url.endsWith(`/pay/${orderId}/state`));
      await expect.poll(asked, { timeout: SLOW_MS }).toBe(true);
      await hub.pay(other.orderId);
      await hub.waitForOrder(other.orderId, 'SUCCESS');
      expect(await page.locator('main').getAttribute('data-state')).toBe('WAITING');
      await hub.pay(orderId);
      await state('PAID');
    },
  );

  test('shows texts of merchants as texts', async () => {
    const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>`;
    const { page, faults } = await openPage({ orderId: await orderFor(evil) });
    expect(await page.locator('.facts dd').first().textContent()).toBe(evil);
    expect(await page.locator('img:not([src^="http"]), script:not([src]):not([type="application/json"])').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('allows no script and no style but its own, and no frame around it', async () => {
    const { response, orderId, page } = await openPage();
    const headers = response?.headers() ?? {};
    const gateway = new URL(hub.sandbox.gateway).host;
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' ${hub.sandbox.sandbox}; connect-src 'self' http://${gateway} ws://${gateway}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']).toBeUndefined();
    await page.goto(`${hub.sandbox.sandbox}/nowhere`);
    await page.setContent(`<iframe src="${hub.sandbox.edge}/pay/${orderId}"></iframe>`);
    await page.waitForFunction(() => document.querySelector('iframe')?.contentWindow?.length === 0);
    expect(await page.frameLocator('iframe').locator('main').count()).toBe(0);
  });

  test('is little to load: one script, one style, three fonts, and the logos of banks and merchant', async () => {
    const { page, faults } = await openPage();
    const loaded = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map((entry) => (entry as PerformanceResourceTiming).name.replace(/^.*\/|\.[0-9a-f]{12}/g, '')),
    );
    expect(loaded.toSorted()).toEqual(expect.arrayContaining(['checkout.css', 'checkout.js']));
    expect(
      loaded.filter(
        (name) =>
          !/^(checkout\.(css|js)|(latin|cyrillic|cyrillic-ext)\.woff2|graphql|(bookshop|payer|receiver|bystander)\.svg)$/.test(name),
      ),
    ).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('is ready on a slow line before its fonts have come, with little script', async ({ annotate }) => {
    const fonts = Promise.withResolvers<void>();
    const scripts = new Set<string>();
    let scriptBytes = 0;
    const { page, faults } = await openPage({
      before: async (opened) => {
        const line = await opened.context().newCDPSession(opened);
        await line.send('Network.enable');
        line.on('Network.responseReceived', ({ type, requestId }) => void (type === 'Script' && scripts.add(requestId)));
        line.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
          if (scripts.has(requestId)) scriptBytes += encodedDataLength;
        });
        await line.send('Network.emulateNetworkConditions', SLOW_LINE);
        await opened.route(/\.woff2$/, async (route) => {
          await fonts.promise; // Whoever waited for a font would wait for ever.
          await route.continue();
        });
        await opened.addInitScript(() => {
          new MutationObserver(() => {
            if (document.documentElement.dataset['ready'] !== undefined) performance.mark('ready');
          }).observe(document, { subtree: true, attributeFilter: ['data-ready'] });
        });
      },
    });
    const readyMs = await page.evaluate(() => performance.getEntriesByName('ready')[0]?.startTime);
    fonts.resolve();
    await page.evaluate(() => document.fonts.ready);
    await annotate(
      `interactive ${Math.round(readyMs ?? Number.NaN)} ms after it was asked for, at 1.6 Mbit/s and 150 ms, ${scriptBytes} bytes of script`,
    );
    expect(scriptBytes).toBeGreaterThan(0);
    expect(scriptBytes).toBeLessThan(SCRIPT_BYTES_MAX);
    expect(faults).toEqual([]);
  });

  test('of an order that does not exist says so', async () => {
    const { page, close } = await visit(browser);
    onTestFinished(close);
    const response = await page.goto(`${hub.sandbox.edge}/pay/01890a5d-ac96-774b-bcce-b302099a8057?lang=en`);
    expect(response?.status()).toBe(404);
    expect(await page.locator('h1').textContent()).toBe('There is no such order');
    await keepScreenshot(page, 'not-found');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  // Last, because the hub's time does not go back.
  test('says when the time is over', async () => {
    const { page, state } = await openPage();
    await hub.advanceClock(11 * 60_000);
    await state('EXPIRED');
    expect(await page.locator('[role=status]').textContent()).toContain('Час на оплату вичерпано');
    await keepScreenshot(page, 'expired');
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

async function orderFor(purpose: string): Promise<string> {
  const input = {
    amount: { minor: '10050', currency: 'UAH' },
    reference: `test-${crypto.randomUUID()}`,
    purpose,
    redirectUrl: `${hub.sandbox.sandbox}/thank-you`,
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
    idempotencyKey: crypto.randomUUID(),
  };
  const document = 'mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { orderId } errors { code message } } }';
  return (await hub.graphql(document, { input })).data.orderCreate.order.orderId;
}

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';

import { keepScreenshot } from './browser.ts';
import { asked } from './console/behind-the-console.ts';
import { consoleWorld, goTo, heading, HOSTILE, lookedAt, PHONE, SLOW_MS } from './console/console-world.ts';
import { describeInterruptions } from './console/interruptions.ts';
import { describeOthersWords } from './console/others-words.ts';

// Stories that go through several pages: those of customers, of the sandbox and of staff, open at the same time.

const world = consoleWorld();

/** What a receiver may answer at worst: markup, marks that turn a text around, a word without an end. */
const HOSTILE_ANSWER = `${HOSTILE} \u202E\u2067\u05E9\u05DC\u05D5\u05DD ${'W'.repeat(800)}`;

describe('what people see', { timeout: SLOW_MS }, () => {
  test('a purchase goes from the shop over payment page and bank app back to the shop, and staff sees it happen', async () => {
    const { hub, open, openConsole } = world();
    const staff = await openConsole(/^Operations/, { path: '/payments' });
    await heading(staff.page, 'Payments');
    await staff.page.locator('.top .chip.ok').waitFor();

    const shop = await open(`${hub.sandbox.sandbox}/shops/bookshop`);
    await shop.page.getByRole('button', { name: 'Купити' }).first().click();
    const link = (name: string) => shop.page.getByRole('link', { name }).getAttribute('href');
    const [payPage, appPage] = [await link('Сторінка оплати хабу для цього самого замовлення'), await link('Сплатити в Bank Kalyna')];
    const customer = await open(payPage ?? '');
    await customer.page.waitForSelector('html[data-ready] main[data-state=WAITING]');
    const app = await open(hub.sandbox.sandbox + (appPage ?? ''), PHONE);
    await app.page.getByRole('button', { name: 'Підтвердити' }).click();
    await customer.page.waitForSelector('main[data-state=PAID]');
    await shop.page.waitForSelector('dcm-pay[data-state=PAID]');
    await customer.page.getByRole('link', { name: 'Повернутися до продавця' }).click();
    await customer.page.getByRole('heading', { name: 'Книгарня «Сова»' }).waitFor();
    expect(new URL(customer.page.url()).origin).toBe(hub.sandbox.sandbox);

    await staff.page
      .getByRole('row', { name: /320,00.*Success/ })
      .getByRole('link')
      .click();
    await staff.page.locator('.timeline li').nth(6).waitFor();
    const titles = await staff.page.locator('.timeline summary strong').allTextContents();
    expect(titles.slice(0, 5)).toEqual([
      'Payment message received',
      'Payment pending, order in progress',
      'Pay-in to the receiver bank',
      'Pay-in to the merchant',
      'Payment succeeded',
    ]);
    expect([staff.faults, shop.faults, customer.faults, app.faults]).toEqual([[], [], [], []]);
  });

  test('a delivery that ends in manual review is tried again, or resolved with a reason', async () => {
    const { hub, openConsole } = world();
    const { page, faults } = await openConsole(/^Operations/, { path: '/review' });
    await heading(page, 'Manual review');
    await page.getByText('No delivery waits for a person').waitFor();
    const refuseTwice = () => hub.control(hub.payer.guid, { callback: 'pay-out', behave: 'refuse', said: HOSTILE_ANSWER, times: 2 });
    const parked = page
      .getByRole('group', { name: 'Deliveries in manual review' })
      .getByRole('row', { name: /Pay-out to the initiator bank/ });
    const pay = async (): Promise<string> => {
      await refuseTwice();
      const { orderId } = await hub.createOrder();
      const { guid = '' } = await hub.pay(orderId);
      await parked.waitFor();
      return guid;
    };

    await pay();
    await lookedAt(page, 'review-parked');
    await parked.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No delivery waits for a person').waitFor();

    const guid = await pay();
    await parked.getByRole('button', { name: 'Resolve' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'The receiver was told in another way' }).check();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill(HOSTILE);
    await lookedAt(page, 'review-resolve');
    await dialog.getByRole('button', { name: 'Resolve' }).click();
    await page.getByText('No delivery waits for a person').waitFor();
    const { payment } = await asked(
      hub,
      'query ($guid: String!) { payment(guid: $guid) { deliveries { callbackType state outcomeReason } } }',
      {
        guid,
      },
    );
    expect(payment.deliveries).toContainEqual({ callbackType: 'PAY_OUT', state: 'RESOLVED', outcomeReason: HOSTILE });
    await goTo(page, `/payments/${guid}`);
    await page.locator('.timeline li').nth(6).waitFor();
    await expectAnswerAsText(page);
    expect(faults).toEqual([]);
  });

  test('to a bank, what others have does not exist', async () => {
    const { hub, openConsole } = world();
    const { orderId } = await hub.createOrder();
    const { guid } = await hub.pay(orderId);
    const { page } = await openConsole(new RegExp(hub.bystander.name));
    await heading(page, 'Live board');
    for (const path of [
      `/payments/${guid}`,
      `/orders/${orderId}`,
      `/participants/banks/${hub.payer.guid}`,
      `/participants/merchants/${hub.merchant.uid}`,
      '/registers/nonsense',
      '/nowhere',
    ]) {
      await goTo(page, path);
      expect(await page.locator('h1').textContent(), path).toBe('There is nothing here');
    }
    await goTo(page, '/review');
    await heading(page, 'This page is not for you');
  });

  describeInterruptions(world);
  describeOthersWords(world);
});

/** On the page of a payment whose Pay-out was refused: what its receiver said is read and does nothing, wherever it is looked at. */
async function expectAnswerAsText(page: Page): Promise<void> {
  const refused = page.locator('.timeline li').filter({ hasText: 'Pay-out to the initiator bank' }).first();
  await refused.locator('summary').click();
  await refused.getByRole('tab', { name: 'Answer' }).click();
  expect(await refused.locator('pre').textContent()).toBe(
    `HTTP 400\n\n${HOSTILE_ANSWER.replace('\u202E', '<U+202E>').replace('\u2067', '<U+2067>')}`,
  );
  expect(await page.locator('[onerror], script:not([src])').count()).toBe(0);
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBeLessThanOrEqual(width);
    await keepScreenshot(page, `console-payment-refused-${width}`);
  }
  await lookedAt(page, 'payment-refused');
}

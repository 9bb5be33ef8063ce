import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { builtConsole } from '../../bin/build-console.ts';
import { generateKeyPair } from '../../protocol/token.ts';
import { ibanOf } from '../../sandbox/world.ts';
import { type HubUnderTest, startHubUnderTest } from '../flows/hub-under-test.ts';
import { launchBrowser, visit } from './browser.ts';
import { go, goTo, heading, lookedAt, openConsoleOf, SLOW_MS } from './console-world.ts';

// Stories that go through several pages: those of customers, of the sandbox and of staff, open at the same time.

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>';

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

async function open(address: string, options = {}) {
  const { page, faults, close } = await visit(browser, options);
  onTestFinished(close);
  page.setDefaultTimeout(SLOW_MS / 2);
  await page.goto(address);
  return { page, faults };
}

const openConsole = (role: RegExp, path = '') => openConsoleOf({ hub, browser }, role, { path });

/** What operations ask and do outside of the console. */
async function operate(document: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await hub.graphql(document, variables, hub.sandbox.ops.token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const API_KEY = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret apiKey { apiKeyId } errors { code } } }`;
const REVOKE = `mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { errors { code } } }`;

/** An API key of a participant: what it says, and its end. */
async function apiKey(participantId: string, kind: string) {
  const { apiKeyCreate } = await operate(API_KEY, { input: { participantId, kind, idempotencyKey: crypto.randomUUID() } });
  const { apiKeyId } = apiKeyCreate.apiKey as { readonly apiKeyId: string };
  const revoke = () => operate(REVOKE, { input: { apiKeyId, idempotencyKey: crypto.randomUUID() } });
  return { secret: apiKeyCreate.secret as string, revoke };
}

describe('what people see', { timeout: SLOW_MS }, () => {
  test('a purchase goes from the shop over payment page and bank app back to the shop, and staff sees it happen', async () => {
    const staff = await openConsole(/^Operations/, '/payments');
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
    const { page, faults } = await openConsole(/^Operations/, '/review');
    await heading(page, 'Manual review');
    await page.getByText('No delivery waits for a person').waitFor();
    const refuseTwice = () => hub.control(hub.payer.guid, { callback: 'pay-out', behave: 'refuse', times: 2 });
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
    const { payment } = await operate(
      'query ($guid: String!) { payment(guid: $guid) { deliveries { callbackType state outcomeReason } } }',
      {
        guid,
      },
    );
    expect(payment.deliveries).toContainEqual({ callbackType: 'PAY_OUT', state: 'RESOLVED', outcomeReason: HOSTILE });
    await goTo(page, `/payments/${guid}`);
    await page.locator('.timeline li').nth(6).waitFor();
    expect(faults).toEqual([]);
  });

  test('a credential that ends under a stream is asked for again; the page stays, and nothing is missing on it', async () => {
    const key = await apiKey(hub.payer.guid, 'BANK');
    const { page } = await open(hub.hub.addresses.console, { locale: 'en-GB' });
    await page.getByLabel('Credential').fill(key.secret);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await go(page, 'Payments');
    await page.locator('.top .chip.ok').waitFor();
    await key.revoke();
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    await dialog.waitFor();
    const { orderId } = await hub.createOrder({ amountMinor: '4242' });
    await hub.pay(orderId);
    await hub.waitForOrder(orderId, 'SUCCESS');
    expect(await page.getByRole('row', { name: /42,42/ }).count()).toBe(0);
    await dialog.getByRole('button', { name: new RegExp(hub.payer.name) }).click();
    await page.getByRole('row', { name: /42,42.*Success/ }).waitFor();
    expect(await page.getByRole('row', { name: /42,42/ }).count()).toBe(1);
    expect(await dialog.count()).toBe(0);
    await heading(page, 'Payments');
  });

  test('to a bank, what others have does not exist', async () => {
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

  test('a merchant that is taken in, a list and a payment page that are open while the hub is killed: nothing is lost, nothing is there twice', async () => {
    const before = [await hub.createOrder({ amountMinor: '31001' }), await hub.createOrder({ amountMinor: '31002' })];
    const list = await openConsole(/^Operations/, '/payments');
    await list.page.locator('.top .chip.ok').waitFor();
    const customer = await open(`${hub.sandbox.edge}/pay/${before[0]?.orderId}`);
    await customer.page.waitForSelector('html[data-ready]');
    const { page } = await openConsole(/^Operations/, '/participants/new-merchant');
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
    await Promise.all([list.page.getByText('Reconnecting').waitFor(), customer.page.getByText('Відновлюємо з’єднання').waitFor()]);
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

    for (const { orderId } of before) await hub.pay(orderId);
    await customer.page.waitForSelector('main[data-state=PAID]');
    await list.page.locator('.top .chip.ok').waitFor();
    for (const amount of ['310,01', '310,02']) {
      const row = list.page.getByRole('row', { name: new RegExp(`${amount}.*Success`) });
      await row.waitFor();
      expect(await row.count()).toBe(1);
    }

    await page.getByRole('button', { name: 'Make an API key' }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const secret = await page.locator('.secret').textContent();
    expect(secret).toMatch(/^sk_/);
    await lookedAt(page, 'api-key');
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByText(`…${secret?.slice(-4)}`).waitFor();
    expect(await page.locator('body').textContent()).not.toContain(secret);
  });

  test('what banks and merchants call themselves is text, wherever it is read, and no address of theirs is a script', async () => {
    const staff = await openConsole(/^Operations/, '/participants/new-bank');
    await heading(staff.page, 'New bank');
    const fill = (label: string, value: string) => staff.page.getByRole('textbox', { name: label, exact: false }).first().fill(value);
    const bic = '980909';
    await fill('Name', `Bank ${HOSTILE}`);
    await fill('Bank code', bic);
    await fill('EDRPOU code', '90000909');
    await fill('Charging account', ibanOf(bic, '37390000000009'));
    await fill('E-mail for registers', 'registers@bank.example');
    await fill('Scheme of its app', 'javascript');
    await fill('Pay-out', `${hub.sandbox.sandbox}/banks/elsewhere/pay-out`);
    await fill('Public key for signing', await publicKey('sign'));
    await fill('Public key for encryption', await publicKey('encrypt'));
    const send = staff.page.getByRole('button', { name: 'Register the bank' });
    await send.click();
    await staff.page.locator('.mantine-InputWrapper-error').first().waitFor(); // A scheme that browsers run.
    await fill('Scheme of its app', 'elsewhere');
    await send.click();
    await heading(staff.page, `Bank ${HOSTILE}`);

    for (const wrong of [
      { logoUrl: 'javascript:alert(3)' },
      { logoUrl: 'data:image/svg+xml,<svg onload=alert(4)>' },
      { callbackUrl: 'javascript:alert(5)' },
      { redirectOrigins: ['javascript:alert(6)'] },
    ]) {
      expect((await registerShop(wrong)).errors, JSON.stringify(wrong)).not.toEqual([]);
    }
    const { merchant } = await registerShop({});
    const { secret } = await apiKey(merchant.uid, 'SECRET');
    for (const redirectUrl of [
      'javascript:alert(7)',
      'data:text/html,<script>alert(8)</script>',
      'https://elsewhere.example/thanks',
      '//elsewhere.example',
    ]) {
      expect((await orderOf(secret, { redirectUrl })).errors, redirectUrl).not.toEqual([]);
    }
    const { order } = await orderOf(secret, {});

    const customer = await open(`${hub.sandbox.edge}/pay/${order.orderId}`);
    await customer.page.waitForSelector('html[data-ready]');
    expect(await customer.page.locator('main').textContent()).toContain(`Shop ${HOSTILE}`);
    expect(await customer.page.locator('main').textContent()).toContain(`Bank ${HOSTILE}`);
    const app = await open(`${hub.sandbox.sandbox}/apps/payer?order=${order.orderId}`, PHONE);
    await app.page.getByRole('button', { name: 'Підтвердити' }).click();
    await customer.page.waitForSelector('main[data-state=REJECTED]'); // Its callbacks lead nowhere.
    await app.page.waitForSelector('[data-outcome]');

    for (const path of [
      '/',
      '/payments',
      '/orders',
      `/orders/${order.orderId}`,
      '/participants',
      `/participants/merchants/${merchant.uid}`,
    ]) {
      await goTo(staff.page, path);
      await staff.page
        .locator('.content')
        .getByText(path === '/' ? 'As it happens' : HOSTILE)
        .first()
        .waitFor();
    }
    await goTo(staff.page, '/payments');
    await staff.page.getByRole('row', { name: /12,34/ }).getByRole('link').click();
    await staff.page.locator('.timeline li').first().waitFor();
    for (const { page, faults } of [staff, customer, app]) {
      // A logo that is not there is no fault of the page.
      expect(faults.filter((fault) => !fault.startsWith('Failed to load resource'))).toEqual([]);
      expect(await page.locator('[onerror], [onload], script:not([src]):not([type="application/json"])').count()).toBe(0);
    }
  });

  const SHOP = 'mutation ($input: MerchantRegisterInput!) { result: merchantRegister(input: $input) { merchant { uid } errors { code } } }';

  async function registerShop(change: Record<string, unknown>) {
    const { sandbox } = hub.sandbox;
    const input = {
      name: `Shop ${HOSTILE}`,
      bankGuid: hub.receiver.guid,
      iban: hub.merchant.iban,
      taxNumber: '90000778',
      mcc: 5942,
      callbackUrl: `${sandbox}/merchants/elsewhere/callbacks`,
      redirectOrigins: [sandbox],
      logoUrl: `${sandbox}/logos/"><script>alert(9)</script>.svg`,
      idempotencyKey: crypto.randomUUID(),
      ...change,
    };
    return (await operate(SHOP, { input })).result;
  }

  const ORDER = 'mutation ($input: OrderCreateInput!) { result: orderCreate(input: $input) { order { orderId } errors { code } } }';

  async function orderOf(secret: string, change: Record<string, unknown>) {
    const input = {
      amount: { minor: '1234', currency: 'UAH' },
      reference: HOSTILE,
      purpose: `Purpose ${HOSTILE}`,
      redirectUrl: `${hub.sandbox.sandbox}/thank-you`,
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      idempotencyKey: crypto.randomUUID(),
      ...change,
    };
    return (await hub.graphql(ORDER, { input }, secret)).data.result;
  }
});

async function publicKey(purpose: 'sign' | 'encrypt'): Promise<string> {
  return JSON.stringify((await generateKeyPair(purpose)).publicJwk);
}

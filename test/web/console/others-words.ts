import { expect, test } from 'vitest';

import { generateKeyPair } from '../../../protocol/token.ts';
import { ibanOf } from '../../../sandbox/world.ts';
import type { HubUnderTest } from '../../flows/hub-under-test.ts';
import { apiKey, asked } from './behind-the-console.ts';
import { type ConsoleWorld, goTo, heading, HOSTILE, PHONE } from './console-world.ts';

/** What banks and merchants say of themselves, on every page that shows it. */
export function describeOthersWords(world: () => ConsoleWorld): void {
  test('what banks and merchants call themselves is text, wherever it is read, and no address of theirs is a script', async () => {
    const { hub, open, openConsole } = world();
    const staff = await openConsole(/^Operations/, { path: '/participants/new-bank' });
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
    await staff.page.getByRole('combobox', { name: 'Its keys' }).click();
    await staff.page.getByRole('option', { name: 'One for both purposes, as in the guide' }).click();
    await fill('Public key for signing', await keyForBoth());
    const send = staff.page.getByRole('button', { name: 'Register the bank' });
    await send.click();
    await staff.page.locator('.mantine-InputWrapper-error').first().waitFor(); // A scheme that browsers run.
    await fill('Scheme of its app', 'elsewhere');
    await send.click();
    await heading(staff.page, `Bank ${HOSTILE}`);
    await staff.page.getByRole('row', { name: /Both .*active/ }).waitFor();
    await staff.page.getByText('one for both purposes').waitFor();

    for (const wrong of [
      { logoUrl: 'javascript:alert(3)' },
      { logoUrl: 'data:image/svg+xml,<svg onload=alert(4)>' },
      { callbackUrl: 'javascript:alert(5)' },
      { redirectOrigins: ['javascript:alert(6)'] },
    ]) {
      expect((await registerShop(hub, wrong)).errors, JSON.stringify(wrong)).not.toEqual([]);
    }
    const { merchant } = await registerShop(hub, {});
    const { secret } = await apiKey(hub, merchant.uid, 'SECRET');
    for (const redirectUrl of [
      'javascript:alert(7)',
      'data:text/html,<script>alert(8)</script>',
      'https://elsewhere.example/thanks',
      '//elsewhere.example',
    ]) {
      expect((await orderOf(hub, secret, { redirectUrl })).errors, redirectUrl).not.toEqual([]);
    }
    const { order } = await orderOf(hub, secret, {});

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
}

const SHOP = 'mutation ($input: MerchantRegisterInput!) { result: merchantRegister(input: $input) { merchant { uid } errors { code } } }';

async function registerShop(hub: HubUnderTest, change: Record<string, unknown>) {
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
  return (await asked(hub, SHOP, { input })).result;
}

const ORDER = 'mutation ($input: OrderCreateInput!) { result: orderCreate(input: $input) { order { orderId } errors { code } } }';

async function orderOf(hub: HubUnderTest, secret: string, change: Record<string, unknown>) {
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

async function keyForBoth(): Promise<string> {
  const { kty, n, e, kid } = (await generateKeyPair('sign')).publicJwk;
  return JSON.stringify({ kty, n, e, kid });
}

import { expect, test } from 'vitest';

import { apiKey } from './behind-the-console.ts';
import { type ConsoleWorld, go, heading, lookedAt, SLOW_MS } from './console-world.ts';

/** What breaks while somebody looks or types: a credential ends, the hub is killed. */
export function describeInterruptions(world: () => ConsoleWorld): void {
  test('a credential that ends under a stream is asked for again; the page stays, and nothing is missing on it', async () => {
    const { hub, open } = world();
    const key = await apiKey(hub, hub.payer.guid, 'BANK');
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

  test('a merchant that is taken in, a list and a payment page that are open while the hub is killed: nothing is lost, nothing is there twice', async () => {
    const { hub, open, openConsole } = world();
    const before = [await hub.createOrder({ amountMinor: '31001' }), await hub.createOrder({ amountMinor: '31002' })];
    const list = await openConsole(/^Operations/, { path: '/payments' });
    await list.page.locator('.top .chip.ok').waitFor();
    const customer = await open(`${hub.sandbox.edge}/pay/${before[0]?.orderId}`);
    await customer.page.waitForSelector('html[data-ready]');
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
}

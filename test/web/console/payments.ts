import { expect, test } from 'vitest';

import { type ConsoleWorld, go, heading, HOSTILE, lookedAt, orderFor } from './console-world.ts';
import { expectEvidence } from './payment-evidence.ts';

/** Payments and orders as staff reads them, live; and the asking for money back. */
export function describePayments(world: () => ConsoleWorld): void {
  test('one click leads in, a payment shows itself while one looks, and opens to all that happened to it', async () => {
    const { hub, openConsole } = world();
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
    await expectEvidence(page, hub);
    await lookedAt(page, 'payment');

    await go(page, 'Live board');
    await page.locator('.feed li').first().waitFor();
    await page.locator('.chart canvas').waitFor();
    expect(await page.locator('.figure').first().textContent()).toContain('Payments per minute');
    await lookedAt(page, 'board');
    expect(await page.title()).toBe('DCM Hub console');
    expect(faults).toEqual([]);
  });

  test('a return is asked for on the payment, taken back, and asked for again until the money is back', async () => {
    const { hub, openConsole } = world();
    const { orderId } = await hub.createOrder({ amountMinor: '4242' });
    const { guid } = await hub.pay(orderId);
    await hub.waitForOrder(orderId, 'SUCCESS');
    await hub.control(hub.receiver.guid, { callback: 'return-request', behave: 'hang' });
    const { page, faults } = await openConsole(new RegExp(hub.merchant.name), { path: `/payments/${guid}` });
    const returns = page.getByRole('region', { name: 'Returns' });
    const ask = async (amount: string, reason: string): Promise<void> => {
      await returns.getByRole('button', { name: 'Ask for a return' }).click();
      await page.getByRole('textbox', { name: 'Amount' }).fill(amount);
      await page.getByRole('textbox', { name: 'Reason' }).fill(reason);
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
    };
    await ask('12,42', HOSTILE);
    await returns.getByRole('listitem').filter({ hasText: 'Asked for' }).waitFor();
    await lookedAt(page, 'payment-returns');
    await returns.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await returns.getByRole('listitem').filter({ hasText: 'Taken back' }).waitFor();
    await hub.reset();
    await ask('30,00', 'The book was wet');
    await returns.getByRole('listitem').filter({ hasText: '30,00' }).filter({ hasText: 'Given back' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('finds an order by its number, a payment by its amount, and says when there is nothing', async () => {
    const { hub, openConsole } = world();
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
}

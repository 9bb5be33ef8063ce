import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';

import { aWorkbench } from '../../../bin/dcm/terminal-under-test.ts';
import { bought, closeDay, openDay, saved } from './behind-the-console.ts';
import { type ConsoleWorld, go, goTo, heading, lookedAt } from './console-world.ts';

/** Registers, their proofs, mails and reconciliation. Lets a day of the hub end. */
export function describeRegisters(world: () => ConsoleWorld): void {
  test('registers show themselves, prove their payments to whoever doubts the hub, and banks find where their own list differs', async () => {
    const { hub, openConsole } = world();
    const bench = await aWorkbench();
    onTestFinished(() => bench.remove());
    for (const { guid } of [hub.payer, hub.receiver]) await hub.control(guid, { callback: 'settlement', behave: 'fail' });
    const day = await openDay(hub);
    const [first, second] = [await bought(hub, hub.payer, '10050'), await bought(hub, hub.payer, '20000')];
    await bought(hub, hub.receiver, '700');
    const { page, faults } = await openConsole(/^Operations/);
    await go(page, 'Registers');
    await page
      .getByRole('group', { name: 'Open balances' })
      .getByRole('row', { name: new RegExp(hub.payer.name) })
      .waitFor();
    await closeDay(hub, day, 3);
    const own = page.getByRole('row', { name: new RegExp(`${day} ${hub.receiver.name} ${hub.receiver.name} .*Within the bank`) });
    await own.waitFor();

    await page
      .getByRole('row', { name: new RegExp(`${day} ${hub.payer.name} ${hub.receiver.name}`) })
      .getByRole('link')
      .click();
    const theirs = pathOf(page);
    await page.getByText('The hub signed this root and these figures').waitFor();
    await page.getByRole('textbox', { name: 'Payment', exact: true }).fill(second.toUpperCase());
    await page.getByRole('button', { name: 'Prove', exact: true }).click();
    await page.getByText(/This payment is one of \d+ in register/).waitFor();
    await lookedAt(page, 'register');
    const proof = await saved(page, 'Save the proof');
    const ran = await bench.dcm(['verify-proof', '-', '--hub-keys', `${hub.sandbox.edge}/api/v1/.well-known/jwks.json`], {
      input: proof.text,
      fetch,
    });
    expect([proof.name, ran.code, JSON.parse(ran.out)]).toMatchObject([`proof-${second}.json`, 0, { payment_message_guid: second }]);
    const rows = await saved(page, 'Rows as CSV');
    expect(rows.text).toContain(`${first},`);
    expect((await saved(page, 'pacs.008')).text).toContain('urn:iso:std:iso:20022:tech:xsd:pacs.008');

    await go(page, 'Registers');
    await own.getByRole('link').click();
    const anothers = pathOf(page);
    await page.getByRole('button', { name: 'Say how it ended' }).click();
    await page.getByRole('radio', { name: 'The money has arrived' }).check();
    await page.getByRole('textbox', { name: 'Reason' }).fill('its books say so');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('listitem').filter({ hasText: 'its books say so' }).waitFor();
    await page.locator('.title-line .chip.ok').waitFor();

    await go(page, 'Mails');
    const mail = page.getByRole('row', { name: /Register.*Sent/ }).first();
    await mail.getByRole('link').click();
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.getByRole('row', { name: /2 2 .*Taken/ }).waitFor();
    expect(faults).toEqual([]);

    const bank = await openConsole(new RegExp(hub.payer.name));
    await heading(bank.page, 'Live board');
    await goTo(bank.page, anothers);
    await heading(bank.page, 'There is nothing here');
    await goTo(bank.page, theirs);
    await bank.page.getByText('The hub signed this root and these figures').waitFor();
    expect(await bank.page.getByRole('navigation', { name: 'Main' }).textContent()).not.toContain('Mails');
    const period = new URLSearchParams({ debtor: hub.payer.guid, creditor: hub.receiver.guid, from: day, to: day });
    await bank.page.goto(`${hub.hub.addresses.console}/reconciliation?${period}`);
    await bank.page.getByText('Total, without fees').waitFor();
    const sent: string[] = [];
    bank.page.on('request', (request) => void sent.push(request.postData() ?? ''));
    // The register's own file, with a payment less, another amount, and a payment that the hub never saw.
    const stranger = crypto.randomUUID();
    const lines = rows.text.split('\r\n').filter((line) => line !== '' && !line.includes(first));
    const altered = lines.map((line) => (line.includes(second) ? line.replace('200.00', '200.01') : line));
    const ownList = [...altered, `x,${stranger},,1.00,,,,UAH,,trade,,`].join('\r\n');
    await bank.page.locator('input[type=file]').setInputFiles({
      name: 'own.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(ownList),
    });
    await bank.page.getByRole('button', { name: 'Compare' }).click();
    await bank.page.getByRole('row', { name: /Only with us 100,50/ }).waitFor();
    await bank.page.getByRole('row', { name: /Other amount 200,00.*200,01/ }).waitFor();
    await bank.page.getByRole('row', { name: /Only with you — 1,00/ }).waitFor();
    await lookedAt(bank.page, 'reconciliation');
    const differences = (await saved(bank.page, 'Export')).text;
    expect(differences).toContain(`${first},Only with us,100.50,,UAH,trade,\r\n`);
    expect(differences).toContain(`${stranger},Only with you,,1.00,UAH,,trade\r\n`);
    expect(sent.join('\n')).not.toContain(stranger);
    await bank.page.setViewportSize({ width: 375, height: 740 });
    expect(await bank.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    expect(bank.faults).toEqual([]);
  });
}

/** As in the address bar. */
const pathOf = (page: Page): string => new URL(page.url()).pathname.replace(/^\/console/, '');

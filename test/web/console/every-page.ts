import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import type { HubUnderTest } from '../../flows/hub-under-test.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type ConsoleWorld, go, goTo, lookedAt, registersAfterMidnight } from './console-world.ts';

/** Every page that the console has, looked at by axe. Lets a day of the hub end. */
export function describeEveryPage(world: () => ConsoleWorld): void {
  test('axe finds nothing on any of its pages', async () => {
    const { hub, openConsole } = world();
    const { orderId } = await hub.createOrder();
    const { guid = '' } = await hub.pay(orderId);
    await hub.waitForOrder(orderId, 'SUCCESS');
    const [register = ''] = await registersAfterMidnight(hub);
    const mails = async () => (await hub.graphql('{ mails(first: 1) { nodes { mailId } } }', {}, hub.sandbox.ops.token)).data.mails.nodes;
    const [{ mailId: mail }] = await waitFor(async () => ((await mails()).length > 0 ? mails() : null));
    const addresses = addressesOf(hub, { guid, orderId, register, mail });
    const routes = await readFile(path.join(import.meta.dirname, '../../../web/console/routes.tsx'), 'utf8');
    expect(new Set(Object.keys(addresses))).toEqual(new Set([...routes.matchAll(/^  path: '([^']+)'/gm)].map(([, route]) => route)));

    const { page, faults } = await openConsole(/^Operations/);
    for (const [route, address] of Object.entries(addresses)) {
      await goTo(page, address);
      await lookedAt(page, route.replaceAll(/[/$]+/g, '-').replace(/^-/, '') || 'board-empty');
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    await go(page, 'Live board');
    await page.locator('.chart canvas').waitFor();
    await lookedAt(page, 'board-dark');
    expect(faults).toEqual([]);
  });
}

/** An address for every route of web/console/routes.tsx: one that is added there without a look at it here fails the test above. */
function addressesOf(
  hub: HubUnderTest,
  { guid, orderId, register, mail }: Readonly<Record<'guid' | 'orderId' | 'register' | 'mail', string>>,
) {
  return {
    '/payments': '/payments',
    '/payments/$guid': `/payments/${guid}`,
    '/orders': '/orders',
    '/orders/$orderId': `/orders/${orderId}`,
    '/review': '/review',
    '/registers': '/registers',
    '/registers/$id': `/registers/${encodeURIComponent(register)}`,
    '/reconciliation': '/reconciliation',
    '/mails': '/mails',
    '/mails/$id': `/mails/${encodeURIComponent(mail)}`,
    '/participants': '/participants',
    '/participants/banks/$guid': `/participants/banks/${hub.payer.guid}`,
    '/participants/merchants/$uid': `/participants/merchants/${hub.merchant.uid}`,
    '/participants/new-bank': '/participants/new-bank',
    '/participants/new-merchant': '/participants/new-merchant',
    '/aliases': '/aliases',
    '/jobs': '/jobs',
    '/audit': '/audit',
    '/': '/',
  };
}

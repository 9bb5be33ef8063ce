import type { Page } from 'playwright-core';
import { z } from 'zod';

import type { SandboxFile } from '../../../bin/demo/sandbox-file.ts';
import type { Camera } from './camera.ts';
import type { Town } from './town.ts';

/** The console, light and dark, open all the time so that its board has something to tell. */
export interface Staff {
  readonly light: Page;
  readonly dark: Page;
}

interface Scene {
  readonly camera: Camera;
  readonly sandbox: SandboxFile;
  readonly staff: Staff;
}

const LOCAL = { locale: 'en-GB', timezoneId: 'Europe/Kyiv' } as const;

export async function openStaff({ camera, sandbox }: Omit<Scene, 'staff'>): Promise<Staff> {
  const open = async (colorScheme: 'light' | 'dark'): Promise<Page> => {
    const page = await camera.open(new URL('/console', sandbox.gateway).href, { ...LOCAL, colorScheme });
    await page.getByRole('button', { name: /^Operations/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Live board' }).waitFor();
    return page;
  };
  return { light: await open('light'), dark: await open('dark') };
}

/** To another page of the console, as a link leads there, and until what it shows is there. */
async function goTo(page: Page, address: string): Promise<void> {
  await page.evaluate((to) => {
    document.querySelector('h1')?.setAttribute('data-left', '');
    history.pushState({}, '', to);
  }, `/console${address}`);
  await isThere(page);
}

async function isThere(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.waitForFunction(
    () => document.querySelector('h1:not([data-left])') && !document.querySelector('.content .mantine-Loader-root'),
  );
}

/** How many payments the board wants to have seen in a minute. */
const BOARD_PAYMENTS = 90;

const DELIVERIES = '{ deliveries(state: PARKED, first: 10) { nodes { deliveryId } } }';
const deliveries = z.object({ deliveries: z.object({ nodes: z.array(z.unknown()) }) });

/** While customers buy. */
export async function takeStaff({ camera, sandbox, staff, told }: Scene & { readonly told: Told }): Promise<void> {
  const { light, dark } = staff;
  const { review, retried } = told;
  for (const page of [light, dark]) await page.getByText('1 min', { exact: true }).click();
  await until(async () => Number(await light.locator('.figure .value').first().textContent()) >= BOARD_PAYMENTS);
  await camera.take(light, 'console-board');
  await camera.take(dark, 'console-board-dark');
  await goTo(light, '/payments');
  await camera.take(light, 'console-payments');
  await goTo(dark, '/payments');
  await camera.take(dark, 'console-payments-dark');
  for (const [name, guid] of [
    ['console-payment', retried],
    ['console-payment-review', review],
  ] as const) {
    await goTo(light, `/payments/${guid}`);
    await light.locator('.timeline li').nth(6).waitFor();
    await camera.take(light, name);
  }
  await goTo(dark, `/payments/${retried}`);
  await dark.locator('.timeline li').nth(6).waitFor();
  await camera.take(dark, 'console-payment-dark', { whole: true });
  await goTo(light, '/orders');
  await camera.take(light, 'console-orders');
  await goTo(light, '/review');
  await light.getByRole('button', { name: 'Resolve' }).first().waitFor();
  await camera.take(light, 'console-review');
  await goTo(light, '/participants');
  await camera.take(light, 'console-participants');
  await goTo(light, `/participants/banks/${sandbox.banks[0]?.guid}`);
  await camera.take(light, 'console-bank', { whole: true });
  await goTo(light, '/participants/new-bank');
  await camera.take(light, 'console-new-bank', { whole: true });
}

interface Told {
  readonly review: string;
  readonly retried: string;
}

/** Payments worth a look: one that waits for a person, and one that took a second try. */
export async function storiesToTell(town: Town): Promise<Told> {
  return { review: await inReview(town), retried: await retriedPayment(town) };
}

/** A payment whose Pay-out the payer's bank refuses twice: a person has to look at it. */
async function inReview(town: Town): Promise<string> {
  await town.behave('bystander', { callback: 'pay-out', behave: 'refuse', times: 2 });
  const guid = await town.pay(await town.order({ amountMinor: '129000', purpose: 'Атлас малих річок' }), 'bystander');
  await until(async () => (await town.operate(DELIVERIES, {}, deliveries)).deliveries.nodes.length > 0);
  return guid ?? '';
}

const ONE = 'query ($guid: String!) { payment(guid: $guid) { status deliveries { state } } }';
const one = z.object({ payment: z.object({ status: z.string(), deliveries: z.array(z.object({ state: z.string() })) }) });

/** A payment that succeeded although its shop did not answer at first. */
async function retriedPayment(town: Town): Promise<string> {
  await town.behave('cafe', { callback: 'merchant-pay-in', behave: 'fail', times: 1 });
  const guid = (await town.pay(await town.order({ shop: 1, amountMinor: '46000', purpose: 'Сніданок на двох' }))) ?? '';
  await until(async () => {
    const { payment } = await town.operate(ONE, { guid }, one);
    return payment.status === 'SUCCESS' && payment.deliveries.every(({ state }) => state === 'DONE');
  });
  return guid;
}

const SEALED = '{ registers(first: 20) { nodes { paymentCount seal { __typename } } } }';
const sealed = z.object({ registers: z.object({ nodes: z.array(z.object({ paymentCount: z.number(), seal: z.unknown() })) }) });

/** Registers and what comes of them, and the pages that need no traffic. */
export async function takeAfterMidnight({ camera, town, sandbox, staff }: Scene & { readonly town: Town }): Promise<void> {
  const { light } = staff;
  await town.passMidnight();
  await until(async () =>
    (await town.operate(SEALED, {}, sealed)).registers.nodes.some(({ seal, paymentCount }) => paymentCount > 0 && seal !== null),
  );
  await goTo(light, '/registers');
  await camera.take(light, 'console-registers');
  await light.evaluate(() => document.querySelector('h1')?.setAttribute('data-left', ''));
  await light.locator('.table tbody tr', { hasNotText: '0,00' }).first().getByRole('link').first().click();
  await isThere(light);
  await camera.take(light, 'console-register', { whole: true });
  for (const link of await light.getByRole('navigation', { name: 'Main' }).getByRole('link').all()) {
    const name = (await link.textContent())?.trim() ?? '';
    if (!LATER.has(name)) continue;
    await link.click();
    await light.getByRole('heading', { level: 1, name }).waitFor();
    await isThere(light);
    await camera.take(light, `console-${name.toLowerCase().replaceAll(/\W+/g, '-')}`);
  }
  const docs = await camera.open(`${sandbox.sandbox}/docs/`, LOCAL);
  await docs.getByRole('heading', { level: 1 }).waitFor();
  await camera.take(docs, 'docs-home');
  await docs.context().close();
}

const LATER = new Set(['Timetable', 'Aliases', 'Audit log', 'Mailbox', 'Mails', 'Reconciliation']);

const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 300;

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

import type { Browser } from 'playwright-core';

import { readHubConfig } from '../../bin/config.ts';
import type { SandboxFile } from '../../bin/demo/sandbox-file.ts';
import { withOwnHub } from '../../bin/own-hub.ts';
import { launchBrowser, visit } from '../web/browser.ts';
import { townOf, type Town } from '../web/screenshots/town.ts';
import { median, percentile, printFigure, progress } from './figure.ts';

// The payment page as a customer has it: how soon it is interactive on a slow line, and how soon it shows what was committed.

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9);
/** A phone far from town: 1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back. */
const SLOW_LINE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 } as const;
const TARGET_INTERACTIVE_MS = 1_500;
const TARGET_ON_SCREEN_MS = 300;
const EVENTS = '{ orderEvents(first: 200, orderId: ORDER) { nodes { type occurredAt } } }';

const browser = await launchBrowser();
try {
  await withOwnHub({ ...readHubConfig(process.env), LOG_LEVEL: 'error' }, async (sandbox) => {
    const town = await townOf(sandbox);
    const bench = { browser, sandbox, town };
    await interactive(bench);
    await interactive(bench); // The first page of a process compiles, and so does the first payment.
    await onScreen(bench);
    const [ready, shown]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      ready.push(await interactive(bench));
      shown.push(await onScreen(bench));
    }
    progress(`interactive ${ready.map(Math.round).join(' ')} ms; on screen ${shown.map(Math.round).join(' ')} ms`);
    const interactiveMs = median(ready);
    printFigure({
      name: 'web.interactive',
      value: interactiveMs,
      unit: 'ms until data-ready at 1.6 Mbit/s and 150 ms, median',
      against: `target below ${TARGET_INTERACTIVE_MS}`,
      ratio: TARGET_INTERACTIVE_MS / interactiveMs,
    });
    for (const [name, value] of [
      ['median', median(shown)],
      ['most', percentile(shown, 1)],
    ] as const) {
      printFigure({
        name: `web.status-to-screen.${name}`,
        value,
        unit: 'ms from the moment of the event to the changed page',
        against: `target below ${TARGET_ON_SCREEN_MS}`,
        ratio: TARGET_ON_SCREEN_MS / value,
      });
    }
  });
} finally {
  await browser.close();
}
process.exit();

interface Bench {
  readonly browser: Browser;
  readonly sandbox: SandboxFile;
  readonly town: Town;
}

/** Until the page can be used, of a browser that has never seen it. */
async function interactive({ browser, sandbox, town }: Bench): Promise<number> {
  const orderId = await town.order();
  const { page, close } = await visit(browser);
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', SLOW_LINE);
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.documentElement.dataset['ready'] !== undefined) performance.mark('ready');
    }).observe(document, { subtree: true, attributeFilter: ['data-ready'] });
  });
  await page.goto(`${sandbox.edge}/pay/${orderId}`);
  const readyMs = await page.evaluate(() => performance.getEntriesByName('ready')[0]?.startTime ?? Number.NaN);
  await close();
  return readyMs;
}

/** From the event that says "paid" to the page that shows it; both clocks are this machine's. */
async function onScreen({ browser, sandbox, town }: Bench): Promise<number> {
  const orderId = await town.order();
  const { page, close } = await visit(browser);
  await page.goto(`${sandbox.edge}/pay/${orderId}`);
  await page.waitForSelector('html[data-ready]');
  await page.evaluate(() => {
    new MutationObserver(() => {
      const { state } = document.querySelector('main')?.dataset ?? {};
      if (state !== undefined) document.documentElement.dataset[`at${state}`] ??= String(performance.timeOrigin + performance.now());
    }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-state'] });
  });
  await town.pay(orderId);
  await page.waitForSelector('main[data-state=PAID]');
  const shownAt = Number(await page.locator('html').evaluate((html) => html.dataset['atPAID']));
  await close();
  return shownAt - (await paidAt(sandbox, orderId));
}

async function paidAt(sandbox: SandboxFile, orderId: string): Promise<number> {
  const response = await fetch(sandbox.gateway, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${sandbox.ops.token}` },
    body: JSON.stringify({ query: EVENTS.replace('ORDER', JSON.stringify(orderId)) }),
  });
  const { data } = (await response.json()) as { data: { orderEvents: { nodes: { type: string; occurredAt: string }[] } } }; // As the document asks.
  const paid = data.orderEvents.nodes.find(({ type }) => type === 'ORDER_SUCCEEDED');
  if (!paid) throw new Error(`the order ${orderId} has no event that says "paid": ${JSON.stringify(data.orderEvents.nodes)}`);
  return Date.parse(paid.occurredAt);
}

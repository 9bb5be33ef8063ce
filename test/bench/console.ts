import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Pool } from 'pg';
import type { Page } from 'playwright-core';

import { builtConsole } from '../../bin/build-console.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { startPostgres } from '../../kernel/runtime/postgres/launcher.ts';
import { PaymentListDocument, type PaymentListQueryVariables } from '../../web/console/generated/documents.ts';
import { type Answer, dataOf, operationsIssuer, queryOver, type Query } from '../gateway/hub-actors.ts';
import { startHubProcess } from '../gateway/hub-process.ts';
import { launchBrowser, visit } from '../web/browser.ts';
import { fill, type Filled, withDeliveries } from './console/million.ts';
import type { WriterRequest } from './console/writer-process.ts';
import { median, percentile, printFigure, progress } from './figure.ts';
import { startPart } from './part.ts';

// Pages of the console's list over a million payments, through the gateway with the console's own document; and what the live board costs a browser at
// 200 events a second.

const SIZE = Number(process.env['BENCH_PAYMENTS'] ?? 1_000_000);
const CHAINS = Number(process.env['BENCH_ROUNDS'] ?? 25);
const PAGES_OF_CHAIN = 4;
const PAGE_ROWS = 50;
const TARGET_PAGE_MS = 200;
const EVENTS_PER_SECOND = 200;
const WARM_UP_SECONDS = 8;
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);
const TARGET_SHARE = 0.1;
/** The last ones may still be on their way when the board is read. */
const SEEN_MIN = 0.9;
const DAY_MS = 86_400_000;

const stops: (() => Promise<unknown>)[] = [];
try {
  await run();
} finally {
  for (const stop of stops.toReversed()) await stop();
}
process.exit(process.exitCode ?? 0);

async function run(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dcm-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    durable: true,
    logger: createLogger({ level: 'error', name: 'postgres' }),
  });
  stops.push(() => postgres.stop());
  const operations = await operationsIssuer(folder);
  await builtConsole();
  const core = await startHubProcess('gateway/main.ts', {
    ...operations.environment,
    DATABASE_URL: postgres.url,
    DCM_HOME: folder,
    SANDBOX: 'on',
    NODE_ENV: 'production',
    LOG_LEVEL: 'fatal',
    GATEWAY_PORT: '0',
    INTERNAL_PORT: '0',
  });
  stops.push(() => core.kill());
  // Filling and indexing a million rows takes longer than any statement of the hub may.
  const pool = new Pool({ connectionString: postgres.url, max: 1, options: '-c search_path=payments' });
  stops.push(() => pool.end());
  progress(`${SIZE} payments`);
  const filled = await fill(pool, SIZE);
  await measurePages(queryOver(core.ready.gatewayUrl), operations.token, filled);

  const payments = await withDeliveries(pool, Math.ceil(((SECONDS + WARM_UP_SECONDS + 4) * EVENTS_PER_SECOND) / 6) + 1);
  const writer = startPart(path.join(import.meta.dirname, 'console/writer-process.ts'));
  stops.push(() => writer.stop());
  await writer.ask({ kind: 'begin', databaseUrl: postgres.url, payments } satisfies WriterRequest);
  await measureBoard(core.ready.gatewayUrl, operations.token, (seconds) =>
    writer.ask({ kind: 'write', perSecond: EVENTS_PER_SECOND, seconds } satisfies WriterRequest),
  );
}

type Filter = Omit<PaymentListQueryVariables, 'first' | 'after'>;

/** Filters as people set them in the list. */
function filtersOf({ bankGuid, merchantUid, amountMinor, tail }: Filled): Readonly<Record<string, Filter>> {
  const amount = { minor: amountMinor, currency: 'UAH' as const };
  const from = new Date(Date.now() - 10 * DAY_MS).toISOString();
  const until = new Date(Date.now() - 9 * DAY_MS).toISOString();
  return {
    'no-filter': {},
    pending: { statuses: ['PENDING'] },
    rejected: { statuses: ['REJECT'] },
    bank: { search: { bankGuid } },
    'bank-that-has-none': { search: { bankGuid: crypto.randomUUID() } },
    'bank-rejected': { statuses: ['REJECT'], search: { bankGuid } },
    'bank-pending': { statuses: ['PENDING'], search: { bankGuid } },
    merchant: { search: { merchantUid } },
    'merchant-rejected': { statuses: ['REJECT'], search: { merchantUid } },
    amount: { search: { amount } },
    tail: { search: { tail } },
    'tail-of-many': { search: { tail: '0077' } },
    period: { search: { from, until } },
    'period-bank-rejected': { statuses: ['REJECT'], search: { from, until, bankGuid } },
  };
}

/** Page after page, as somebody scrolls. */
async function measurePages(query: Query, credential: string, filled: Filled): Promise<void> {
  const filters = filtersOf(filled);
  const times = new Map<string, number[]>(Object.keys(filters).map((name) => [name, []]));
  for (let chain = 0; chain <= CHAINS; chain += 1) {
    for (const [name, filter] of Object.entries(filters)) {
      let after: string | null = null;
      for (let page = 0; page < PAGES_OF_CHAIN; page += 1) {
        const started = performance.now();
        const variables = { ...filter, first: PAGE_ROWS, after };
        const { payments }: Answer = dataOf(await query(PaymentListDocument.toString(), { variables, credential }));
        if (chain > 0) times.get(name)?.push(performance.now() - started);
        after = payments.pageInfo.endCursor;
        if (!payments.pageInfo.hasNextPage) break;
      }
    }
  }
  for (const [name, all] of times) {
    const p99 = percentile(all, 0.99);
    progress(`${name}: ${all.length} pages, median ${median(all).toFixed(1)} ms, most ${Math.max(...all).toFixed(1)} ms`);
    printFigure({
      name: `console.page.${name}.p99`,
      value: p99,
      unit: 'ms',
      against: `target below ${TARGET_PAGE_MS}`,
      ratio: TARGET_PAGE_MS / p99,
    });
  }
}

/** The main thread of the board, by the browser's own account: its processor time, which neighbours on the machine do not lengthen. */
async function measureBoard(gatewayUrl: string, credential: string, write: (seconds: number) => Promise<unknown>): Promise<void> {
  const browser = await launchBrowser();
  stops.push(() => browser.close());
  const { page } = await visit(browser, { locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  await page.goto(new URL('/console', gatewayUrl).href);
  await page.getByLabel('Credential').fill(credential);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.top .chip.ok').waitFor();
  await page.locator('.chart canvas').waitFor();
  await write(WARM_UP_SECONDS);
  const [busy] = await Promise.all([threadShare(page, SECONDS), write(SECONDS)]);
  const perMinute = Number(await page.locator('.figure .value').first().textContent());
  const told = (EVENTS_PER_SECOND / 6) * (SECONDS + WARM_UP_SECONDS);
  progress(`the board counted ${perMinute} payments in the last minute, of ${Math.round(told)} told`);
  if (perMinute < told * SEEN_MIN) {
    progress('the board has not seen what it was told of: what it costs is worth nothing');
    process.exitCode = 1;
  }
  printFigure({
    name: 'console.board.main-thread',
    value: busy,
    unit: `of a core at ${EVENTS_PER_SECOND} events/s`,
    against: `target below ${TARGET_SHARE}`,
    ratio: TARGET_SHARE / busy,
  });
}

async function threadShare(page: Page, seconds: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    return { busy: of('ThreadTime'), at: of('Timestamp') };
  };
  const before = await read();
  await page.waitForTimeout(seconds * 1_000);
  const after = await read();
  return (after.busy - before.busy) / (after.at - before.at);
}

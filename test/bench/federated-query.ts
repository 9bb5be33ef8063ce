import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { createLogger } from '../../kernel/runtime/logger.ts';
import { startPostgres } from '../../kernel/runtime/postgres/launcher.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import {
  type Answer,
  callbackReceivers,
  createOrder,
  dataOf,
  operationsIssuer,
  queryOver,
  register,
  sendPaymentMessage,
} from '../gateway/hub-actors.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Figure, median, percentile, printFigure, progress } from './figure.ts';
import { load } from './federated-query/load.ts';
import { PAGE_QUERY } from './federated-query/page-query.ts';
import { cpuSecondsOfTree } from './process-cpu.ts';

// A page of ten orders with payment, merchant and banks: the hub's gateway with its subgraphs in one process, against the same subgraphs
// over HTTP behind Hive's own planner, against one server with one hand-written SQL join, and against itself without scopes, limits and
// budgets. Interleaved rounds, medians.

const ORDERS = 40;
const PAGE = 10;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);
/** The first round compiles: a query runs through some ten thousand functions before it is as fast as it gets. */
const WARM_UP_SECONDS = 3 * SECONDS;
const CONNECTIONS = 16;

interface Contender {
  readonly name: string;
  readonly url: string;
  /** The processes whose CPU an answer costs: its servers, and the postmaster with its backends. */
  readonly pids: readonly number[];
  readonly bodies: readonly string[];
}

interface Round {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly p99Ms: number;
}

const HUB = 'hub: Rust planner, subgraphs in process';
const HIVE = 'Hive JavaScript planner, subgraphs over HTTP';
const JOIN = 'one Apollo Server, one SQL join';
const UNGUARDED = 'hub without scopes, limits and budgets';
const TARGET_GUARD_COST = 0.1;

/** Measures and reports; needs nothing but this machine. */
export async function run(report: (figure: Figure) => void): Promise<void> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const { contenders, headers } = await prepare(stops);
    const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const contender of contenders) {
        const measured = await measure(contender, headers, round === 0 ? WARM_UP_SECONDS : SECONDS);
        progress(
          `round ${round} ${contender.name}: ${Math.round(measured.perSecond)}/s, ${measured.cpuMs.toFixed(2)} ms CPU, p99 ${Math.round(measured.p99Ms)} ms`,
        );
        if (round > 0) rounds.get(contender.name)?.push(measured);
      }
    }
    const medians = (name: string, of: (round: Round) => number) => median((rounds.get(name) ?? []).map(of));
    const [guarded, without] = [medians(HUB, (round) => round.cpuMs), medians(UNGUARDED, (round) => round.cpuMs)];
    const cost = guarded / without - 1;
    report({
      name: 'federated-query cost of scopes, limits and budgets',
      value: 100 * cost,
      unit: '% of the CPU of an answer',
      against: `target below ${100 * TARGET_GUARD_COST}`,
      ratio: TARGET_GUARD_COST / cost,
    });
    for (const name of [HUB, UNGUARDED, HIVE, JOIN]) {
      const perSecond = medians(name, (round) => round.perSecond);
      const cpuMs = medians(name, (round) => round.cpuMs);
      const against = name === HUB ? HIVE : HUB;
      report({
        name: `federated-query rate, ${name}`,
        value: perSecond,
        unit: '1/s',
        against,
        ratio: perSecond / medians(against, (round) => round.perSecond),
      });
      report({
        name: `federated-query cpu, ${name}`,
        value: cpuMs,
        unit: 'ms',
        against,
        ratio: medians(against, (round) => round.cpuMs) / cpuMs,
      });
      report({
        name: `federated-query p99, ${name}`,
        value: medians(name, (round) => round.p99Ms),
        unit: 'ms',
        against: null,
        ratio: null,
      });
    }
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function measure({ url, pids, bodies }: Contender, headers: Readonly<Record<string, string>>, seconds: number): Promise<Round> {
  const cpu = () => pids.reduce((sum, pid) => sum + cpuSecondsOfTree(pid), 0);
  const before = cpu();
  const { perSecond, latenciesMs } = await load({ url, headers, bodies, connections: CONNECTIONS, seconds });
  return { perSecond, cpuMs: ((cpu() - before) * 1000) / latenciesMs.length, p99Ms: percentile(latenciesMs, 0.99) };
}

async function prepare(stops: (() => Promise<unknown>)[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'dcm-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    durable: false,
    logger: createLogger({ level: 'error', name: 'postgres' }),
  });
  stops.push(() => postgres.stop());
  const operations = await operationsIssuer(folder);
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    DATABASE_URL: postgres.url,
    DCM_HOME: folder,
    GATEWAY_PORT: '0',
    SANDBOX: 'on',
    LOG_LEVEL: 'error',
    ...operations.environment,
  };
  const start = async (file: string, more: Record<string, string> = {}, args: readonly string[] = []) => {
    const child = fork(fileURLToPath(file), args, { env: { ...env, ...more } });
    stops.push(() => end(child));
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [null])])) as [Answer]; // What each file sends.
    if (!message) throw new Error(`${file} ended before it was ready`);
    return { message, pid: child.pid ?? 0 };
  };

  const core = await start(import.meta.resolve('../../gateway/main.ts'));
  const { merchant } = await makePayments({ core: core.message, folder, token: operations.token, stops });
  const subgraphs = await start(import.meta.resolve('./federated-query/subgraphs.ts'));
  const addresses = Object.entries(subgraphs.message.remote).map(([name, url]) => [`${name.toUpperCase()}_URL`, String(url)]);
  const hive = await start(import.meta.resolve('./federated-query/other-gateway.ts'), Object.fromEntries(addresses), ['hive']);
  const unguarded = await start(import.meta.resolve('./federated-query/other-gateway.ts'), {}, ['unguarded']);
  const join = await start(import.meta.resolve('./federated-query/hand-joined.ts'));
  const headers = { authorization: `Bearer ${merchant.secretKey}` };
  const of = async (name: string, url: string, pids: readonly number[]) => ({
    name,
    url,
    pids,
    ...(await pagesOf(url, merchant.secretKey)),
  });
  const contenders = [
    await of(HUB, core.message.gatewayUrl, [core.pid, postgres.pid()]),
    await of(UNGUARDED, unguarded.message.url, [unguarded.pid, postgres.pid()]),
    await of(HIVE, hive.message.url, [hive.pid, subgraphs.pid, postgres.pid()]),
    await of(JOIN, join.message.url, [join.pid, postgres.pid()]),
  ];
  for (const { name, orders } of contenders) {
    if (!isDeepStrictEqual(orders, contenders[0]?.orders)) throw new Error(`${name} answers something else`);
  }
  progress('all of them give the same answers');
  return { contenders, headers };
}

/** Orders that were paid through the real cascade. */
async function makePayments(o: { core: Answer; folder: string; token: string; stops: (() => Promise<unknown>)[] }) {
  const receivers = await callbackReceivers();
  o.stops.push(receivers.close);
  const query = queryOver(o.core.gatewayUrl);
  const { merchant, payerBank, payerBankKey } = await register(query, o.token, receivers.url);
  const secrets = await loadSecrets(path.join(o.folder, 'secrets'));
  for (let made = 0; made < ORDERS; made += 1) {
    const { orderId } = await createOrder(query, merchant.secretKey, receivers.url);
    await sendPaymentMessage({ orderId, ingress: o.core.internalUrl, secrets, payerBank, bankKey: payerBankKey });
  }
  const paid = '{ orders(first: 100) { edges { node { status } } } }';
  const everyStatus = async (): Promise<string[]> =>
    dataOf(await query(paid, { credential: merchant.secretKey })).orders.edges.map(({ node }: Answer) => node.status);
  await waitFor(async () => (await everyStatus()).every((status) => status === 'SUCCESS'), { timeoutMs: 30_000 });
  progress(`${ORDERS} orders are paid`);
  return { merchant };
}

/** A request for each page, and all orders in order. */
async function pagesOf(url: string, credential: string) {
  const query = queryOver(url);
  const bodies: string[] = [];
  const orders: Answer[] = [];
  let after: string | null = null;
  for (let page = 0; page < ORDERS / PAGE; page += 1) {
    bodies.push(JSON.stringify({ query: PAGE_QUERY, variables: { after } }));
    const { edges }: Answer = dataOf(await query(PAGE_QUERY, { variables: { after }, credential })).orders;
    orders.push(...edges.map(({ node }: Answer) => node));
    after = edges.at(-1).cursor;
  }
  return { bodies, orders };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

if (import.meta.main) await run(printFigure);

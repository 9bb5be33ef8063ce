import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { createLogger } from '../../kernel/runtime/logger.ts';
import { startPostgres } from '../../kernel/runtime/postgres/launcher.ts';
import { OrderEventsDocument } from '../../web/client/generated/documents.ts';
import { type Answer, callbackReceivers, createOrder, dataOf, operationsIssuer, queryOver, register } from '../gateway/hub-actors.ts';
import { waitFor } from '../support/wait-for.ts';
import { median, percentile, printFigure, progress } from './figure.ts';
import { type Part, startPart } from './part.ts';
import { cpuSecondsOf, memoryBytesOfTree } from './process-cpu.ts';
import type { FloorRequest } from './streams/floor-process.ts';
import type { Arrivals, SubscribersRequest, Taken } from './streams/subscribers-process.ts';
import type { Commits, WriterOrder, WriterRequest } from './streams/writer-process.ts';

// Live status through the whole hub: committed by one process, numbered by its relay, announced to another, which is the core with the
// gateway, and read there by many sockets with the operation of web/client; against a floor that only broadcasts. Interleaved rounds.
// Everything, also the clients, is on this machine.

const ORDERS = 50;
const SUBSCRIBERS = Number(process.env['BENCH_SUBSCRIBERS'] ?? 1_000);
const IDLE_SUBSCRIBERS = Number(process.env['BENCH_IDLE'] ?? 10_000);
const EVENTS_PER_SECOND = 200;
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const WARM_UP_SECONDS = 6;
const TARGET_P99_MS = 100;
const TARGET_IDLE_MB = 400;
/** Every stream has had a heartbeat by then. */
const SETTLE_MS = 20_000;
const SLOW_MS = 120_000;
const MB = 1024 * 1024;

const stops: (() => Promise<unknown>)[] = [];
try {
  await run();
} finally {
  for (const stop of stops.toReversed()) await stop();
}

async function run(): Promise<void> {
  const bench = await prepare();
  progress(`${ORDERS} orders; warming up`);
  const servers = { hub: bench.core, floor: bench.floor };
  for (const server of Object.values(servers)) await liveRound(bench, server, WARM_UP_SECONDS);
  const rounds: Record<keyof typeof servers, LiveRound[]> = { hub: [], floor: [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    progress(`round ${round}: ${SUBSCRIBERS} subscribers, ${EVENTS_PER_SECOND} events/s for ${SECONDS} s`);
    rounds.hub.push(await liveRound(bench, servers.hub, SECONDS));
    rounds.floor.push(await liveRound(bench, servers.floor, SECONDS));
  }
  report(rounds);
  await bench.core.stop();

  progress(`${IDLE_SUBSCRIBERS} idle subscribers of a fresh core`);
  const idle = await idleMemory({ ...bench, core: await bench.startCore() });
  const figure = { against: `target below ${TARGET_IDLE_MB}`, ratio: TARGET_IDLE_MB / idle };
  printFigure({
    name: `streams.idle.memory`,
    value: idle,
    unit: `MB for ${IDLE_SUBSCRIBERS} idle subscribers above the empty core`,
    ...figure,
  });
}

interface Server {
  readonly url: string;
  readonly pid: number;
}

interface Core extends Server {
  stop(): Promise<void>;
}

interface Bench {
  readonly core: Core;
  readonly floor: Server;
  readonly startCore: () => Promise<Core>;
  readonly secretKey: string;
  readonly orderIds: readonly string[];
  readonly writer: Part;
  readonly subscribers: Part;
}

interface LiveRound {
  readonly latencies: readonly number[];
  readonly expected: number;
  readonly lost: number;
  readonly misordered: number;
  readonly cpuMs: number;
}

/** Opens the streams, commits, waits until every event has come to everybody, and closes. */
async function liveRound({ secretKey, orderIds, writer, subscribers }: Bench, server: Server, seconds: number): Promise<LiveRound> {
  const watched = Array.from({ length: SUBSCRIBERS }, (_, index) => orderIds[index % ORDERS] ?? '');
  await open(subscribers, { server, secretKey, orderIds: watched });
  await take(subscribers);
  const cpuBefore = cpuSecondsOf(server.pid);
  const commits = await writer.ask<Commits>({ kind: 'write', perSecond: EVENTS_PER_SECOND, seconds } satisfies WriterRequest);
  const expected = (commits.length / ORDERS) * SUBSCRIBERS;
  const arrivals: Arrivals[number][] = [];
  await waitFor(
    async () => {
      arrivals.push(...(await take(subscribers)));
      return arrivals.length >= expected;
    },
    { timeoutMs: SLOW_MS },
  ).catch(() => progress('not every event has come'));
  const cpuMs = ((cpuSecondsOf(server.pid) - cpuBefore) * 1000) / arrivals.length;
  await subscribers.ask({ kind: 'close' } satisfies SubscribersRequest);
  return { ...compare(commits, arrivals), expected, cpuMs };
}

/** What came against what was committed: every version of its order, once and in order, to every subscriber. */
function compare(commits: Commits, arrivals: Arrivals): Pick<LiveRound, 'latencies' | 'lost' | 'misordered'> {
  const committedAt = new Map(commits.map(([order, version, at]) => [`${order} ${version}`, at]));
  const missing = new Map(Array.from({ length: SUBSCRIBERS }, (_, index) => [index, commits.length / ORDERS]));
  const last = new Map<number, number>();
  const latencies: number[] = [];
  let misordered = 0;
  for (const [subscriber, version, at] of arrivals) {
    const committed = committedAt.get(`${subscriber % ORDERS} ${version}`);
    const previous = last.get(subscriber);
    if (committed === undefined || (previous !== undefined && version !== previous + 1)) misordered += 1;
    else latencies.push(at - committed);
    last.set(subscriber, version);
    missing.set(subscriber, (missing.get(subscriber) ?? 0) - 1);
  }
  return { latencies, misordered, lost: [...missing.values()].reduce((sum, of) => sum + Math.max(0, of), 0) };
}

function report({ hub, floor }: { readonly hub: readonly LiveRound[]; readonly floor: readonly LiveRound[] }): void {
  const of = (rounds: readonly LiveRound[], share: number) => median(rounds.map(({ latencies }) => percentile(latencies, share)));
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [value, least] = [of(hub, share), of(floor, share)];
    const unit = 'ms from commit to client';
    printFigure({ name: `streams.latency.${name}`, value, unit, against: 'floor', ratio: least / value });
    printFigure({ name: `streams.floor.latency.${name}`, value: least, unit, against: null, ratio: null });
  }
  const p99 = of(hub, 0.99);
  const target = { against: `target below ${TARGET_P99_MS}`, ratio: TARGET_P99_MS / p99 };
  printFigure({ name: 'streams.latency.target', value: p99, unit: 'ms p99', ...target });
  const cpu = (rounds: readonly LiveRound[]) => median(rounds.map(({ cpuMs }) => cpuMs));
  const unit = 'CPU ms per delivered event';
  printFigure({ name: 'streams.cpu', value: cpu(hub), unit, against: 'floor', ratio: cpu(floor) / cpu(hub) });
  printFigure({ name: 'streams.floor.cpu', value: cpu(floor), unit, against: null, ratio: null });
  const sum = (part: 'lost' | 'misordered' | 'expected') => hub.reduce((all, round) => all + round[part], 0);
  for (const part of ['lost', 'misordered'] as const) {
    printFigure({ name: `streams.${part}`, value: sum(part), unit: `of ${sum('expected')} deliveries`, against: 'target 0', ratio: null });
    if (sum(part) > 0) process.exitCode = 1;
  }
}

/** Megabytes that the streams cost. */
async function idleMemory({ core, secretKey, orderIds, subscribers }: Bench): Promise<number> {
  // A few first, so that compiled code and plans are not counted as theirs.
  await open(subscribers, { server: core, secretKey, orderIds: orderIds.slice(0, 20) });
  await subscribers.ask({ kind: 'close' } satisfies SubscribersRequest);
  await settled();
  const empty = memoryBytesOfTree(core.pid);
  const watched = Array.from({ length: IDLE_SUBSCRIBERS }, (_, index) => orderIds[index % ORDERS] ?? '');
  await open(subscribers, { server: core, secretKey, orderIds: watched });
  await settled();
  const full = memoryBytesOfTree(core.pid);
  const each = (full - empty) / IDLE_SUBSCRIBERS / 1024;
  printFigure({ name: 'streams.idle.each', value: each, unit: 'KB per idle subscriber', against: null, ratio: null });
  await take(subscribers);
  return (full - empty) / MB;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

async function open(subscribers: Part, o: { server: Server; secretKey: string; orderIds: readonly string[] }): Promise<void> {
  const request = {
    kind: 'open',
    url: o.server.url,
    credential: o.secretKey,
    query: OrderEventsDocument.toString(),
    orderIds: o.orderIds,
  } as const;
  await subscribers.ask(request satisfies SubscribersRequest);
}

async function take(subscribers: Part): Promise<Arrivals> {
  const { arrivals, faults } = await subscribers.ask<Taken>({ kind: 'take' } satisfies SubscribersRequest);
  if (faults.length > 0) throw new Error(`streams ended: ${faults.slice(0, 3).join('; ')}`);
  return arrivals;
}

async function prepare(): Promise<Bench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dcm-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const logger = createLogger({ level: 'error', name: 'postgres' });
  const postgres = await startPostgres({ dataDir: path.join(folder, 'postgres'), durable: true, logger });
  stops.push(() => postgres.stop());
  const operations = await operationsIssuer(folder);
  const ports = { GATEWAY_PORT: '0', INTERNAL_PORT: '0' };
  const env = {
    ...process.env,
    ...ports,
    NODE_ENV: 'production',
    DATABASE_URL: postgres.url,
    DCM_HOME: folder,
    SANDBOX: 'on',
    LOG_LEVEL: 'error',
  };
  const startCore = () => startCoreProcess({ ...env, ...operations.environment });
  const core = await startCore();
  const receivers = await callbackReceivers();
  stops.push(receivers.close);
  const query = queryOver(core.url);
  const { merchant, merchantBank } = await register(query, operations.token, receivers.url);
  const orders: WriterOrder[] = [];
  for (let made = 0; made < ORDERS; made += 1) {
    const { orderId } = await createOrder(query, merchant.secretKey, receivers.url);
    const text = 'query ($orderId: String!) { order(orderId: $orderId) { reference } }';
    const { order }: Answer = dataOf(await query(text, { variables: { orderId }, credential: merchant.secretKey }));
    const who = { merchantUid: merchant.uid, receiverBankGuid: merchantBank };
    const facts = { orderId, ...who, reference: order.reference, amountMinor: '150075', currency: 'UAH' as const };
    orders.push({ orderId, audience: [merchant.uid, merchantBank], facts });
  }
  const writer = part('writer');
  await writer.ask({ kind: 'begin', databaseUrl: postgres.url, orders } satisfies WriterRequest);
  const floor = part('floor');
  const { url } = await floor.ask<{ url: string }>({ databaseUrl: postgres.url } satisfies FloorRequest);
  const orderIds = orders.map(({ orderId }) => orderId);
  return {
    core,
    floor: { url, pid: floor.pid },
    startCore,
    secretKey: merchant.secretKey,
    orderIds,
    writer,
    subscribers: part('subscribers'),
  };
}

function part(name: 'writer' | 'subscribers' | 'floor'): Part {
  const started = startPart(path.join(import.meta.dirname, `streams/${name}-process.ts`));
  stops.push(() => started.stop());
  return started;
}

async function startCoreProcess(env: NodeJS.ProcessEnv): Promise<Core> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.resolve('../../gateway/main.ts')), [], { env });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exited;
  };
  stops.push(stop);
  const [ready] = (await Promise.race([once(child, 'message'), exited.then(() => [null])])) as [Answer]; // What the core sends.
  if (!ready) throw new Error('the core ended before it was ready');
  return { url: ready.gatewayUrl, pid: child.pid ?? 0, stop };
}

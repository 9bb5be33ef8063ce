import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'pg';

import { readHubConfig } from '../../bin/config.ts';
import { readSandboxFile } from '../../bin/demo/sandbox-file.ts';
import { startHub, type RunningHub } from '../../bin/hub.ts';
import { percentile, printFigure, progress } from './figure.ts';
import { createPeople, type People, type PreparedOrder } from './p2p/people.ts';
import { startOutsideWorld, type OutsideWorld } from './p2p/outside-world.ts';
import { measureFloor, type Floor } from './payments/floor.ts';
import { registerParticipants } from './payments/participants.ts';
import { cpuSecondsOf, cpuSecondsOfTree, descendantsNamed } from './process-cpu.ts';

// Whole transfers by phone number: order, look-up, the receiver's data, pay request, payment message, Pay-in, Pay-out. Durable, every signature on,
// everything on one machine; loopback only, bounded in count and time. A transfer is through when the payer's bank has been told the result.

const WARM_UP_TRANSFERS = 200;
const CLOSED_LOOP_SECONDS = 8;
const IN_FLIGHT = 48;
const WINDOW_SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);
const CALM_SHARE = 0.5;
const TRANSFER_LIMIT_MS = 30_000;
const TICK_MS = 5;
/** Key and question to the receiver's bank, payload and header of "Pay request", Pay-in and Pay-out, the answer to the payment message. */
const SIGNATURES_PER_TRANSFER = 9;
/** Header and body of order and message at the edge, both bodies again in the core, the receiver's data. */
const VERIFICATIONS_PER_TRANSFER = 7;
/** Two requests to the edge and on to the core, the question, three callbacks. */
const HTTP_MESSAGES_PER_TRANSFER = 8;

interface Bench {
  readonly hub: RunningHub;
  readonly edge: string;
  readonly world: OutsideWorld;
  readonly people: People;
  readonly pids: { readonly core: number; readonly workerd: number; readonly postmaster: number };
  readonly database: Client;
}

/** How long one transfer took until its message was sent, and until it was through. Milliseconds. */
interface Transfer {
  readonly orderToMessage: number;
  readonly messageToEnd: number;
}

interface Window {
  readonly transfers: readonly Transfer[];
  readonly seconds: number;
  readonly cpu: { readonly core: number; readonly workerd: number; readonly postgres: number };
  readonly writes: number;
}

const home = await mkdtemp(join(tmpdir(), 'dcm-bench-p2p-'));
const config = { ...readHubConfig({}), DCM_HOME: home, GATEWAY_PORT: 0, EDGE_PORT: 0, SANDBOX_PORT: 0, LOG_LEVEL: 'error' as const };
const hub = await startHub(config, process.env);
try {
  await run(await setUp(hub));
} finally {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
}
process.exit();

async function setUp(running: RunningHub): Promise<Bench> {
  const sandbox = await readSandboxFile(join(home, 'sandbox.json'));
  const world = await startOutsideWorld();
  const participants = await registerParticipants({ gateway: sandbox.gateway, operationsToken: sandbox.ops.token, receiverUrl: world.url });
  const people = await createPeople({ edge: sandbox.edge, ...participants });
  await people.link();
  world.receiverData = await people.receiverData();
  const { core = 0, edge = 0 } = running.pids();
  const postmaster = Number((await readFile(join(home, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[0]);
  const database = new Client({ connectionString: running.databaseUrl });
  database.on('error', () => undefined); // A run that fails ends the server under it, and shall say why itself.
  await database.connect();
  const pids = { core, workerd: descendantsNamed(edge, 'workerd')[0] ?? 0, postmaster };
  return { hub: running, edge: sandbox.edge, world, people, pids, database };
}

async function run(bench: Bench): Promise<void> {
  progress('warming up');
  await closedLoop(bench, await prepare(bench, WARM_UP_TRANSFERS), Number.POSITIVE_INFINITY);
  const first = await closedLoop(bench, await prepare(bench, 300), Number.POSITIVE_INFINITY);
  const count = Math.ceil((first.transfers.length / first.seconds) * CLOSED_LOOP_SECONDS);
  progress(`as many as go through with ${IN_FLIGHT} in flight, for ${CLOSED_LOOP_SECONDS} s`);
  const busy = await closedLoop(bench, await prepare(bench, count), CLOSED_LOOP_SECONDS);
  const rate = (busy.transfers.length / busy.seconds) * CALM_SHARE;
  progress(`half of it: ${rate.toFixed(0)} transfers/s for ${WINDOW_SECONDS} s`);
  const calm = await openLoop(bench, rate);
  progress('the floor');
  const floor = await measureFloor({ databaseUrl: bench.hub.databaseUrl, postmasterPid: bench.pids.postmaster });
  report(busy, calm, floor);
  await bench.world.close();
  await bench.database.end();
}

async function prepare({ people }: Bench, count: number): Promise<readonly PreparedOrder[]> {
  progress(`signing ${count} orders`);
  const orders: PreparedOrder[] = [];
  for (let n = 0; n < count; n++) orders.push(await people.order());
  return orders;
}

/** One transfer as the payer's bank makes it. Throws when it is refused or takes too long. */
async function transfer({ edge, world, people }: Bench, order: PreparedOrder): Promise<Transfer> {
  const begunAt = performance.now();
  const ordered = await world.post(edge, order);
  if (ordered.status !== 200) throw new Error(`an order was refused: ${ordered.status} ${ordered.body}`);
  const orderGuid = /"guid":"([^"]+)"/.exec(ordered.body)?.[1] ?? '';
  await within(world.told('pay-request', orderGuid));
  const message = await people.message(orderGuid, order.debtorAccount);
  const told = world.told('pay-out', orderGuid);
  const sentAt = performance.now();
  const accepted = await world.post(edge, message);
  if (accepted.status !== 200) throw new Error(`a message was refused: ${accepted.status} ${accepted.body}`);
  await within(told);
  return { orderToMessage: sentAt - begunAt, messageToEnd: performance.now() - sentAt };
}

async function within(told: Promise<void>): Promise<void> {
  const limit = new AbortController();
  const late = pause(TRANSFER_LIMIT_MS, undefined, { signal: limit.signal }).then(() =>
    Promise.reject(new Error('a transfer never ended')),
  );
  await Promise.race([told, late]).finally(() => limit.abort());
  late.catch(() => undefined); // Stopped, because it was told.
}

async function closedLoop(bench: Bench, orders: readonly PreparedOrder[], secondsMax: number): Promise<Window> {
  const rest = orders.values();
  return await measured(bench, async (transfers, elapsedMs) => {
    const worker = async (): Promise<void> => {
      for (const order of rest) {
        if (elapsedMs() > secondsMax * 1_000) return;
        transfers.push(await transfer(bench, order));
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  });
}

/** Begins transfers at a fixed rate whatever becomes of them. */
async function openLoop(bench: Bench, rate: number): Promise<Window> {
  const orders = await prepare(bench, Math.floor(rate * WINDOW_SECONDS));
  return await measured(bench, async (transfers, elapsedMs) => {
    const one = async (order: PreparedOrder): Promise<void> => {
      transfers.push(await transfer(bench, order));
    };
    const begun: Promise<void>[] = [];
    while (begun.length < orders.length) {
      const due = Math.min(orders.length, Math.floor((elapsedMs() / 1_000) * rate) + 1);
      for (const order of orders.slice(begun.length, due)) begun.push(one(order));
      await pause(TICK_MS);
    }
    await Promise.all(begun);
  });
}

async function measured(bench: Bench, work: (transfers: Transfer[], elapsedMs: () => number) => Promise<void>): Promise<Window> {
  const before = await readMeters(bench);
  const startedAt = performance.now();
  const transfers: Transfer[] = [];
  await work(transfers, () => performance.now() - startedAt);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await readMeters(bench);
  return {
    transfers,
    seconds,
    cpu: { core: after.core - before.core, workerd: after.workerd - before.workerd, postgres: after.postgres - before.postgres },
    writes: after.writes - before.writes,
  };
}

async function readMeters({ pids, database }: Bench) {
  // Every writing transaction takes one transaction id: the distance is the number of commits that cost a flush.
  const { rows } = await database.query<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
  return {
    core: cpuSecondsOf(pids.core),
    workerd: cpuSecondsOf(pids.workerd),
    postgres: cpuSecondsOfTree(pids.postmaster),
    writes: Number(rows[0]?.next ?? 0),
  };
}

function report(busy: Window, calm: Window, floor: Floor): void {
  const count = busy.transfers.length;
  const cpuMs = Object.fromEntries(Object.entries(busy.cpu).map(([part, seconds]) => [part, (seconds * 1_000) / count]));
  const total = Object.values(cpuMs).reduce((sum, value) => sum + value, 0);
  const commits = busy.writes / count;
  const floorMs = SIGNATURES_PER_TRANSFER * floor.signMs + VERIFICATIONS_PER_TRANSFER * floor.verifyMs + commits * floor.commitMs;
  const figure = (name: string, value: number, unit: string, against: string | null = null, ratio: number | null = null): void =>
    printFigure({ name: `p2p.${name}`, value, unit, against, ratio });

  figure('transfers', count / busy.seconds, `complete transfers/s for ${busy.seconds.toFixed(0)} s, ${IN_FLIGHT} in flight`);
  figure('per-core', 1_000 / total, 'transfers per CPU second of core, Postgres and workerd');
  for (const [part, value] of Object.entries(cpuMs)) figure(`cpu.${part}`, value, 'CPU ms per transfer');
  const of = `${SIGNATURES_PER_TRANSFER} signatures, ${VERIFICATIONS_PER_TRANSFER} verifications, ${commits.toFixed(2)} commits`;
  figure('cpu.total', total, 'CPU ms per transfer', `floor ${floorMs.toFixed(2)} ms: ${of}`, floorMs / total);
  figure('http-messages', HTTP_MESSAGES_PER_TRANSFER, 'HTTP requests per transfer');
  figure('commits', commits, 'commits per transfer');
  for (const [name, { transfers }] of [
    ['busy', busy],
    ['half', calm],
  ] as const) {
    const parts = {
      'order-to-message': transfers.map(({ orderToMessage }) => orderToMessage),
      'message-to-pay-out': transfers.map(({ messageToEnd }) => messageToEnd),
    };
    for (const [part, values] of Object.entries(parts)) {
      figure(`${name}.${part}.p50`, percentile(values, 0.5), 'ms');
      figure(`${name}.${part}.p99`, percentile(values, 0.99), 'ms');
    }
  }
}

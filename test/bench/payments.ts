import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'pg';

import { readHubConfig } from '../../bin/config.ts';
import { readSandboxFile } from '../../bin/demo/sandbox-file.ts';
import { startHub, type RunningHub } from '../../bin/hub.ts';
import { printFigure, percentile, progress } from './figure.ts';
import { measureFloor, type Floor } from './payments/floor.ts';
import {
  CALLBACKS_PER_PAYMENT,
  startOutsideWorld,
  type OutsideWorld,
  type PreparedMessage,
  type SeenPayment,
} from './payments/outside-world.ts';
import { createOrders, registerParticipants } from './payments/participants.ts';
import { messagePreparer } from './payments/prepare-messages.ts';
import { cpuSecondsOf, cpuSecondsOfTree, descendantsNamed, memoryBytesOfTree } from './process-cpu.ts';

// Open-loop load on one machine with everything on it: durable, every signature on. Loopback only, bounded in count and time.

const WARM_UP_PAYMENTS = 400;
const CLOSED_LOOP_SECONDS = 8;
const CLOSED_LOOP_IN_FLIGHT = 64;
const WINDOW_SECONDS = Number(process.env['BENCH_SECONDS'] ?? 30);
const SUSTAINED_SHARES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
const DRAIN_LIMIT_MS = 20_000;
const MEMORY_UNIT = 'MB of core, edge, sandbox and Postgres';
const TICK_MS = 5;
const LOOK_AGAIN_MS = 2;
/** Sustained means that the hub keeps up: the last payment of the window is through this soon after it. */
const SUSTAINED_TAIL_MS = 3_000;
const SIGNATURES_PER_PAYMENT = 8;
/** Header token and payload at the edge, payload again in the core. */
const VERIFICATIONS_PER_PAYMENT = 3;
/** One POST to the edge, one from the edge to the core, four callbacks. */
const HTTP_MESSAGES_PER_PAYMENT = 6;

interface Bench {
  readonly hub: RunningHub;
  readonly world: OutsideWorld;
  readonly pids: { readonly core: number; readonly edge: number; readonly workerd: number; readonly postmaster: number };
  readonly database: Client;
  prepare(count: number): Promise<readonly PreparedMessage[]>;
}

interface Window {
  readonly payments: readonly SeenPayment[];
  readonly seconds: number;
  readonly drainMs: number;
  readonly errors: number;
  readonly cpu: { readonly core: number; readonly workerd: number; readonly postgres: number };
  readonly writes: number;
}

const home = await mkdtemp(join(tmpdir(), 'dcm-bench-'));
const config = { ...readHubConfig({}), DCM_HOME: home, GATEWAY_PORT: 0, EDGE_PORT: 0, SANDBOX_PORT: 0, LOG_LEVEL: 'error' as const };
const hub = await startHub(config, process.env);
try {
  await run(await setUp(hub));
} finally {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
}
process.exit();

async function run(bench: Bench): Promise<void> {
  const idle = memoryMegabytes(bench);
  printFigure({ name: 'payments.memory.idle', value: idle, unit: MEMORY_UNIT, against: 'target 900', ratio: 900 / idle });
  progress('warming up');
  await closedLoop(bench, await bench.prepare(WARM_UP_PAYMENTS), Number.POSITIVE_INFINITY);
  printFigure({ name: 'payments.memory.after-warm-up', value: memoryMegabytes(bench), unit: MEMORY_UNIT, against: null, ratio: null });

  progress('how much goes through at once');
  const saturation = await saturationRate(bench);
  progress(`about ${saturation.toFixed(0)} payments/s with ${CLOSED_LOOP_IN_FLIGHT} in flight`);
  const sustained = await sustainedWindow(bench, saturation);
  const rate = sustained.payments.length / sustained.seconds;
  progress(`half of it: ${(rate / 2).toFixed(0)} payments/s`);
  const half = await openLoop(bench, rate / 2);
  progress('the floor');
  const floor = await measureFloor({ databaseUrl: hub.databaseUrl, postmasterPid: bench.pids.postmaster });
  report(sustained, half, floor);
  await bench.world.close();
  await bench.database.end();
}

async function setUp(hub: RunningHub): Promise<Bench> {
  const sandbox = await readSandboxFile(join(home, 'sandbox.json'));
  const world = await startOutsideWorld(() => sandbox.edge);
  const participants = await registerParticipants({ gateway: sandbox.gateway, operationsToken: sandbox.ops.token, receiverUrl: world.url });
  const sign = messagePreparer({ edge: sandbox.edge, payer: { ...participants.payer, signKey: participants.payer.state.signKey } });
  const { core = 0, edge = 0 } = hub.pids();
  const workerd = descendantsNamed(edge, 'workerd')[0] ?? 0;
  const postmaster = Number((await readFile(join(home, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[0]);
  const database = new Client({ connectionString: hub.databaseUrl });
  await database.connect();
  const prepare = async (count: number): Promise<readonly PreparedMessage[]> => {
    progress(`preparing ${count} orders and messages`);
    const { merchant } = participants;
    const orderIds = await createOrders({
      gateway: sandbox.gateway,
      secretKey: merchant.secretKey,
      count,
      redirectUrl: `${world.url}/thanks`,
    });
    const messages: PreparedMessage[] = [];
    for (const orderId of orderIds) messages.push(await sign(orderId));
    return messages;
  };
  return { hub, world, database, pids: { core, edge, workerd, postmaster }, prepare };
}

async function saturationRate(bench: Bench): Promise<number> {
  const first = await closedLoop(bench, await bench.prepare(600), Number.POSITIVE_INFINITY);
  const messages = await bench.prepare(Math.ceil(first * CLOSED_LOOP_SECONDS));
  return closedLoop(bench, messages, CLOSED_LOOP_SECONDS);
}

/** Payments per second with a fixed number in flight, counted when their last callback was answered. */
async function closedLoop(bench: Bench, messages: readonly PreparedMessage[], secondsMax: number): Promise<number> {
  const started = performance.now();
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < messages.length && performance.now() - started < secondsMax * 1000) {
      const message = messages[next++];
      if (!message) return;
      await bench.world.post(message);
      await through(bench.world, [message]);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CLOSED_LOOP_IN_FLIGHT }, worker));
  return done / ((performance.now() - started) / 1000);
}

async function sustainedWindow(bench: Bench, saturation: number): Promise<Window> {
  for (const share of SUSTAINED_SHARES) {
    const rate = saturation * share;
    progress(`${rate.toFixed(0)} payments/s for ${WINDOW_SECONDS} s`);
    const window = await openLoop(bench, rate);
    if (window.errors === 0 && window.drainMs <= SUSTAINED_TAIL_MS) return window;
    progress(`not sustained: ${window.errors} errors, ${(window.drainMs / 1000).toFixed(1)} s behind at the end`);
  }
  throw new Error('no rate was sustained without errors: something is wrong with the hub or this machine is too busy to measure');
}

/** Sends at a fixed rate whatever comes back, then waits until everything is through. */
async function openLoop(bench: Bench, rate: number): Promise<Window> {
  const messages = await bench.prepare(Math.floor(rate * WINDOW_SECONDS));
  const before = await readMeters(bench);
  const started = performance.now();
  const posts: Promise<void>[] = [];
  while (posts.length < messages.length) {
    const due = Math.min(messages.length, Math.floor(((performance.now() - started) / 1000) * rate) + 1);
    for (const message of messages.slice(posts.length, due)) posts.push(bench.world.post(message));
    await pause(TICK_MS);
  }
  const sent = performance.now();
  await Promise.all(posts);
  await through(bench.world, messages);
  const ended = performance.now();
  const after = await readMeters(bench);
  const payments = messages.flatMap((message) => bench.world.seen(message.guid) ?? []);
  return {
    payments,
    seconds: (sent - started) / 1000,
    drainMs: ended - sent,
    errors: payments.filter((payment) => payment.status !== 200 || payment.callbacks !== CALLBACKS_PER_PAYMENT).length,
    cpu: { core: after.core - before.core, workerd: after.workerd - before.workerd, postgres: after.postgres - before.postgres },
    writes: after.writes - before.writes,
  };
}

async function through(world: OutsideWorld, messages: readonly PreparedMessage[]): Promise<void> {
  const limit = performance.now() + DRAIN_LIMIT_MS;
  for (const message of messages) {
    while ((world.seen(message.guid)?.callbacks ?? 0) < CALLBACKS_PER_PAYMENT && performance.now() < limit) await pause(LOOK_AGAIN_MS);
  }
}

async function readMeters({ pids, database }: Bench) {
  // Every writing transaction takes one transaction id, reading ones take none: the distance is the number of commits that cost a flush.
  const { rows } = await database.query<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
  return {
    core: cpuSecondsOf(pids.core),
    workerd: cpuSecondsOf(pids.workerd),
    postgres: cpuSecondsOfTree(pids.postmaster),
    writes: Number(rows[0]?.next ?? 0),
  };
}

function report(sustained: Window, half: Window, floor: Floor): void {
  const count = sustained.payments.length;
  const cpuMs = {
    core: perPayment(sustained.cpu.core),
    workerd: perPayment(sustained.cpu.workerd),
    postgres: perPayment(sustained.cpu.postgres),
  };
  const total = cpuMs.core + cpuMs.workerd + cpuMs.postgres;
  const commits = sustained.writes / count;
  const floorMs = SIGNATURES_PER_PAYMENT * floor.signMs + VERIFICATIONS_PER_PAYMENT * floor.verifyMs + commits * floor.commitMs;
  const figure = (name: string, value: number, unit: string, against: string | null = null, ratio: number | null = null): void =>
    printFigure({ name: `payments.${name}`, value, unit, against, ratio });

  figure('sustained', count / sustained.seconds, `payments/s for ${sustained.seconds.toFixed(0)} s, ${sustained.errors} errors`);
  figure('per-core', 1000 / total, 'payments per CPU second of core, Postgres and workerd', 'target 150', 1000 / total / 150);
  for (const [part, value] of Object.entries(cpuMs)) figure(`cpu.${part}`, value, 'CPU ms per payment');
  figure(
    'cpu.total',
    total,
    'CPU ms per payment',
    `floor ${floorMs.toFixed(2)} ms: ${SIGNATURES_PER_PAYMENT} signatures, ${VERIFICATIONS_PER_PAYMENT} verifications, ${commits.toFixed(2)} commits`,
    floorMs / total,
  );
  figure('http-messages', HTTP_MESSAGES_PER_PAYMENT, 'HTTP requests per payment');
  figure('commits', commits, 'commits per payment');
  for (const [name, window] of [
    ['sustained', sustained],
    ['half', half],
  ] as const) {
    const fromSend = window.payments.map((payment) => (payment.lastCallbackAt ?? Number.NaN) - payment.sentAt);
    const fromAccept = window.payments.map((payment) => (payment.lastCallbackAt ?? Number.NaN) - (payment.answeredAt ?? Number.NaN));
    figure(`${name}.accept-to-last-callback.p50`, percentile(fromAccept, 0.5), 'ms');
    figure(
      `${name}.accept-to-last-callback.p99`,
      percentile(fromAccept, 0.99),
      'ms',
      name === 'half' ? 'target 300' : null,
      name === 'half' ? 300 / percentile(fromAccept, 0.99) : null,
    );
    figure(`${name}.send-to-last-callback.p99`, percentile(fromSend, 0.99), 'ms');
    figure(
      `${name}.send-to-answer.p99`,
      percentile(
        window.payments.map((payment) => (payment.answeredAt ?? Number.NaN) - payment.sentAt),
        0.99,
      ),
      'ms',
    );
  }
  function perPayment(cpuSeconds: number): number {
    return (cpuSeconds * 1000) / count;
  }
}

/** The supervisor of \`npm start\`, some 55 MB, is not in it: this process has its place, and is the load generator too. */
function memoryMegabytes({ hub, pids }: Bench): number {
  const parts = [...Object.values(hub.pids()), pids.postmaster];
  return parts.reduce((sum: number, pid) => sum + memoryBytesOfTree(pid ?? 0), 0) / 1e6;
}

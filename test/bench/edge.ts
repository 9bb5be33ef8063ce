import type { LoadSummary } from './edge/generator-process.ts';
import { startStand, type Server, type Stand } from './edge/stand.ts';
import { median, printFigure, progress } from './figure.ts';
import { cpuSecondsOf } from './process-cpu.ts';

// What it costs to believe a payment message and to write it down, interleaved with a Node server that only verifies the same two signatures
// and with Workers that only read the body, or ask an object that does nothing. The core takes everything at once. Loopback only; every server and the client are processes of their own.

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const ROUND_SECONDS = 3;
const CONNECTIONS = 64;
/** Messages of a round: more than the edge can take in its time. */
const PREPARED = 6_000;
const STEADY_PER_SECOND = 300;
const STEADY_SECONDS = 10;
const TARGET_OF_VERIFIER = 0.35;
const TARGET_P99_MS = 20;
const TARGET_REFUSAL = 1.5;

/**
 * accepted: verified, not a replay, written down, told to the core, answered, the answer written down. recorded: verified, not a replay, and
 * written down with the edge's own answer, because the amount is none. forged: a signature that is wrong.
 */
type Work = 'accepted' | 'recorded' | 'forged' | 'verifier' | 'empty' | 'object';
const STATUS_OF: Readonly<Record<Work, number>> = { accepted: 200, recorded: 400, forged: 401, verifier: 200, empty: 200, object: 200 };

interface Measured {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly p99: number;
}
type Round = Readonly<Record<Work, Measured>>;

const stand = await startStand();
try {
  await run(stand);
} finally {
  await stand.stop();
}
process.exit();

async function run(bench: Stand): Promise<void> {
  progress('warming up');
  await round(bench);
  const rounds: Round[] = [];
  const steady: LoadSummary[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    progress(`round ${number} of ${ROUNDS}`);
    rounds.push(await round(bench));
    await bench.prepare(STEADY_PER_SECOND * STEADY_SECONDS);
    const summary = await bench.load(bench.edge, { connections: 16, secondsMax: STEADY_SECONDS, perSecond: STEADY_PER_SECOND });
    expectAll(summary, STATUS_OF.accepted);
    steady.push(summary);
  }
  report(rounds, steady);
}

async function round(bench: Stand): Promise<Round> {
  await bench.prepare(PREPARED, { amount: 'none' });
  const recorded = await measure(bench, 'recorded', bench.edge);
  await bench.prepare(PREPARED);
  return {
    recorded,
    verifier: await measure(bench, 'verifier', bench.verifier),
    accepted: await measure(bench, 'accepted', bench.edge),
    empty: await measure(bench, 'empty', bench.emptyWorker),
    object: await measure(bench, 'object', bench.emptyObject),
    forged: await measure(bench, 'forged', bench.edge),
  };
}

async function measure(bench: Stand, work: Work, server: Server): Promise<Measured> {
  const before = cpuSecondsOf(server.pid);
  // What is written down is a replay the second time, and cheaper; to the others every request is a new one.
  const repeat = work !== 'accepted' && work !== 'recorded';
  const summary = await bench.load(server, { connections: CONNECTIONS, secondsMax: ROUND_SECONDS, repeat, forged: work === 'forged' });
  expectAll(summary, STATUS_OF[work]);
  const cpuMs = ((cpuSecondsOf(server.pid) - before) * 1000) / summary.count;
  return { perSecond: summary.count / summary.seconds, cpuMs, p99: summary.p99 };
}

function expectAll({ count, statuses }: LoadSummary, status: number): void {
  if (statuses[status] !== count) throw new Error(`expected ${count} answers of ${status}, got ${JSON.stringify(statuses)}`);
}

function report(rounds: readonly Round[], steady: readonly LoadSummary[]): void {
  const figure = (name: string, value: number, unit: string, against: string | null = null, ratio: number | null = null): void =>
    printFigure({ name: `edge.${name}`, value, unit, against, ratio });
  const of = (work: Work, part: keyof Measured): number => median(rounds.map((one) => one[work][part]));
  const ratio = (part: (one: Round) => number): number => median(rounds.map(part));

  figure('verifier', of('verifier', 'perSecond'), 'messages/s whose two signatures a Node server verifies');
  figure('empty', of('empty', 'perSecond'), 'requests/s of a Worker that reads the body');
  figure('object', of('object', 'perSecond'), 'requests/s of a Worker that reads the body and asks an object which does nothing');
  const asVerifier = `verifier in Node, target ${TARGET_OF_VERIFIER}`;
  figure(
    'recorded',
    of('recorded', 'perSecond'),
    'messages/s verified, checked for replay and written down, one object',
    asVerifier,
    ratio(({ recorded, verifier }) => recorded.perSecond / verifier.perSecond),
  );
  figure(
    'recorded.of-object',
    of('recorded', 'perSecond'),
    'messages/s',
    'Worker and object that do nothing',
    ratio(({ recorded, object }) => recorded.perSecond / object.perSecond),
  );
  figure(
    'accepted',
    of('accepted', 'perSecond'),
    'messages/s that are told to the core as well, and their answers written down',
    asVerifier,
    ratio(({ accepted, verifier }) => accepted.perSecond / verifier.perSecond),
  );
  figure(
    'accepted.of-empty',
    of('accepted', 'perSecond'),
    'messages/s',
    'empty Worker',
    ratio(({ accepted, empty }) => accepted.perSecond / empty.perSecond),
  );
  figure('forged', of('forged', 'perSecond'), 'messages/s refused for their signature');
  for (const work of ['accepted', 'recorded', 'forged', 'verifier', 'empty', 'object'] as const) {
    figure(`cpu.${work}`, of(work, 'cpuMs'), 'CPU ms of the server per request');
  }
  const cheaper = ratio(({ accepted, forged }) => accepted.cpuMs / forged.cpuMs);
  figure('refusal', cheaper, 'refusals for the CPU of one acceptance', `target ${TARGET_REFUSAL}`, cheaper / TARGET_REFUSAL);
  figure('saturated.p99', of('accepted', 'p99'), `ms with ${CONNECTIONS} in flight`);
  figure('steady.p50', median(steady.map(({ p50 }) => p50)), `ms at ${STEADY_PER_SECOND}/s`);
  const p99 = median(steady.map((summary) => summary.p99));
  figure('steady.p99', p99, `ms at ${STEADY_PER_SECOND}/s`, `target ${TARGET_P99_MS}`, TARGET_P99_MS / p99);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLogger } from '../../kernel/runtime/logger.ts';
import { startPostgres } from '../../kernel/runtime/postgres/launcher.ts';
import { type Directory, openDirectory, stretch } from './alias/directory.ts';
import { measureThroughEdge } from './alias/through-edge.ts';
import { median, percentile, printFigure, progress } from './figure.ts';

// Look-ups of numbers: in the core, each charged durably to its bank and account, beside a bare indexed SELECT over the same pool; in a directory of a million
// numbers beside one of ten thousand; and through the edge, signed. What is compared is interleaved.

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const ROUND_SECONDS = 2;
const SMALL = 10_000;
const LARGE = 1_000_000;
const IN_FLIGHT = 256;
const AT_ONCE = { inFlight: IN_FLIGHT, seconds: ROUND_SECONDS };
/** For latencies: so few that nothing queues. */
const CALM = { inFlight: 8, seconds: ROUND_SECONDS };
const TARGET_OF_SELECT = 0.3;
const TARGET_P99 = 1.5;

const home = await mkdtemp(join(tmpdir(), 'dcm-bench-alias-'));
try {
  await inTheCore();
  await measureThroughEdge({ rounds: ROUNDS, seconds: ROUND_SECONDS });
} finally {
  await rm(home, { recursive: true, force: true });
}
process.exit();

async function inTheCore(): Promise<void> {
  const logger = createLogger({ level: 'error', name: 'postgres' });
  const postgres = await startPostgres({ dataDir: join(home, 'postgres'), port: 0, durable: true, logger });
  try {
    progress(`filling directories of ${SMALL} and ${LARGE} numbers`);
    const [small, large] = [await openDirectory(postgres.url, SMALL), await openDirectory(postgres.url, LARGE)];
    progress('warming up');
    for (const directory of [small, large]) await stretch(directory.lookUp, { inFlight: IN_FLIGHT, seconds: 1 });
    await speed(large);
    await latency(small, large);
    await small.close();
    await large.close();
  } finally {
    await postgres.stop();
  }
}

async function speed(directory: Directory): Promise<void> {
  const rounds: { readonly lookUp: number; readonly select: number; readonly queued: number }[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    progress(`look-up and SELECT, round ${number} of ${ROUNDS}`);
    const select = (await stretch(directory.bareSelect, AT_ONCE)).perSecond;
    const lookUp = (await stretch(directory.lookUp, AT_ONCE)).perSecond;
    const queued = (await stretch(directory.queuedSelect, AT_ONCE)).perSecond;
    rounds.push({ lookUp, select, queued });
  }
  const value = median(rounds.map(({ lookUp }) => lookUp));
  const unit = `look-ups/s, durable, bank and account charged, ${IN_FLIGHT} in flight`;
  for (const [name, what, of] of [
    ['core', 'bare indexed SELECT over the pool', (one: (typeof rounds)[number]) => one.select],
    ['core.queued', 'the same SELECT, many in one round trip', (one: (typeof rounds)[number]) => one.queued],
  ] as const) {
    const against = `${what}: ${median(rounds.map(of)).toFixed(0)}/s, target ${TARGET_OF_SELECT} of it`;
    printFigure({ name: `alias.${name}`, value, unit, against, ratio: median(rounds.map((one) => one.lookUp / of(one))) });
  }
}

async function latency(small: Directory, large: Directory): Promise<void> {
  const ofSmall: number[] = [];
  const ofLarge: number[] = [];
  for (let number = 1; number <= ROUNDS; number++) {
    progress(`directories, round ${number} of ${ROUNDS}`);
    ofSmall.push(...(await stretch(small.lookUp, CALM)).latencies);
    ofLarge.push(...(await stretch(large.lookUp, CALM)).latencies);
  }
  const [p99Small, p99Large] = [percentile(ofSmall, 0.99), percentile(ofLarge, 0.99)];
  printFigure({ name: 'alias.p99.10000', value: p99Small, unit: 'ms', against: null, ratio: null });
  printFigure({
    name: 'alias.p99.1000000',
    value: p99Large,
    unit: 'ms',
    against: `directory of ${SMALL} numbers, target within ${TARGET_P99} x`,
    ratio: p99Large / p99Small,
  });
}

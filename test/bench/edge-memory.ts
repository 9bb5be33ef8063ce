import { startStand } from './edge/stand.ts';
import { median, printFigure, progress } from './figure.ts';
import { memoryBytesOfTree } from './process-cpu.ts';

// Whether the memory of workerd stays bounded: accepted messages, one after the other, for as long as it takes. Loopback only.

const REQUESTS = Number(process.env['BENCH_REQUESTS'] ?? 200_000);
const BATCH = 5_000;
const CONNECTIONS = 32;
const BATCH_SECONDS_MAX = 240;
/** Samples that make the beginning, the middle and the end. */
const SHARE = 0.1;

const stand = await startStand();
const samples: number[] = [];
try {
  for (let sent = 0; sent < REQUESTS;) {
    await stand.prepare(Math.min(BATCH, REQUESTS - sent));
    const { count, statuses } = await stand.load(stand.edge, { connections: CONNECTIONS, secondsMax: BATCH_SECONDS_MAX });
    const acknowledged = (statuses[200] ?? 0) + (statuses[202] ?? 0);
    if (acknowledged !== count) throw new Error(`expected ${count} acknowledgements, got ${JSON.stringify(statuses)}`);
    sent += count;
    samples.push(memoryBytesOfTree(stand.edge.pid) / 1e6);
    progress(`${sent} messages, ${samples.at(-1)?.toFixed(0)} MB`);
  }
  report();
} finally {
  await stand.stop();
}
process.exit();

function report(): void {
  const length = Math.max(1, Math.floor(samples.length * SHARE));
  const from = (start: number): number => median(samples.slice(start, start + length));
  const [start, middle, end] = [from(0), from(Math.floor((samples.length - length) / 2)), from(samples.length - length)];
  const figure = (name: string, value: number, against: string | null = null, ratio: number | null = null): void =>
    printFigure({ name: `edge.memory.${name}`, value, unit: `MB of workerd, ${REQUESTS} messages in all`, against, ratio });
  figure('start', start);
  figure('middle', middle);
  figure('end', end, 'middle', end / middle);
  figure('most', Math.max(...samples));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

// `npm run bench [-- name …]`: the performance suite. One JSON line per figure on standard output, what happens meanwhile on standard error.

const BENCHMARKS = ['payments', 'federated-query', 'streams', 'edge', 'registers', 'alias', 'p2p', 'web', 'console'] as const;
/** Those that take so long that somebody must ask for them. */
const LONG_BENCHMARKS = ['edge-memory'] as const;

const asked = process.argv.slice(2);
const known: readonly string[] = [...BENCHMARKS, ...LONG_BENCHMARKS];
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  process.exit(2);
}

for (const name of asked.length === 0 ? BENCHMARKS : known.filter((one) => asked.includes(one))) {
  // A process each, so that one benchmark's heap and sockets are not another's.
  const child = spawn(process.execPath, [join(import.meta.dirname, `../test/bench/${name}.ts`)], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null]; // the documented arguments of the event
  if (code !== 0) process.exitCode = 1;
}

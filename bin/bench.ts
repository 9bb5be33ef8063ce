import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

// `npm run bench [-- name …]`: the performance suite. One JSON line per figure on standard output, what happens meanwhile on standard error.

const BENCHMARKS = ['payments', 'federated-query'] as const;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !BENCHMARKS.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there are: ${BENCHMARKS.join(', ')}`);
  process.exit(2);
}

for (const name of BENCHMARKS.filter((known) => asked.length === 0 || asked.includes(known))) {
  // A process each, so that one benchmark's heap and sockets are not another's.
  const child = spawn(process.execPath, [join(import.meta.dirname, `../test/bench/${name}.ts`)], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null]; // the documented arguments of the event
  if (code !== 0) process.exitCode = 1;
}

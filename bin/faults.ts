import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

// `npm run faults [-- --seconds N --seed S name …]`: kills, mutations and whatever else can go on for ever, further than `npm test` goes.
// A test file takes part by asking test/support/fault-run.ts how far to go; a name takes only files whose path contains it.

const ROOT = resolve(import.meta.dirname, '..');
const ASKS_HOW_FAR = /from '[./]*support\/fault-run\.ts'/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, seed: { type: 'string', default: String(randomInt(2 ** 31)) } },
});

const names = (await readdir(join(ROOT, 'test'), { recursive: true })).filter((name) => name.endsWith('.test.ts')).toSorted();
const files: string[] = [];
for (const name of names) {
  const asked = positionals.length === 0 || positionals.some((part) => name.includes(part));
  if (asked && ASKS_HOW_FAR.test(await readFile(join(ROOT, 'test', name), 'utf8'))) files.push(join('test', name));
}
if (files.length === 0) {
  console.error(`no test of faults has ${positionals.join(' or ')} in its path`);
  process.exit(2);
}

console.log(`seed ${values.seed}; ${files.join(', ')}`);
// One file after the other: each of them wants the machine for its own load.
const child = spawn(
  process.execPath,
  [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'node', '--no-file-parallelism', ...files],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      FAULTS: 'long',
      FAULTS_SEED: values.seed,
      ...(values.seconds === undefined ? {} : { FAULTS_SECONDS: values.seconds }),
    },
  },
);
const [code] = (await once(child, 'exit')) as [number | null]; // the documented arguments of the event
console.log(
  code === 0
    ? `no invariant was violated (seed ${values.seed})`
    : `VIOLATED: see above; npm run faults -- --seed ${values.seed} repeats it`,
);
process.exitCode = code === 0 ? 0 : 1;

import { text } from 'node:stream/consumers';

import { runDcm } from './dcm/run.ts';

// `dcm`: the tool of a bank's or a merchant's engineer. bin/dcm.mjs starts it under a Node that can.

process.exitCode = await runDcm(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
  now: () => new Date(),
  fetch: (url, init) => fetch(url, init),
  readInput: () => text(process.stdin),
});

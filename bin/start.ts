import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { builtConsole } from './build-console.ts';
import { readHubConfig } from './config.ts';
import { startHub, type RunningHub } from './hub.ts';

const startedAt = performance.now();
const hub = await start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

let stopping = false;
const stop = async (signal: string): Promise<void> => {
  if (stopping) return;
  stopping = true;
  console.log(`\n${signal}: stopping`);
  await hub.stop();
  process.exit(0);
};
process.on('SIGINT', () => void stop('Ctrl-C'));
process.on('SIGTERM', () => void stop('SIGTERM'));

const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const { addresses } = hub;
// What somebody opens first stands first.
const forNewcomers =
  addresses.sandbox === null
    ? ''
    : `
  sandbox   ${addresses.sandbox}/  Open this first: shops, apps of banks, faults, time, the guide (/docs/) and the mailbox.`;
const next =
  addresses.sandbox === null
    ? ''
    : `\nKeys and credentials of its banks and shops: ${join(hub.home, 'sandbox.json')}. In another terminal: npm run demo`;
console.log(`The hub runs (started in ${seconds} s, state in ${hub.home}). Stop it with Ctrl-C.${forNewcomers}
  console   ${addresses.console}  What staff of the hub, of banks and of merchants look at.
  GraphQL   ${addresses.gateway}  Merchants, banks and tools ask here and subscribe to every change.
  edge      ${addresses.edge}  Banks send their signed messages here, and customers pay on its pages.${next}`);
console.log(`ready ${JSON.stringify(hub.addresses.sandbox === null ? hub.addresses : await sandboxAddresses(hub.home))}`);

/** The console is built while Postgres and the core come up, when its sources are not those of the last time. */
async function start(): Promise<RunningHub> {
  const config = readHubConfig(process.env);
  const [hub] = await Promise.all([startHub(config, process.env), builtConsole().catch(sayWithoutConsole)]);
  return hub;
}

/** Money goes on without screens. */
function sayWithoutConsole(error: unknown): void {
  console.error(`the console cannot be built: ${error instanceof Error ? error.message : String(error)}`);
}

/** The addresses part of sandbox.json: one line that scripts may parse, without the keys. */
async function sandboxAddresses(home: string): Promise<Record<string, unknown>> {
  const file = JSON.parse(await readFile(join(home, 'sandbox.json'), 'utf8')) as Record<string, unknown>; // written by hub.ts a moment ago
  return { gateway: file['gateway'], edge: file['edge'], console: file['console'], sandbox: file['sandbox'], home };
}

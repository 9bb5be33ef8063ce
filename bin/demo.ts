import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { readHubConfig } from './config.ts';
import { SETTLEMENT_DAY, showSettlementDay } from './demo/settlement-day.ts';
import { showPayment, type ShownPayment } from './demo/show-payment.ts';
import { RETURN, showReturn } from './demo/show-return.ts';
import { showTransfer, TRANSFERS } from './demo/show-transfer.ts';
import { readSandboxFile, type SandboxFile } from './demo/sandbox-file.ts';
import { withOwnHub } from './own-hub.ts';

// `npm run demo`: one e-commerce payment through the real protocol, or with `-- p2p-phone | p2p-unknown-phone | p2p-link` a transfer between people, with
// `-- return` a payment that is given back in part, or with `-- settlement-day` a day of payments, its registers and their settlement; against the running hub or a short-lived one of its own.

process.exitCode = await demo().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});

async function demo(): Promise<number> {
  const config = readHubConfig(process.env);
  const running = await runningSandbox(join(resolve(config.DCM_HOME), 'sandbox.json'));
  if (running) return await show(running, 'the running hub');
  console.log('No hub is running here: starting a short-lived one.');
  return await withOwnHub(config, (sandbox) => show(sandbox, 'a hub of its own'));
}

async function show(sandbox: SandboxFile, where: string): Promise<number> {
  if (process.argv[2] === SETTLEMENT_DAY) {
    console.log(`A day of settlement through ${where}: GraphQL ${sandbox.gateway}, edge ${sandbox.edge}\n`);
    return (await showSettlementDay(sandbox, (line) => console.log(line))) ? 0 : 1;
  }
  console.log(`One payment through ${where}: GraphQL ${sandbox.gateway}, edge ${sandbox.edge}\n`);
  const { status, missing } = await shown(sandbox, (line) => console.log(line));
  if (missing.length > 0) console.error(`never seen: ${missing.join(', ')}`);
  return status === 'SUCCESS' && missing.length === 0 ? 0 : 1;
}

/** What the command line asks for: an order of a merchant, unless it names something else. */
function shown(sandbox: SandboxFile, print: (line: string) => void): Promise<ShownPayment> {
  const [name] = process.argv.slice(2);
  const transfer = TRANSFERS.find((candidate) => candidate === name);
  if (transfer) return showTransfer(sandbox, transfer, print);
  if (name === RETURN) return showReturn(sandbox, print);
  if (name !== undefined)
    throw new Error(
      `there is no demo ${name}: it is one of ${[...TRANSFERS, RETURN, SETTLEMENT_DAY].join(', ')}, or nothing for an order of a merchant`,
    );
  return showPayment(sandbox, print);
}

/** The sandbox of a hub that answers, or null. */
async function runningSandbox(file: string): Promise<SandboxFile | null> {
  try {
    await readFile(file);
    const sandbox = await readSandboxFile(file);
    const response = await fetch(new URL('/livez', sandbox.gateway), { signal: AbortSignal.timeout(2_000) });
    return response.ok ? sandbox : null;
  } catch {
    return null; // no file, or nobody answers: then the demo starts its own hub
  }
}

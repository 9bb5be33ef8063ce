import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { HubConfig } from './config.ts';
import { readSandboxFile, type SandboxFile } from './demo/sandbox-file.ts';
import { startHub } from './hub.ts';

/** Runs work against a hub with its sandbox that lives as long as the work does, on free ports and a state folder of its own. */
export async function withOwnHub<T>(config: HubConfig, work: (sandbox: SandboxFile) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'dcm-own-hub-'));
  const hub = await startHub(
    { ...config, DCM_HOME: home, GATEWAY_PORT: 0, EDGE_PORT: 0, SANDBOX_PORT: 0, INTERNAL_PORT: 0, SANDBOX: 'on' },
    process.env,
  );
  const stop = (): void => void hub.stop().then(() => process.exit(130));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await work(await readSandboxFile(join(home, 'sandbox.json')));
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    await hub.stop();
    await rm(home, { recursive: true, force: true });
  }
}

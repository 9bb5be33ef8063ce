import { open, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes this process the only one that runs a hub on a state folder, and returns what gives it back. A lock left by a process that
 * is gone is taken over. Throws with what to do when another hub is running there.
 */
export async function takeHome(home: string): Promise<() => Promise<void>> {
  const file = join(home, 'hub.pid');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (isRunning(holder)) {
        throw new Error(
          `a hub is already running on ${home} (process ${holder}): use it, stop it with Ctrl-C, or set DCM_HOME to another folder and the ports to 0`,
          { cause: error },
        );
      }
      await rm(file, { force: true });
    }
  }
  throw new Error(`could not take ${file}: another hub is starting on the same folder at this moment`);
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // Process ids are used again: on Linux make sure that it is a program of ours.
    return /node/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return true;
  }
}

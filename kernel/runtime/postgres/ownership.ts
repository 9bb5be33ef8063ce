import { open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

import { startOf } from './process-identity.ts';

const OWNER_FILE = 'owner.json';
const TAKE_ATTEMPTS_MAX = 5;
const ownerSchema = z.object({ pid: z.number().int(), startedAt: z.string() });

/** A running process already has this database server. */
export class PostgresInUseError extends Error {
  override readonly name = 'PostgresInUseError';
}

/**
 * Notes in the folder which process runs the server, and returns what gives it back. The note of a process that has ended is taken
 * over, so a kill -9 blocks nobody. Throws PostgresInUseError while the other process runs.
 */
export async function takeOwnership(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, OWNER_FILE);
  const note = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) ?? '' });
  for (let attempt = 0; attempt < TAKE_ATTEMPTS_MAX; attempt++) {
    const handle = await open(file, 'wx').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
      throw error;
    });
    if (handle) {
      await handle.writeFile(note);
      await handle.close();
      return () => rm(file, { force: true });
    }
    const owner = readOwner(await readFile(file, 'utf8').catch(() => ''));
    if (owner && startOf(owner.pid) === owner.startedAt)
      throw new PostgresInUseError(`process ${owner.pid} already runs the database in ${folder}`);
    await rm(file, { force: true });
  }
  throw new PostgresInUseError(`another process is taking the database in ${folder} at this moment`);
}

function readOwner(text: string): z.output<typeof ownerSchema> | null {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return null; // Its writer was killed in the middle: nobody owns the folder.
  }
}

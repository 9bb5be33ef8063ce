import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** The user that the Postgres processes run as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: Account = { uid: 65_534, gid: 65_534 };

/**
 * Postgres refuses to run as root. When this process is root, that is the owner of an existing data directory, else `nobody`;
 * null means: as whoever runs this process.
 */
export async function postgresAccount(dataDirectory: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(dataDirectory).catch(() => null); // Not there yet on the first start.
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => ''); // Some images have none; the usual ids work without it.
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd);
  return entry ? { uid: Number(entry[1]), gid: Number(entry[2]) } : NOBODY;
}

/** True when the account may reach `target`: every folder above it lets that user through. A null account reaches what we reach. */
export async function mayReach(account: Account | null, target: string): Promise<boolean> {
  if (!account) return true;
  for (let folder = path.dirname(path.resolve(target)); ; folder = path.dirname(folder)) {
    const facts = await stat(folder);
    const bit = facts.uid === account.uid ? 0o100 : facts.gid === account.gid ? 0o010 : 0o001;
    if ((facts.mode & bit) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

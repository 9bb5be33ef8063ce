import { chmod, chown, mkdir, mkdtemp, readlink, realpath, stat, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

import type { Logger } from '../logger.ts';
import { mayReach, postgresAccount, type Account } from './run-as.ts';

/** The folder of one database server: the cluster below it, and around it what is ours (log, owner note, copied programs). */
export interface PostgresHome {
  readonly folder: string;
  /** PGDATA, owned by the account. */
  readonly cluster: string;
  readonly account: Account | null;
}

const LINK = 'home';
/** Where the data goes when the wanted folder cannot be reached: folders that survive a restart of the machine. */
const SYSTEM_FOLDERS = ['/var/lib', '/var/tmp'] as const;

/**
 * Makes and finds the folder. As root, Postgres runs as another user, who must be able to reach the folder. Where the wanted folder or
 * the one above it (the hub's state) is private to root, that user's group, and nobody else, is let through. Where a folder further up
 * is private, such as root's own home, that is not ours to change: the data lives in a system folder, and a symbolic link `home`
 * in the wanted folder leads there.
 */
export async function preparePostgresHome(
  wanted: string,
  logger: Logger,
  systemFolders: readonly string[] = SYSTEM_FOLDERS,
): Promise<PostgresHome> {
  await makeFolder(wanted);
  const asked = await realpath(wanted);
  const own = await homeIn(asked);
  if (await mayReach(own.account, own.cluster)) return own;
  if (own.account && (await letThrough(own.account, own.cluster, [asked, path.dirname(asked)]))) return own;
  const linked = await readlink(path.join(asked, LINK)).catch(() => null); // No link yet.
  if (linked !== null) return homeIn(linked);
  const moved = await makeReachableFolder(own.account, systemFolders);
  await symlink(moved, path.join(asked, LINK));
  logger.warn({ wanted: asked, folder: moved }, 'the wanted folder is private to root; the database lives in a system folder instead');
  return homeIn(moved);
}

/** Gives the account its folder, readable by nobody else. */
export async function makeClusterFolder(folder: string, account: Account | null): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account) await chown(folder, account.uid, account.gid);
  await chmod(folder, 0o700);
}

async function homeIn(folder: string): Promise<PostgresHome> {
  const cluster = path.join(folder, 'cluster');
  return { folder, cluster, account: await postgresAccount(cluster) };
}

/** The folders we make let others through but not read, whatever the umask; folders that were there stay as they are. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = path.resolve(folder); made.length >= path.resolve(first).length; made = path.dirname(made)) await chmod(made, 0o711);
}

/** Gives the account's group a way through the folders that are root's alone. False, and nothing changed, when that is not enough. */
async function letThrough(account: Account, target: string, folders: readonly string[]): Promise<boolean> {
  const opened: { folder: string; mode: number; gid: number }[] = [];
  for (const folder of folders) {
    const { uid, gid, mode } = await stat(folder);
    if (uid !== 0 || (mode & 0o077) !== 0 || folder === homedir()) continue;
    opened.push({ folder, mode, gid });
    await chown(folder, uid, account.gid);
    await chmod(folder, 0o710);
  }
  if (await mayReach(account, target)) return true;
  for (const { folder, mode, gid } of opened) {
    await chmod(folder, mode);
    await chown(folder, 0, gid);
  }
  return false;
}

async function makeReachableFolder(account: Account | null, systemFolders: readonly string[]): Promise<string> {
  for (const parent of systemFolders) {
    const folder = await mkdtemp(path.join(parent, 'dcm-postgres-')).catch(() => null); // Read-only or missing: try the next.
    if (folder === null) continue;
    await chmod(folder, 0o711);
    if (await mayReach(account, path.join(folder, 'cluster'))) return folder;
  }
  throw new Error('no folder is within reach of the user that runs the database; choose one, or name a database with DATABASE_URL');
}

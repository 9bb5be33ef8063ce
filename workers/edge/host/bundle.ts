import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { offlineWranglerEnvironment } from './config.ts';
import { settingsSchema, type WorkerSettings } from './worker-settings.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const CACHE = path.join(ROOT, 'node_modules/.cache/dcm-edge');
const WRANGLER = path.join(path.dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin/wrangler.js');
const SETTINGS_WRITER = path.join(import.meta.dirname, 'write-settings.ts');
const BUILDS_KEPT = 4;
/** A draft older than this belongs to nobody. Milliseconds. */
const DRAFT_AGE_MAX_MS = 600_000;

/** What the bundle is made of: everything that the Worker may import, and what decides how it is bundled. */
const SOURCES = ['workers/edge', 'protocol', 'kernel/core', 'schema', 'web/checkout', 'wrangler.toml', 'package-lock.json'];
const NOT_IN_THE_BUNDLE = ['workers/edge/host', 'workers/edge/worker-configuration.d.ts'];

export interface WorkerBundle {
  /** The module to run. Held in memory, so that a restart of workerd does not depend on the cache. */
  readonly code: string;
  readonly settings: WorkerSettings;
}

/**
 * The Worker as `wrangler deploy` would upload it, with its settings. Built by `wrangler deploy --dry-run` when a source has changed
 * (about two seconds, offline), else taken from node_modules/.cache. Safe when several processes ask at once.
 */
export async function workerBundle(): Promise<WorkerBundle> {
  const folder = path.join(CACHE, await contentHash());
  if (!existsSync(path.join(folder, 'settings.json'))) await build(folder);
  const [code, settings] = await Promise.all(['worker.js', 'settings.json'].map((file) => readFile(path.join(folder, file), 'utf8')));
  return { code: z.string().parse(code), settings: settingsSchema.parse(JSON.parse(settings ?? '')) };
}

async function build(folder: string): Promise<void> {
  // Built beside its place and moved there whole, so that nobody ever sees half a build.
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  try {
    // In processes of their own: wrangler is a hundred megabytes that the host would keep for the rest of its life.
    await Promise.all([
      run('wrangler deploy', WRANGLER, ['deploy', '--dry-run', '--env', '', '--outdir', draft]),
      run('reading wrangler.toml', SETTINGS_WRITER, [path.join(draft, 'settings.json')]),
    ]);
    await rename(draft, folder);
    await forgetOldBuilds();
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have moved the same build there first; then its result is as good as ours.
    if (!existsSync(path.join(folder, 'settings.json'))) throw error;
  }
}

async function run(what: string, file: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    env: offlineWranglerEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${what} failed:\n${output.join('')}`);
}

async function contentHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await Promise.all(SOURCES.map(filesUnder))).flat().sort()) {
    hash.update(`${file}\0`).update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 24);
}

async function filesUnder(source: string): Promise<string[]> {
  if (path.extname(source) !== '') return [source];
  const entries = await readdir(path.join(ROOT, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !NOT_IN_THE_BUNDLE.some((part) => file.startsWith(part)));
}

/** Removes all but the newest builds, and drafts that a killed process left. Nobody reads a build's files after its first moment. */
async function forgetOldBuilds(): Promise<void> {
  const builds = await Promise.all(
    (await readdir(CACHE)).map(async (name) => {
      const folder = path.join(CACHE, name);
      // Gone already: another process is tidying up as well.
      return { folder, draft: name.includes('.'), builtAt: (await stat(folder).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const old = builds
    .filter((one) => !one.draft)
    .toSorted((a, b) => b.builtAt - a.builtAt)
    .slice(BUILDS_KEPT);
  const abandoned = builds.filter((one) => one.draft && one.builtAt < Date.now() - DRAFT_AGE_MAX_MS);
  await Promise.all([...old, ...abandoned].map((one) => rm(one.folder, { recursive: true, force: true })));
}

import { createHash } from 'node:crypto';
import { glob, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

import { build } from 'vite';

// The console's files as the gateway serves them. They are not committed: building takes a few seconds and happens when a source has changed.

const ROOT = path.resolve(import.meta.dirname, '..');
const CONSOLE = path.join(ROOT, 'web/console');
const BUILT = path.join(CONSOLE, 'dist');
/** In the built folder: the hash of what it was built from. */
const MARK = 'built-from';
const SOURCES = [
  'web/console/**/*',
  'web/client/**/*',
  'protocol/**/*.ts',
  'kernel/core/**/*.ts',
  'schema/**/*.ts',
  'bin/build-console.ts',
  'package-lock.json',
];
const compress = promisify(brotliCompress);
const COMPRESSIBLE = /\.(?:js|css|html)$/;
/** Better ones take seconds for a few per cent. */
const BROTLI_QUALITY = 6;

/** Builds the console unless what stands in its folder was built from the same sources. Gives the folder; any number may build at once. */
export async function builtConsole(): Promise<string> {
  const sources = await hashOfSources();
  const built = await readFile(path.join(BUILT, MARK), 'utf8').catch(() => null);
  if (built === sources) return BUILT;
  // Elsewhere first: whoever looks meanwhile sees the old files or the new ones, never half of them.
  const folder = await mkdtemp(path.join(CONSOLE, 'dist-'));
  try {
    await buildInto(folder);
    await writeFile(path.join(folder, MARK), sources);
    await putInPlace(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return BUILT;
}

async function buildInto(outDir: string): Promise<void> {
  await build({
    root: CONSOLE,
    base: '/console/',
    configFile: false,
    logLevel: 'error',
    // Whatever NODE_ENV says where it is built: React's development build takes four times the time of a browser.
    define: { 'process.env.NODE_ENV': '"production"' },
    oxc: { jsx: { runtime: 'automatic', importSource: 'react', development: false } },
    // Small fonts inside the style sheet would be data: addresses, which the content security policy refuses.
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
  for await (const name of glob('**/*', { cwd: outDir })) {
    if (!COMPRESSIBLE.test(name)) continue;
    const file = path.join(outDir, name);
    const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
    await writeFile(`${file}.br`, await compress(await readFile(file), { params }));
  }
}

async function putInPlace(folder: string): Promise<void> {
  const old = `${folder}-old`;
  await rename(BUILT, old).catch(() => undefined); // The first time there is none.
  // Somebody else who built the same was quicker: theirs is as good.
  await rename(folder, BUILT).catch(() => undefined);
  await rm(old, { recursive: true, force: true });
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const names = await Array.fromAsync(glob(SOURCES, { cwd: ROOT, exclude: (name) => name.startsWith('dist') }));
  for (const name of names.toSorted()) {
    const file = path.join(ROOT, name);
    if (!(await stat(file)).isFile()) continue;
    hash
      .update(`${name}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

if (import.meta.main) console.log(`The console stands in ${await builtConsole()}`);

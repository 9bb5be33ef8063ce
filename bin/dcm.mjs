#!/usr/bin/env node
// `dcm` for whatever Node the machine has. This file is plain JavaScript for Node 20; everything behind it is TypeScript for Node 24,
// which `npm ci` has installed beside it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  runTypeScriptOfPackages();
  nodeModule.enableCompileCache();
  await import('./dcm.ts');
} else {
  const node = installedNode();
  if (node === null) {
    process.stderr.write(
      `dcm needs Node ${NODE_MAJOR_MIN}; this is ${process.version}, and no newer one came with the package for ${process.platform} ${process.arch}.\n` +
        `Run "npm ci" in the folder of the package, or install Node ${NODE_MAJOR_MIN}.\n`,
    );
    process.exit(3);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 3));
}

/** The Node that is an optional dependency of this package, or null where there is none for this platform. */
function installedNode() {
  try {
    const manifest = nodeModule.createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`);
    const node = path.join(path.dirname(manifest), 'bin/node');
    return existsSync(node) ? node : null;
  } catch {
    return null; // Not installed.
  }
}

/** Node strips types of every file but those of installed packages; where this package is one itself, that is done here. */
function runTypeScriptOfPackages() {
  if (!import.meta.url.includes('/node_modules/')) return;
  // Node calls the function below experimental, on standard error, at every start; whoever calls dcm can do nothing about it.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('stripTypeScriptTypes')) emitWarning(warning, ...rest);
  };
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
      const source = nodeModule.stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', shortCircuit: true, source };
    },
  });
}

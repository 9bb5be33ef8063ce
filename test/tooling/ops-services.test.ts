import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { format } from 'prettier';
import { describe, expect, test } from 'vitest';

import { readCoreConfig } from '../../gateway/config.ts';
import { readEdgeHostConfig } from '../../workers/edge/host/config.ts';

// The examples of ops/ for systemd and compose, against what the processes read.

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const COMPOSE = read('ops/compose/compose.yaml');

type Variables = Readonly<Record<string, string>>;

function variablesOfFile(file: string): Variables {
  return Object.fromEntries([...read(file).matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** What compose gives a service when its own environment says nothing. */
function variablesOfService(name: string): Variables {
  const service = new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(COMPOSE)?.[1] ?? '';
  const environment = /^    environment:\n((?: {6}.*\n)+)/m.exec(service)?.[1] ?? '';
  const value = (text: string) =>
    text
      .replace(/^'(.*)'$/, '$1')
      .replaceAll(/\$\{\w+:-(.*?)\}/g, '$1')
      .replaceAll(/\$\{\w+:\?.*?\}/g, 'secret');
  return Object.fromEntries(
    [...environment.matchAll(/^ {6}(\w+): (.*)$/gm)].map(([, variable = '', text = '']) => [variable, value(text)]),
  );
}

/** Of the runtime and the C library; the hub does not read them. */
const NOT_OURS = new Set(['NODE_ENV', 'MALLOC_MMAP_THRESHOLD_']);
const CORE_READS = ['gateway/config.ts', 'kernel/runtime/config.ts', 'kernel/mail/mail-settings.ts'];
const EDGE_READS = ['workers/edge/host/config.ts', 'kernel/runtime/config.ts'];

const PROCESSES = [
  { name: 'core by systemd', variables: variablesOfFile('ops/systemd/core.env'), config: readCoreConfig, sources: CORE_READS },
  { name: 'edge by systemd', variables: variablesOfFile('ops/systemd/edge.env'), config: readEdgeHostConfig, sources: EDGE_READS },
  { name: 'core by compose', variables: variablesOfService('core'), config: readCoreConfig, sources: CORE_READS },
  { name: 'edge by compose', variables: variablesOfService('edge'), config: readEdgeHostConfig, sources: EDGE_READS },
];

describe.each(PROCESSES)('the $name', ({ variables, config, sources }) => {
  test('has variables that are read, and no other', () => {
    const declared = sources.map(read).join('\n');
    const unknown = Object.keys(variables).filter((name) => !NOT_OURS.has(name) && !new RegExp(`^\\s+${name}: `, 'm').test(declared));
    expect(Object.keys(variables).length).toBeGreaterThan(8);
    expect(unknown).toEqual([]);
  });

  test('starts with them', () => {
    expect(() => config({ ...variables })).not.toThrow();
  });
});

test.each([
  ['systemd', variablesOfFile('ops/systemd/core.env'), variablesOfFile('ops/systemd/edge.env'), 'http://127.0.0.1'],
  ['compose', variablesOfService('core'), variablesOfService('edge'), 'http://core'],
])('by %s the edge finds the core and its secrets', (_by, core, edge, host) => {
  expect(edge['CORE_URL']).toBe(`${host}:${core['INTERNAL_PORT']}`);
  expect(edge['DCM_SECRETS']).toBe(core['DCM_SECRETS']);
  expect(edge['EDGE_PUBLIC_URL']).toBe(core['EDGE_PUBLIC_URL']);
});

const UNITS = ['dcm-core.service', 'dcm-edge.service'];

test('what units and services start is there', () => {
  const started = [
    ...UNITS.flatMap((unit) => [...read(`ops/systemd/${unit}`).matchAll(/^ExecStart=\S+ (\S+)$/gm)]),
    ...COMPOSE.matchAll(/command: \[node, (\S+)\]/g),
  ].map(([, file = '']) => file);
  expect(started).toHaveLength(4);
  expect(started.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});

test('compose.yaml is YAML', async () => {
  await expect(format(COMPOSE, { parser: 'yaml' })).resolves.toContain('services:');
});

const ANALYZE = '/usr/bin/systemd-analyze';
test.skipIf(!existsSync(ANALYZE))('systemd finds nothing wrong with the units', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hub-units-'));
  try {
    // As if this checkout were where they say that the hub is.
    const units = UNITS.map((unit) => {
      const file = path.join(folder, unit);
      writeFileSync(file, read(`ops/systemd/${unit}`).replaceAll('/opt/dcm-hub', ROOT));
      return file;
    });
    expect(() => execFileSync(ANALYZE, ['verify', '--man=no', ...units], { stdio: 'pipe', encoding: 'utf8' })).not.toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

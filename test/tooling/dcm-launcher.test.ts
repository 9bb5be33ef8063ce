import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const LAUNCHER = join(ROOT, 'bin/dcm.mjs');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dcm-launcher-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } }, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** Makes this Node say that it is another one, for the launcher alone: what it starts is a Node without this. */
function disguised(facts: Readonly<Record<'version' | 'platform', string>>): string[] {
  const script = `
    Object.defineProperty(process.versions, 'node', { value: '${facts.version}' });
    Object.defineProperty(process, 'platform', { value: '${facts.platform}' });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

describe('bin/dcm.mjs', () => {
  test('is the bin of the package, and may be executed', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { bin: unknown };
    expect(manifest.bin).toEqual({ dcm: 'bin/dcm.mjs' });
    expect((await stat(LAUNCHER)).mode & 0o111).toBe(0o111);
  });

  test('runs under Node 24', async () => {
    expect(await run([LAUNCHER, '--help'])).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Usage: dcm') });
  });

  test.runIf(process.platform === 'linux')('goes over to the Node of the package when the machine has Node 20', async () => {
    const old = disguised({ version: '20.20.2', platform: process.platform });
    expect(await run([...old, LAUNCHER, '--help'])).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Usage: dcm') });
    expect(await run([...old, LAUNCHER, 'fly'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('says what to do where no Node came with the package', async () => {
    const ended = await run([...disguised({ version: '20.20.2', platform: 'sunos' }), LAUNCHER, '--help']);
    expect(ended).toMatchObject({ code: 3, stdout: '' });
    expect(ended.stderr).toContain('install Node 24');
  });

  test('runs where it is installed as a package, and brings a key and a signature about', async () => {
    const installed = join(folder, 'node_modules/dcm-hub');
    await mkdir(installed, { recursive: true });
    for (const part of ['bin', 'protocol', 'kernel/core', 'package.json'])
      await cp(join(ROOT, part), join(installed, part), { recursive: true });
    await symlink(join(ROOT, 'node_modules/zod'), join(folder, 'node_modules/zod'));
    const launcher = join(installed, 'bin/dcm.mjs');
    const made = await run([launcher, 'keys', 'new', '--out', 'sign.key.json']);
    expect(made.code).toBe(0);
    expect((await stat(join(folder, 'sign.key.json'))).mode & 0o777).toBe(0o600);
    const signed = await run([launcher, 'sign', '--for', 'GET https://hub.example/', '--key', 'sign.key.json']);
    expect(signed.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(signed.stderr).toBe('');
  });
});

import { chmod, chown, mkdir, mkdtemp, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { findBinaries } from '../../../kernel/runtime/postgres/binaries.ts';
import { preparePostgresHome, type PostgresHome } from '../../../kernel/runtime/postgres/home.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const logger = pino({ level: 'silent' });

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'dcm-home-')));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the folder of the server', () => {
  test('is the wanted one, and let through whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      const home = await preparePostgresHome(path.join(folder, 'deep', 'postgres'), logger, []);
      expect(home.folder).toBe(path.join(folder, 'deep', 'postgres'));
    } finally {
      process.umask(before);
    }
    for (const made of ['deep', 'deep/postgres']) expect((await stat(path.join(folder, made))).mode & 0o777).toBe(0o711);
  });

  test.runIf(isRoot)('is the wanted one in a state folder that is private to root: the group of the database is let through', async () => {
    const state = path.join(folder, 'state');
    await mkdir(state, { mode: 0o700 });
    expect((await preparePostgresHome(path.join(state, 'postgres'), logger, [])).folder).toBe(path.join(state, 'postgres'));
    const { uid, gid, mode } = await stat(state);
    expect([uid, gid, mode & 0o777]).toEqual([0, NOBODY.gid, 0o710]);
  });

  test.runIf(isRoot)('is a linked one below a private folder that is not ours to change, the same at every start', async () => {
    const state = path.join(folder, 'private', 'state');
    const system = path.join(folder, 'system');
    await mkdir(path.dirname(state), { mode: 0o700 });
    await mkdir(state, { mode: 0o700 });
    await mkdir(system);

    const home = await preparePostgresHome(path.join(state, 'postgres'), logger, [path.join(folder, 'missing'), system]);

    expect(path.dirname(home.folder)).toBe(system);
    expect(await readlink(path.join(state, 'postgres', 'home'))).toBe(home.folder);
    expect(await preparePostgresHome(path.join(state, 'postgres'), logger, [system])).toEqual(home);
    for (const untouched of [path.dirname(state), state]) {
      const { gid, mode } = await stat(untouched);
      expect([gid, mode & 0o777]).toEqual([0, 0o700]);
    }
  });

  test.runIf(isRoot)('cannot be found when no system folder can be reached either', async () => {
    const state = path.join(folder, 'private', 'state');
    await mkdir(path.dirname(state), { mode: 0o700 });
    await mkdir(state);
    await expect(preparePostgresHome(path.join(state, 'postgres'), logger, [state])).rejects.toThrow('no folder is within reach');
  });

  test.runIf(isRoot)('an existing cluster keeps its owner', async () => {
    await mkdir(path.join(folder, 'cluster'));
    await chown(path.join(folder, 'cluster'), 1234, 5678);
    expect((await preparePostgresHome(folder, logger, [])).account).toEqual({ uid: 1234, gid: 5678 });
  });
});

describe('the programs', () => {
  let home: PostgresHome;
  let installed = '';

  beforeEach(async () => {
    home = { folder: path.join(folder, 'home'), cluster: path.join(folder, 'home', 'cluster'), account: isRoot ? NOBODY : null };
    installed = path.join(folder, 'modules', 'package');
    await mkdir(home.folder);
    await mkdir(path.join(installed, 'native', 'bin'), { recursive: true });
    await mkdir(path.join(installed, 'native', 'lib'));
    await writeFile(path.join(installed, 'package.json'), '{"version":"18.4.0"}');
    await writeFile(path.join(installed, 'native', 'bin', 'postgres'), 'program');
    await writeFile(path.join(installed, 'native', 'lib', 'libpq.so.5.18'), 'library');
    const links = [
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' },
    ];
    await writeFile(path.join(installed, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  });

  test('are used where npm put them, with the links that an install without scripts leaves out', async () => {
    const { postgres } = await findBinaries(home, installed);
    expect(postgres).toBe(path.join(installed, 'native', 'bin', 'postgres'));
    expect(await readlink(path.join(installed, 'native', 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    expect(await readFile(path.join(installed, 'native', 'lib', 'libpq.so'), 'utf8')).toBe('library');
    expect(await findBinaries(home, installed)).toEqual(await findBinaries(home, installed));
  });

  test.runIf(isRoot)('are copied where the database user cannot reach them, once', async () => {
    await chmod(path.join(folder, 'modules'), 0o700);
    const { postgres } = await findBinaries(home, installed);
    expect(postgres).toBe(path.join(home.folder, 'programs-18.4.0', 'native', 'bin', 'postgres'));
    expect(await readFile(path.join(home.folder, 'programs-18.4.0', 'native', 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    const { mtimeMs } = await stat(path.join(home.folder, 'programs-18.4.0'));
    await findBinaries(home, installed);
    expect((await stat(path.join(home.folder, 'programs-18.4.0'))).mtimeMs).toBe(mtimeMs);
  });
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dcm-closing-line-'));
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const reporter = path.join(import.meta.dirname, 'closing-line.reporter.ts');
  const config = { test: { include: ['**/*.test.ts'], reporters: ['default', reporter] } };
  await writeFile(path.join(folder, 'vitest.config.ts'), `export default ${JSON.stringify(config)};`);
  const files = {
    'good/a.test.ts': `import { test } from 'vitest'; test('a', () => {}); test('b', () => {});`,
    'skipped/a.test.ts': `import { test } from 'vitest'; test('a', () => {}); test.skip('b', () => {}); test.todo('c');`,
    'bad/a.test.ts': `import { test } from 'vitest'; test('a', () => {}); test('b', () => { throw new Error('no'); });`,
    'unloadable/a.test.ts': `throw new Error('no');`,
    'unhandled/a.test.ts': `import { test } from 'vitest'; test('a', () => { void Promise.reject(new Error('no')); });`,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(name)));
    await writeFile(path.join(folder, name), text);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function lastLineOf(filters: readonly string[]): Promise<{ line: string | undefined; failed: boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ line: string | undefined; failed: boolean }>();
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  execFile(process.execPath, [vitest, 'run', ...filters], { cwd: folder }, (error, stdout) => {
    resolve({ line: stdout.trimEnd().split('\n').at(-1), failed: error !== null });
  });
  return promise;
}

test.each([
  ['in which all is well', ['good'], '2 passed, 0 failed', false],
  [
    'with failures inside, before and outside of tests',
    ['good', 'skipped', 'bad', 'unloadable', 'unhandled'],
    '5 passed, 3 failed, 2 skipped',
    true,
  ],
  ['that finds no test', ['nosuchfile'], '0 passed, 1 failed', true],
])('a run %s ends with its counts alone on a line', async (_what, filters, line, failed) => {
  expect(await lastLineOf(filters)).toEqual({ line, failed });
});

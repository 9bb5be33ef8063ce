import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadSecrets } from '../../kernel/runtime/secrets.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'dcm-secrets-'));
  await loadSecrets(path.join(home, 'secrets'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const COMMAND = path.resolve(import.meta.dirname, '../../bin/secrets.ts');

async function secrets(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const env = { ...process.env, DCM_HOME: home };
  return promisify(execFile)(process.execPath, [COMMAND, ...args], { env }).then(
    ({ stdout, stderr }) => ({ out: stdout, err: stderr, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => ({ out: error.stdout, err: error.stderr, code: error.code }),
  );
}

const kidIn = (text: string): string => /\b(?:hub|edge|envelope|directory|internal|cursor)-[0-9a-f]{16}\b/.exec(text)?.[0] ?? '';
const stateOf = async (kid: string): Promise<string | undefined> =>
  (await secrets()).out
    .split('\n')
    .find((line) => line.includes(kid))
    ?.split(/\s+/)[2];

describe('npm run secrets', () => {
  test('announces the next key, lets it sign when its time comes, and takes an old one away', async () => {
    const first = kidIn((await secrets()).out);
    expect(await stateOf(first)).toBe('SIGNS');
    const announced = await secrets('rotate', 'hub-signing', '--in', '1');
    const next = kidIn(announced.out);
    expect([await stateOf(first), await stateOf(next)]).toEqual(['SIGNS', 'ANNOUNCED']);
    const atOnce = kidIn((await secrets('rotate', 'hub-signing', '--at-once')).out);
    expect([await stateOf(first), await stateOf(atOnce)]).toEqual(['VERIFIES', 'SIGNS']);
    expect(await secrets('remove', first)).toMatchObject({ code: 0 });
    expect(await stateOf(first)).toBeUndefined();
  });

  test('says what is left to do for the edge', async () => {
    expect((await secrets('rotate', 'envelope')).out).toContain('ENVELOPE_KEY');
  });

  test.each([
    [['turn'], 'unknown command turn'],
    [['rotate', 'no-ring'], 'no ring no-ring'],
    [['rotate', 'internal', '--in', '0.1'], 'at least 0.25 hours'],
    [['rotate', 'internal', '--soon'], '--soon'],
    [['remove'], 'remove which kid?'],
    [['remove', 'hub-0'], 'no secret hub-0'],
  ])('refuses %j', async (args, words) => {
    const { code, err } = await secrets(...args);
    expect(code).toBe(1);
    expect(err).toContain(words);
    expect(err).toContain('npm run secrets -- rotate RING');
  });

  test('refuses to take away what signs', async () => {
    const line = (await secrets()).out.split('\n').find((candidate) => candidate.startsWith('cursor')) ?? '';
    expect((await secrets('remove', kidIn(line))).err).toContain('signs now');
  });
});

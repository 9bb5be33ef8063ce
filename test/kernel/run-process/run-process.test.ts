import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { expect, onTestFinished, test } from 'vitest';

function begin(how: string): ChildProcess {
  const child = fork(new URL('living.ts', import.meta.url), [how], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test.each<[string, string, (child: ChildProcess) => void, number]>([
  ['it is asked to with SIGTERM', 'well', (child) => child.kill('SIGTERM'), 0],
  ['it is asked to with SIGINT', 'well', (child) => child.kill('SIGINT'), 0],
  ['its supervisor goes away', 'well', (child) => child.disconnect(), 0],
  ['stopping fails, and says so with its exit code', 'stuck', (child) => child.kill('SIGTERM'), 1],
])('a process says where it listens, and ends when %s', async (_title, how, cause, code) => {
  const child = begin(how);
  expect((await once(child, 'message'))[0]).toEqual({ type: 'ready', url: 'http://here', other: 'http://there' });
  const exited = once(child, 'exit');
  cause(child);
  expect(await exited).toEqual([code, null]);
});

test('a process whose supervisor went away during the start ends', async () => {
  const child = begin('late');
  expect((await once(child, 'message'))[0]).toEqual({ type: 'starting' });
  const exited = once(child, 'exit');
  child.disconnect();
  expect(await exited).toEqual([0, null]);
});

import { expect, test } from 'vitest';

import { readPostmasterFile } from './postmaster-file.ts';

const FILE = '4711\n/var/lib/dcm/cluster\n1763805600\n21689\n\n127.0.0.1\n  1048577       3\nready   \n';

test('the file of a running server names its process and its status', () => {
  expect(readPostmasterFile(FILE)).toEqual({ pid: 4711, status: 'ready' });
});

test('a file that is still being written has no status', () => {
  expect(readPostmasterFile('4711\n/var/lib/dcm/cluster\n')).toEqual({ pid: 4711, status: '' });
});

test('a single-user server writes its process id with a minus', () => {
  expect(readPostmasterFile(FILE.replace('4711', '-4711'))?.pid).toBe(4711);
});

test.each(['', '\n', 'postgres\n', '0\n', '12a\n'])('%j names no process', (text) => {
  expect(readPostmasterFile(text)).toBeNull();
});

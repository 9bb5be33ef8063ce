import { expect, test } from 'vitest';

import { withLive } from './live-rows.ts';

const row = (id: number, version = 1, status = 'PENDING') => ({ id: String(id), version, status });
const list = (loaded: ReturnType<typeof row>[], live: ReturnType<typeof row>[]) =>
  withLive({
    loaded,
    live,
    keyOf: ({ id }) => id,
    belongs: ({ status }) => status === 'PENDING',
    order: (a, b) => Number(b.id) - Number(a.id),
  }).map(({ id, version }) => `${id}v${version}`);

test('a new row comes to its place, a known one takes its newer version', () => {
  expect(list([row(5), row(3)], [row(6), row(3, 2)])).toEqual(['6v1', '5v1', '3v2']);
});

test('a version that is older than the loaded one changes nothing', () => {
  expect(list([row(5, 4)], [row(5, 3)])).toEqual(['5v4']);
});

test('what does not fit the filter does not come in, and what is there stays in its new state', () => {
  expect(list([row(5)], [row(6, 1, 'SUCCESS'), row(5, 2, 'SUCCESS')])).toEqual(['5v2']);
});

test('what is older than the loaded pages waits for its own', () => {
  expect(list([row(5), row(3)], [row(1)])).toEqual(['5v1', '3v1']);
});

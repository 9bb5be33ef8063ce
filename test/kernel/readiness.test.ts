import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { createDatabase } from '../../kernel/runtime/database.ts';
import { databaseReadiness, READINESS_MS, readinessOf } from '../../kernel/runtime/readiness.ts';
import { testDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

/** As soon as there is an answer: a busy machine may be late with its first connection. */
async function readinessAt(url: string) {
  const database = createDatabase({ url, schema: 'payments', applicationName: 'test' });
  const readiness = await waitFor(async () => {
    const found = await databaseReadiness(database);
    return !found.detail?.startsWith('NO_ANSWER') && found;
  });
  await database.close();
  return readiness;
}

test('a database that answers is ready', async () => {
  const server = await testDatabase();
  expect(await readinessAt(server.url)).toEqual({ name: 'payments database', ok: true });
  await server.drop();
});

test.each([
  ['that is away', 'postgres://hub:secret@127.0.0.1:1/hub', 'ECONNREFUSED'],
  ['that does not exist', null, 'SQLSTATE 3D000'],
])('a database %s is named, with a code and without its address', async (_what, address, detail) => {
  const server = address === null ? await testDatabase() : null;
  const url = address ?? `${server?.url}_gone`;
  expect(await readinessAt(url)).toEqual({ name: 'payments database', ok: false, detail });
  await server?.drop();
});

test('a database that takes connections and says nothing is not waited for', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo; // A TCP server has such an address.
  const database = createDatabase({ url: `postgres://hub@127.0.0.1:${port}/hub`, schema: 'payments', applicationName: 'test' });
  expect(await databaseReadiness(database)).toEqual({
    name: 'payments database',
    ok: false,
    detail: `NO_ANSWER_IN_${READINESS_MS}_MS`,
  });
  silent.close();
});

test('a part that fails without a code is told by the name of its error, never by its text', async () => {
  const failing = () => Promise.reject(new TypeError('cannot reach postgres://hub:secret@db'));
  expect(await readinessOf('part', failing)).toEqual({ name: 'part', ok: false, detail: 'TypeError' });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createBrowserDocuments, documentIdOf } from '../../gateway/browser-documents.ts';
import type { Authenticate } from '../../gateway/credentials.ts';
import { loadBrowserDocuments } from '../../gateway/load-browser-documents.ts';
import { ok } from '../../kernel/core/result.ts';
import { rawSocket } from '../conformance/support/raw-socket.ts';
import { OrderEventsDocument } from '../../web/client/generated/documents.ts';
import { toyGateway } from './toy-gateway.ts';
import { answerOver, TRANSPORTS } from './transports.ts';

const STATUS = 'query Status($id: ID!) { order(id: $id) { ...S } } fragment S on Order { status }';
const VARIABLES = { id: 'o1' };

const authenticate: Authenticate = async (authorization) =>
  authorization === 'Bearer pk'
    ? ok({ caller: { kind: 'customer', merchantUid: 'm-1', orderId: null, keyId: 'pk' }, expiresAt: null, origins: [] })
    : ok({ caller: { kind: 'merchant', merchantUid: 'm-1', keyId: 'sk' }, expiresAt: null });

let toy: Awaited<ReturnType<typeof toyGateway>>;
beforeAll(async () => {
  toy = await toyGateway('local', { authenticate, browserDocuments: createBrowserDocuments([STATUS]), browsersAreHeldToThem: true });
});
afterAll(() => toy.close());

const codeOf = (answer: { errors?: { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code;

describe.each(TRANSPORTS)('over %s', (transport) => {
  const ask = (query: string, credential: string) => answerOver(transport, toy.gateway, { query, variables: VARIABLES, credential });

  test('a browser key runs a document that the hub knows', async () => {
    for (const text of [STATUS, STATUS.replaceAll(' ', '\n')])
      expect((await ask(text, 'pk')).data).toEqual({ order: { status: 'CREATED' } });
  });

  test('and no other, before anything of it runs', async () => {
    const seen = toy.toys.seen.length;
    for (const text of [STATUS.replace('{ status }', '{ id }'), '{ whoami }', '{ __typename }', 'no document']) {
      expect(codeOf(await ask(text, 'pk'))).toBe('PERSISTED_DOCUMENT_REQUIRED');
    }
    expect(toy.toys.seen.length).toBe(seen);
  });

  test('a server’s key runs what it likes', async () => {
    expect((await ask('query ($id: ID!) { order(id: $id) { id } }', 'sk')).data).toEqual({ order: { id: 'o1' } });
  });
});

describe.each(TRANSPORTS)('by its id over %s', (transport) => {
  const ask = (documentId: string, credential: string) =>
    answerOver(transport, toy.gateway, { more: { documentId }, variables: VARIABLES, credential });

  test('a document runs for every key', async () => {
    for (const credential of ['pk', 'sk'])
      expect((await ask(documentIdOf(STATUS), credential)).data).toEqual({ order: { status: 'CREATED' } });
  });

  test('an id that nobody knows is refused', async () => {
    // A plain answer, also to who asked for a stream.
    const over = transport === 'server-sent events' ? 'HTTP' : transport;
    const more = { documentId: `sha256:${'0'.repeat(64)}` };
    expect(codeOf(await answerOver(over, toy.gateway, { more, credential: 'pk' }))).toBe('PERSISTED_DOCUMENT_NOT_FOUND');
  });
});

test('by its id over a socket, without any text', async () => {
  const socket = await rawSocket(toy.gateway.wsUrl);
  await socket.init({ authorization: 'Bearer pk' });
  socket.send({ id: '1', type: 'subscribe', payload: { documentId: documentIdOf(STATUS), variables: VARIABLES } });
  expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { order: { status: 'CREATED' } } } });
  socket.close();
});

test('an id that nobody knows is a bad request over HTTP', async () => {
  const body = JSON.stringify({ documentId: `sha256:${'0'.repeat(64)}` });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer pk' };
  expect((await fetch(toy.gateway.url, { method: 'POST', headers, body })).status).toBe(400);
});

test('a hub knows what its client sends, and what lies in a folder of the operator’s', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dcm-documents-'));
  await writeFile(path.join(folder, 'shop.graphql'), `${STATUS} query More { __typename }`);
  await writeFile(path.join(folder, 'README.md'), 'not a document');

  const { browserDocuments, browsersAreHeldToThem } = await loadBrowserDocuments({ folder });
  expect(browsersAreHeldToThem).toBe(true);
  expect(browserDocuments.has(OrderEventsDocument.toString())).toBe(true);
  expect(browserDocuments.has(STATUS)).toBe(true);
  expect(browserDocuments.has('query More { __typename }')).toBe(true);
  expect((await loadBrowserDocuments({ folder: null })).browserDocuments.has(STATUS)).toBe(false);
  expect((await loadBrowserDocuments('any')).browsersAreHeldToThem).toBe(false);

  await writeFile(path.join(folder, 'broken.graphql'), 'query {');
  await expect(loadBrowserDocuments({ folder })).rejects.toThrow('Syntax Error');
  await rm(folder, { recursive: true });
});

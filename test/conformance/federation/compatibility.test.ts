import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect } from 'vitest';

import { composeSchemas, sdlOf } from '../../../gateway/supergraph.ts';
import { createRemoteTransport } from '../../../gateway/transports/remote.ts';
import { wallClock } from '../../../kernel/runtime/clock.ts';
import { createLogger } from '../../../kernel/runtime/logger.ts';
import { createRequestSigner, createRequestVerifier } from '../../../kernel/runtime/signed-request.ts';
import { gatewayUnderTest } from '../../gateway/gateway-under-test.ts';
import { freePort } from '../../gateway/hub-process.ts';
import { remoteSubgraph } from '../../gateway/remote-subgraph.ts';
import { waitFor } from '../../support/wait-for.ts';
import { scoring } from '../support/scoring.ts';
import { createProductsSchema } from './products-subgraph.ts';

// Apollo's subgraph compatibility suite, as its package has it: `products` on our kernel and our server, beside the package's two reference
// subgraphs, below our gateway. Its own runner wants a router that is not on npm, so its tests run here.

const CASES = 23;
const START_MS = 60_000;

const suiteRequire = createRequire(import.meta.url);
const suiteFolder = path.dirname(fileURLToPath(import.meta.resolve('@apollo/federation-subgraph-compatibility-tests/package.json')));
const keys = { internal: [{ kid: 'k', key: Buffer.alloc(32, 7) }] };
const signer = createRequestSigner(keys, wallClock);
const logger = createLogger({ level: 'silent', name: 'gateway' });

/** Where the suite's requests go, once everything runs. */
const addresses = { products: '', router: '' };
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  const schema = createProductsSchema();
  const products = await remoteSubgraph({ schema, contextFor: (asked) => asked }, createRequestVerifier(keys, wallClock));
  stops.push(() => products.close());
  const references = await Promise.all([referenceSubgraph('users', 'USERS_PORT'), referenceSubgraph('inventory', 'INVENTORY_PORT')]);
  const urls = [{ name: 'products', url: products.url }, ...references];
  const transports = Object.fromEntries(urls.map(({ name, url }) => [name, createRemoteTransport({ name, url, signer, logger })]));
  stops.push(...Object.values(transports).map((transport) => () => transport.close()));
  const { supergraph } = composeSchemas([{ name: 'products', sdl: sdlOf(schema) }, ...references]);
  const gateway = await gatewayUnderTest({ supergraph, transports });
  stops.push(() => gateway.close());
  addresses.router = gateway.url;
  addresses.products = await signingProxy(`${products.url}/graphql`);
}, START_MS);
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** One of the package's own subgraphs, on a port of its own. */
async function referenceSubgraph(name: 'users' | 'inventory', portVariable: string) {
  const folder = path.join(suiteFolder, 'dist/subgraphs', name);
  const port = await freePort();
  const child = fork(path.join(folder, 'index.js'), [], { cwd: folder, env: { [portVariable]: port }, stdio: 'ignore' });
  stops.push(async () => {
    const ended = once(child, 'exit');
    if (child.kill('SIGKILL')) await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  const body = '{"query":"{ __typename }"}';
  const isUp = async () => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).ok;
  await waitFor(isUp, { timeoutMs: START_MS });
  return { name, url, sdl: await readFile(path.join(folder, `${name}.graphql`), 'utf8') };
}

/** The suite asks `products` without a signature, which our server rightly refuses: what comes in here is signed and goes on. */
async function signingProxy(url: string): Promise<string> {
  const forward = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const body = await buffer(request);
    const { host: _host, 'content-length': _length, connection: _connection, ...given } = request.headers;
    const headers = { ...(given as Record<string, string>), ...signer.headers({ method: 'POST', path: '/graphql', body }) }; // No header comes twice.
    const answer = await fetch(url, { method: 'POST', headers, body });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(await answer.text());
  };
  const server = http.createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // A TCP server has such an address.
  return `http://127.0.0.1:${port}/`;
}

type Ask = (operation: object, headers?: Record<string, string>) => Promise<unknown>;

async function ask(url: string, ...[operation, headers]: Parameters<Ask>): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  });
  return response.ok ? response.json() : response.text();
}

describe('the subgraph compatibility suite', () => {
  const { conforms, score } = scoring();
  // What Jest would have put there, and the addresses that the package would have fixed.
  Object.assign(globalThis, { describe, expect, test: conforms, it: conforms });
  const client = suiteRequire(path.join(suiteFolder, 'dist/utils/client.js')) as Record<'productsRequest' | 'routerRequest', Ask>; // Its exports.
  client.productsRequest = (...asked) => ask(addresses.products, ...asked);
  client.routerRequest = (...asked) => ask(addresses.router, ...asked);
  const folder = path.join(suiteFolder, 'dist/tests');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.test.js'))) suiteRequire(path.join(folder, file));
  score('subgraph compatibility', CASES);
});

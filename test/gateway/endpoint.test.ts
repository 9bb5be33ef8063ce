import http from 'node:http';

import { afterEach, describe, expect, test } from 'vitest';

import type { Authenticate } from '../../gateway/credentials.ts';
import { OPERATION_BYTES_MAX } from '../../gateway/graphql-http.ts';
import { fail, ok } from '../../kernel/core/result.ts';
import type { Caller } from '../../schema/caller.ts';
import { eventsOverSse } from './gateway-under-test.ts';
import type { Answer } from './hub-actors.ts';
import { MODES, toyGateway } from './toy-gateway.ts';

const MERCHANT: Caller = { kind: 'merchant', merchantUid: 'm-1', keyId: 'k-1' };
const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };

const authenticate: Authenticate = async (authorization) => {
  if (authorization === undefined) return ok({ caller: { kind: 'anonymous' }, expiresAt: null });
  if (authorization === 'Bearer merchant') return ok({ caller: MERCHANT, expiresAt: null });
  if (authorization === 'Bearer operations') return ok({ caller: OPERATIONS, expiresAt: null });
  if (authorization === 'Bearer ends-soon') return ok({ caller: OPERATIONS, expiresAt: new Date(Date.now() + 300) });
  if (authorization === 'Bearer unknowable') throw new Error('participants is away');
  return fail({ code: 'UNAUTHENTICATED', reason: 'This API key is unknown or revoked.' });
};
const as = (who: string) => ({ headers: { authorization: `Bearer ${who}` } });

let toy: Awaited<ReturnType<typeof toyGateway>> | undefined;
afterEach(async () => toy?.close());

async function aGateway(mode: (typeof MODES)[number] = 'local', sandbox = false) {
  toy = await toyGateway(mode, { authenticate, sandbox });
  return toy;
}

describe.each(MODES)('over %s subgraphs', (mode) => {
  test('a query joins in both directions', async () => {
    const { gateway } = await aGateway(mode);
    const { body } = await gateway.query(
      'query ($id: ID!) { order(id: $id) { status payment { method order { id } } } payment(id: "p1") { order { status } } }',
      { variables: { id: 'o7' } },
    );
    expect(body.data).toEqual({
      order: { status: 'CREATED', payment: { method: 'method-p7', order: { id: 'o7' } } },
      payment: { order: { status: 'CREATED' } },
    });
  });

  test('a mutation reaches its subgraph and joins', async () => {
    const { gateway } = await aGateway(mode);
    const { body } = await gateway.query('mutation { orderCancel(id: "o2") { status payment { method } } }');
    expect(body.data).toEqual({ orderCancel: { status: 'CANCELED', payment: { method: 'method-p2' } } });
  });

  test('the caller of the credential is who every subgraph sees', async () => {
    const { gateway, toys } = await aGateway(mode);
    const { body } = await gateway.query('{ whoami order(id: "o1") { payment { id } } }', as('merchant'));
    expect(JSON.parse(body.data.whoami)).toEqual(MERCHANT);
    expect(toys.seen.map(({ caller }) => caller)).toEqual([MERCHANT]);
  });

  test.each(['graphql-ws', 'server-sent events'])('the caller of the credential is who a stream on %s is for', async (client) => {
    const { gateway, toys } = await aGateway(mode);
    const query = 'subscription { orderChanged { order { payment { id } } } }';
    const results =
      client === 'graphql-ws'
        ? gateway.socket({ authorization: 'Bearer merchant' }).iterate({ query })
        : eventsOverSse(gateway.url, query, as('merchant'));
    const first = results.next();
    await expect.poll(() => toys.stream.listeners).toBe(1);
    toys.stream.publish({ number: 1 });
    await first;
    expect(toys.seen.map(({ caller }) => caller)).toEqual([MERCHANT, MERCHANT]);
    await results.return?.(undefined);
  });

  test('a value that only its subgraph can judge is refused as the client’s mistake, not as a bug', async () => {
    const { gateway } = await aGateway(mode);
    const halfOrCode = async (query: string, variables?: object) => {
      const { body } = await gateway.query(query, variables ? { variables } : {});
      return body.data?.half ?? body.errors[0].extensions.code;
    };
    expect(await halfOrCode('{ half(of: 4) }')).toBe(2);
    expect(await halfOrCode('{ half(of: 3) }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await halfOrCode('query ($of: Even!) { half(of: $of) }', { of: 4 })).toBe(2);
    expect(await halfOrCode('query ($of: Even!) { half(of: $of) }', { of: 3 })).toBe('BAD_USER_INPUT');
  });

  test('an error of a known code passes with the request id, a bug is masked', async () => {
    const { gateway } = await aGateway(mode);
    const { body } = await gateway.query('{ refused broken }');
    const extensions = Object.fromEntries(body.errors.map((error: Answer) => [error.path[0], error]));
    expect(extensions['refused']).toMatchObject({ message: 'Only for operations.', extensions: { code: 'FORBIDDEN', retryable: false } });
    expect(extensions['broken'].extensions).toMatchObject({ code: 'INTERNAL' });
    expect(extensions['broken'].extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });
});

describe('over remote subgraphs', () => {
  test('streams of one caller share a connection, another caller has another', async () => {
    const { gateway, toys, remotes } = await aGateway('remote');
    const query = 'subscription { orderChanged { number } }';
    const streams = ['merchant', 'merchant', 'operations'].map((who) =>
      gateway.socket({ authorization: `Bearer ${who}` }).iterate({ query }),
    );
    const firsts = streams.map((stream) => stream.next());
    await expect.poll(() => toys.stream.listeners).toBe(3);
    expect(remotes[0]?.connections).toEqual([MERCHANT, OPERATIONS]);
    toys.stream.publish({ number: 1 });
    await Promise.all(firsts);
    for (const stream of streams) await stream.return?.(undefined);
    await expect.poll(() => remotes[0]?.openSockets, { timeout: 5_000 }).toBe(0);
  });

  test('a lost connection ends its streams, and the next subscription connects anew', async () => {
    const { gateway, toys, remotes } = await aGateway('remote');
    const query = 'subscription { orderChanged { number } }';
    const stream = gateway.socket().iterate({ query });
    const first = stream.next();
    await expect.poll(() => toys.stream.listeners).toBe(1);
    remotes[0]?.dropSockets();
    expect(await first).toMatchObject({ done: true });
    const again = gateway.socket().iterate({ query });
    const event = again.next();
    await expect.poll(() => toys.stream.listeners).toBe(1);
    toys.stream.publish({ number: 2 });
    expect((await event).value.data).toEqual({ orderChanged: { number: 2 } });
    await again.return?.(undefined);
  });

  test('a stream that runs too far ahead of its reader ends instead of filling memory', async () => {
    const { gateway, toys } = await aGateway('remote');
    const paused = await pausedSseClient(gateway.url, 'subscription { orderChanged { number note } }');
    await expect.poll(() => toys.stream.listeners).toBe(1);
    const note = 'x'.repeat(20_000);
    for (let number = 1; toys.stream.listeners === 1 && number < 10_000; number += 1) {
      toys.stream.publish({ number, note });
      if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => toys.stream.listeners, { timeout: 10_000 }).toBe(0);
    paused.destroy();
  });

  test('a subgraph that is away is an error that says so and may be retried', async () => {
    const { gateway, remotes } = await aGateway('remote');
    await remotes[1]?.close();
    const { body } = await gateway.query('{ order(id: "o1") { status payment { id } } }');
    expect(body.data).toEqual({ order: { status: 'CREATED', payment: null } });
    expect(body.errors[0].extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true });
  });
});

describe('a credential', () => {
  test('that is no good is answered 401, also when the query needs none', async () => {
    const { gateway } = await aGateway();
    const { status, body } = await gateway.query('{ whoami }', as('stranger'));
    expect(status).toBe(401);
    expect(body.errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
  });

  test('that cannot be looked up is answered 503', async () => {
    const { gateway } = await aGateway();
    expect((await gateway.query('{ whoami }', as('unknowable'))).status).toBe(503);
  });

  test('that is no good closes a socket with 4401', async () => {
    const { gateway } = await aGateway();
    const iterator = gateway.socket({ authorization: 'Bearer stranger' }).iterate({ query: '{ whoami }' });
    await expect(iterator.next()).rejects.toMatchObject({ code: 4401 });
  });

  test('that ends during a stream ends the stream: 4403 on a socket, a closed response otherwise', async () => {
    const { gateway, toys } = await aGateway();
    const query = 'subscription { orderChanged { number } }';
    await expect(gateway.socket({ authorization: 'Bearer ends-soon' }).iterate({ query }).next()).rejects.toMatchObject({ code: 4403 });
    await expect(eventsOverSse(gateway.url, query, as('ends-soon')).next()).rejects.toThrow();
    await expect.poll(() => toys.stream.listeners).toBe(0);
  });
});

describe('introspection', () => {
  const query = '{ __schema { queryType { name } } }';
  test.each([
    { who: 'an anonymous caller', sandbox: false, options: {}, allowed: false },
    { who: 'a merchant', sandbox: false, options: as('merchant'), allowed: false },
    { who: 'operations', sandbox: false, options: as('operations'), allowed: true },
    { who: 'anybody in the sandbox', sandbox: true, options: {}, allowed: true },
  ])('is for $who: $allowed', async ({ sandbox, options, allowed }) => {
    const { gateway } = await aGateway('local', sandbox);
    const { body } = await gateway.query(query, options);
    expect(body.data?.__schema?.queryType).toEqual(allowed ? { name: 'Query' } : undefined);
  });

  test('shows nothing of how subgraphs are joined', async () => {
    const { gateway } = await aGateway('local', true);
    const { body } = await gateway.query('{ __schema { types { name fields { name } } directives { name } } }');
    expect(JSON.stringify(body)).not.toMatch(/_entities|_service|_Any|join__/);
  });
});

describe('a request', () => {
  const post = (url: string, init: RequestInit) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, ...init });

  test.each([
    ['with another media type', 415, { headers: { 'content-type': 'text/plain' }, body: '{"query":"{whoami}"}' }],
    ['with a form', 415, { headers: {}, body: new URLSearchParams({ query: '{whoami}' }) }],
    ['that is not JSON', 400, { body: '{whoami}' }],
    ['with several operations in an array', 400, { body: '[{"query":"{whoami}"}]' }],
    ['without a query', 400, { body: '{}' }],
    ['that is too large', 413, { body: JSON.stringify({ query: `{whoami} #${'x'.repeat(OPERATION_BYTES_MAX)}` }) }],
    ['that deletes', 405, { method: 'DELETE' }],
  ])('%s is answered %i', async (_what, status, init) => {
    const { gateway } = await aGateway();
    const response = await post(gateway.url, init);
    expect(response.status).toBe(status);
    const body: Answer = await response.json();
    expect(body.errors[0].extensions).toMatchObject({ code: 'BAD_REQUEST', requestId: response.headers.get('x-request-id') });
  });

  test('of chunks without a length is limited too', async () => {
    const { gateway } = await aGateway();
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const answer = post(gateway.url, { body, duplex: 'half' } as RequestInit).then(
      (response) => response.status,
      () => 413, // The hub closed the connection while the body was still being sent.
    );
    expect(await answer).toBe(413);
  });

  test('by GET may query but not change anything', async () => {
    const { gateway } = await aGateway();
    const get = (query: string) => fetch(`${gateway.url}?query=${encodeURIComponent(query)}`, { headers: { accept: 'application/json' } });
    expect(await (await get('{ order(id: "o1") { status } }')).json()).toMatchObject({ data: { order: { status: 'CREATED' } } });
    const mutation = await get('mutation { orderCancel(id: "o1") { status } }');
    expect(mutation.status).toBe(405);
  });

  test('with a syntax error or an unknown field says so, with a code', async () => {
    const { gateway } = await aGateway();
    const code = async (query: string) => (await gateway.query(query)).body.errors[0].extensions.code;
    expect(await code('{')).toBe('GRAPHQL_PARSE_FAILED');
    expect(await code('{ nothing }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code('query ($id: ID!) { order(id: $id) { id } }')).toBe('BAD_USER_INPUT');
  });

  test('cannot reach the doors between subgraphs', async () => {
    const { gateway } = await aGateway();
    const code = async (query: string) => (await gateway.query(query)).body.errors[0].extensions.code;
    expect(await code('{ _service { sdl } }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code('{ _entities(representations: []) { __typename } }')).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('for another path is answered 404, also as an upgrade', async () => {
    const { gateway } = await aGateway();
    expect((await post(gateway.url.replace('graphql', 'else'), { body: '{}' })).status).toBe(404);
    await expect(fetchUpgrade(gateway.url.replace('graphql', 'else'))).resolves.toBe(404);
  });

  test('for the page of a browser gets GraphiQL in the sandbox only', async () => {
    const page = async (url: string) => fetch(url, { headers: { accept: 'text/html' } });
    const { gateway } = await aGateway('local', true);
    expect(await (await page(gateway.url)).text()).toContain('graphiql');
    await toy?.close();
    const outside = await aGateway('local', false);
    expect((await page(outside.gateway.url)).status).toBe(406);
  });
});

function fetchUpgrade(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    request.on('response', (response) => resolve(response.statusCode));
    request.on('error', reject);
  });
}

/** Opens a stream and never reads it. */
function pausedSseClient(url: string, query: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream' } });
    request.on('response', (response) => resolve(response.pause()));
    request.on('error', reject);
    request.end(JSON.stringify({ query }));
  });
}

import { GraphQLError } from 'graphql';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { wallClock } from '../../../kernel/runtime/clock.ts';
import { buildSubgraph, createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext } from '../../../kernel/runtime/graphql/schema-types.ts';
import { createSubgraphServer, type SubgraphServer } from '../../../kernel/runtime/graphql/subgraph-server.ts';
import { createMetrics } from '../../../kernel/runtime/metrics.ts';
import { createServiceHost, type ServiceHost } from '../../../kernel/runtime/service-host.ts';
import { createRequestSigner, createRequestVerifier } from '../../../kernel/runtime/signed-request.ts';
import type { Caller } from '../../../schema/caller.ts';
import { waitFor } from '../../support/wait-for.ts';

const KEYS = [{ kid: 'k', key: Buffer.alloc(32, 7) }];
const MERCHANT: Caller = { kind: 'merchant', merchantUid: 'm1', keyId: 'key' };
const signer = createRequestSigner({ internal: KEYS }, wallClock);
const stranger = createRequestSigner({ internal: [{ kid: 'k', key: Buffer.alloc(32, 8) }] }, wallClock);

let host: ServiceHost;
let server: SubgraphServer;
let url: string;
let errors: string[];
let openStreams = 0;

/** A stream that waits for ever after its first item and is freed by return() alone. */
function endlessStream(): AsyncIterableIterator<number> {
  const { promise: ended, resolve: end } = Promise.withResolvers<IteratorResult<number, undefined>>();
  const done = { done: true, value: undefined } as const;
  let first = true;
  openStreams += 1;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (!first) return ended;
      first = false;
      return Promise.resolve({ done: false, value: 1 });
    },
    async return() {
      openStreams -= 1;
      end(done);
      return done;
    },
  };
}

function aSchema() {
  const { builder } = createSubgraphBuilder<RequestContext>({ errorCodes: ['NONE'], mutations: false, subscriptions: true });
  builder.queryFields((t) => ({
    who: t.string({ resolve: (_root, _args, { caller, requestId }) => `${JSON.stringify(caller)} ${requestId}` }),
    secretFailure: t.string({
      nullable: true,
      resolve: () => {
        throw new Error('password=hunter2');
      },
    }),
    meantFailure: t.string({
      nullable: true,
      resolve: () => {
        throw new GraphQLError('not yours', { extensions: { code: 'FORBIDDEN' } });
      },
    }),
  }));
  builder.subscriptionFields((t) => ({
    whoTicks: t.string({ subscribe: endlessStream, resolve: (_n, _args, { caller }) => JSON.stringify(caller) }),
    broken: t.string({
      subscribe: endlessStream,
      resolve: () => {
        throw new Error('password=hunter2');
      },
    }),
  }));
  return buildSubgraph(builder);
}

beforeAll(async () => {
  const logger = pino({ level: 'error' }, { write: (line) => void errors.push(line) });
  server = createSubgraphServer({
    subgraph: { schema: aSchema(), contextFor: (asked) => asked },
    verifier: createRequestVerifier({ internal: KEYS }, wallClock),
    logger,
  });
  await server.start();
  host = createServiceHost({
    routes: server.routes,
    readiness: async () => [],
    metrics: createMetrics({ processMetrics: false }),
    logger,
  });
  server.attach(host.server);
  ({ url } = await host.listen({ host: '127.0.0.1', port: 0 }));
});
afterAll(async () => {
  await server.stop();
  await host.close();
});
beforeEach(() => {
  errors = [];
});

async function post(query: string, o: { as?: typeof signer; caller?: Caller; sent?: string } = {}) {
  const body = JSON.stringify({ query });
  const signed = (o.as ?? signer).headers({ method: 'POST', path: '/graphql', body, caller: o.caller ?? MERCHANT });
  const headers = { ...signed, 'content-type': 'application/json', 'x-request-id': 'request-0001' };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: o.sent ?? body });
  return { status: response.status, answer: (await response.json()) as unknown };
}

function aSocket(as = signer) {
  class SignedWebSocket extends WebSocket {
    constructor(address: string, protocols: string | string[]) {
      super(address, protocols, { headers: as.headers({ method: 'GET', path: '/graphql', body: '', caller: MERCHANT }) });
    }
  }
  return createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: SignedWebSocket, retryAttempts: 0, lazy: true });
}

describe('over HTTP', () => {
  test('a signed request is answered as its caller', async () => {
    expect(await post('{ who }')).toEqual({ status: 200, answer: { data: { who: `${JSON.stringify(MERCHANT)} request-0001` } } });
  });

  test('a request of a stranger is refused', async () => {
    expect(await post('{ who }', { as: stranger })).toMatchObject({ status: 401, answer: { code: 'INTERNAL_SIGNATURE' } });
  });

  test('a body that was not signed is refused', async () => {
    expect(await post('{ who }', { sent: JSON.stringify({ query: '{ __typename }' }) })).toMatchObject({ status: 401 });
  });

  test('what a resolver did not mean to say stays in the log', async () => {
    const { answer } = await post('{ secretFailure }');
    expect(answer).toMatchObject({
      data: { secretFailure: null },
      errors: [{ message: 'The request failed.', extensions: { code: 'INTERNAL' } }],
    });
    expect(errors.join()).toContain('hunter2');
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  test('what a resolver meant to say arrives', async () => {
    const { answer } = await post('{ meantFailure }');
    expect(answer).toMatchObject({ errors: [{ message: 'not yours', path: ['meantFailure'], extensions: { code: 'FORBIDDEN' } }] });
  });

  test('introspection says no more than the SDL that the gateway asks for', async () => {
    expect((await post('{ __schema { queryType { name } } }')).answer).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
    expect((await post('{ __schema { queryType { name } } }', { as: stranger })).status).toBe(401);
  });

  test('a query may come by GET, a mutation not, and both are signed', async () => {
    const get = async (query: string, as = signer) => {
      const path = `/graphql?query=${encodeURIComponent(query)}`;
      const response = await fetch(`${url}${path}`, { headers: as.headers({ method: 'GET', path, body: '', caller: MERCHANT }) });
      return response.status;
    };
    expect(await get('{ who }')).toBe(200);
    expect(await get('mutation { __typename }')).toBe(405);
    expect(await get('{ who }', stranger)).toBe(401);
  });

  test('a body that is no JSON is refused by its media type, or by what it is', async () => {
    const send = async (type: string, body: string) => {
      const signed = signer.headers({ method: 'POST', path: '/graphql', body, caller: MERCHANT });
      return (await fetch(`${url}/graphql`, { method: 'POST', headers: { ...signed, 'content-type': type }, body })).status;
    };
    expect(await send('text/plain', '{"query":"{ who }"}')).toBe(415);
    expect(await send('application/json', '{"query":')).toBe(400);
  });
});

describe('over a WebSocket', () => {
  test('a stream belongs to the signed caller, and is freed when its client leaves', async () => {
    const client = aSocket();
    const results = client.iterate<{ whoTicks: string }>({ query: 'subscription { whoTicks }' });
    expect((await results.next()).value).toEqual({ data: { whoTicks: JSON.stringify(MERCHANT) } });
    expect(openStreams).toBe(1);
    await client.dispose();
    await waitFor(() => openStreams === 0);
  });

  test('a stranger does not get a connection', async () => {
    const client = aSocket(stranger);
    await expect(client.iterate({ query: 'subscription { whoTicks }' }).next()).rejects.toBeDefined();
    expect(openStreams).toBe(0);
    await client.dispose();
  });

  test('what a resolver did not mean to say stays in the log', async () => {
    const client = aSocket();
    const { value } = await client.iterate({ query: 'subscription { broken }' }).next();
    expect(value).toMatchObject({ data: null, errors: [{ message: 'The request failed.' }] });
    expect(errors.join()).toContain('hunter2');
    await client.dispose();
    await waitFor(() => openStreams === 0);
  });

  test('another address is refused', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/other`);
    await expect(new Promise((_resolve, reject) => void socket.once('error', reject))).rejects.toThrow('404');
  });
});

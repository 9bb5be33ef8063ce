import { once } from 'node:events';
import net from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import { createRemoteTransport } from '../../gateway/transports/remote.ts';
import type { ResultStream, SubgraphTransport } from '../../gateway/transports/transport.ts';
import { wallClock } from '../../kernel/runtime/clock.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createRequestSigner } from '../../kernel/runtime/signed-request.ts';
import { MODES, toyGateway } from './toy-gateway.ts';
import { answerOver } from './transports.ts';

const JOINED = '{ order(id: "o1") { status payment { method } } }';
const logger = createLogger({ level: 'silent', name: 'gateway' });

let stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
  stops = [];
});

/** A gateway whose payments subgraph is what `broken` makes of it. */
async function gatewayWith(mode: (typeof MODES)[number], broken: (payments: SubgraphTransport) => SubgraphTransport) {
  const toy = await toyGateway(mode, {
    subgraphAnswerMs: 150,
    around: (name, transport) => (name === 'payments' ? broken(transport) : transport),
  });
  stops.push(() => toy.close());
  return toy;
}

const never = new Promise<never>(() => undefined);

describe.each(MODES)('over %s subgraphs', (mode) => {
  test.each([
    ['is too slow', 'SUBGRAPH_TIMEOUT', () => never],
    ['cannot be asked', 'SUBGRAPH_UNAVAILABLE', () => Promise.reject(new Error('the password of the pool is hunter2'))],
  ])('a subgraph that %s leaves its own part out, and says so: %s', async (_what, code, request) => {
    const { gateway } = await gatewayWith(mode, (payments) => ({ ...payments, request }));
    const { status, body } = await gateway.query(JOINED);
    expect(status).toBe(200);
    expect(body.data).toEqual({ order: { status: 'CREATED', payment: null } });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0].extensions).toMatchObject({ code, retryable: true, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect((await gateway.query('{ order(id: "o2") { status } }')).body.data).toEqual({ order: { status: 'CREATED' } });
  });

  test('a resolver that fails leaves its own field out', async () => {
    const { gateway, toys } = await gatewayWith(mode, (payments) => payments);
    toys.failingPayments.add('o1');
    const { body } = await gateway.query(JOINED);
    expect(body.data).toEqual({ order: { status: 'CREATED', payment: null } });
    expect(body.errors[0].extensions).toMatchObject({ code: 'INTERNAL' });
  });
});

test('a stream that opens after its time is closed again, because nobody reads it', async () => {
  const opened = Promise.withResolvers<ResultStream>();
  let closed = false;
  const toy = await toyGateway('local', {
    subgraphAnswerMs: 100,
    around: (_name, transport) => ({ ...transport, request: () => opened.promise }),
  });
  stops.push(() => toy.close());
  const result = await answerOver('graphql-ws', toy.gateway, { query: 'subscription { orderChanged { number } }' });
  expect(result).toMatchObject({ errors: [{ extensions: { code: 'SUBGRAPH_TIMEOUT' } }] });
  const stream = {
    [Symbol.asyncIterator]: () => stream,
    next: () => never,
    return: async () => {
      closed = true;
      return { done: true as const, value: undefined };
    },
  };
  opened.resolve(stream);
  await expect.poll(() => closed).toBe(true);
});

test('a subgraph that takes the connection and says nothing holds nobody up for longer than its time', async () => {
  const sockets = new Set<net.Socket>();
  const silent = net.createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as net.AddressInfo; // A TCP server that listens has one.
  const signer = createRequestSigner({ internal: [{ kid: 'k', key: Buffer.alloc(32, 1) }] }, wallClock);
  const hanging = createRemoteTransport({ name: 'payments', url: `http://127.0.0.1:${port}`, signer, logger });
  stops.push(() => hanging.close());
  const { gateway } = await gatewayWith('local', () => hanging);
  const answers = await Promise.all(Array.from({ length: 200 }, () => gateway.query(JOINED)));
  expect(new Set(answers.map(({ body }) => body.errors[0].extensions.code))).toEqual(new Set(['SUBGRAPH_TIMEOUT']));
  expect(sockets.size).toBeLessThanOrEqual(64);
});

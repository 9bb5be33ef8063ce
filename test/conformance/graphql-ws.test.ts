import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';

import type { Authenticate } from '../../gateway/credentials.ts';
import { OPERATION_BYTES_MAX } from '../../gateway/graphql-http.ts';
import { fail, ok } from '../../kernel/core/result.ts';
import { toyGateway } from '../gateway/toy-gateway.ts';
import { waitFor } from '../support/wait-for.ts';
import { type RawSocket, rawSocket } from './support/raw-socket.ts';
import { scoring } from './support/scoring.ts';

// The protocol `graphql-transport-ws`, sentence by sentence, spoken by a client that breaks its rules as well.

const SHOP = 'https://shop.example';
let slowAuthentication: Promise<unknown> = Promise.resolve();
const authenticate: Authenticate = async (authorization) => {
  await slowAuthentication;
  if (authorization === 'Bearer wrong') return fail({ code: 'UNAUTHENTICATED', reason: 'This API key is unknown or revoked.' });
  const origins = authorization === 'Bearer pk' ? { origins: [SHOP] } : {};
  return ok({ caller: { kind: 'merchant', merchantUid: 'm-1', keyId: 'k-1' }, expiresAt: null, ...origins });
};

const STREAM = { query: 'subscription { orderChanged { number } }' };
const subscribe = (id: string, payload: object) => ({ id, type: 'subscribe', payload });

let toy: Awaited<ReturnType<typeof toyGateway>>;
/** Opened before the first case and never initialised: it waits out its time beside the others. */
let silent: RawSocket;
const sockets: RawSocket[] = [];
beforeAll(async () => {
  toy = await toyGateway('local', { authenticate });
  silent = await rawSocket(toy.gateway.wsUrl);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await waitFor(() => toy.toys.stream.listeners === 0);
});
afterAll(() => toy.close());

async function open(options?: Parameters<typeof rawSocket>[1]): Promise<RawSocket> {
  const socket = await rawSocket(toy.gateway.wsUrl, options);
  sockets.push(socket);
  return socket;
}

async function opened(): Promise<RawSocket> {
  const socket = await open();
  await socket.init();
  return socket;
}

/** The socket is alive and has nothing else to say: whatever it had to say came before the pong. */
async function saysNothingMore(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping' });
  expect(await socket.next()).toEqual({ type: 'pong' });
}

async function streaming(socket: RawSocket, id = '1', listeners = 1): Promise<void> {
  socket.send(subscribe(id, STREAM));
  await waitFor(() => toy.toys.stream.listeners === listeners);
}

const { conforms, score } = scoring();

describe('a connection', () => {
  conforms('speaks the sub-protocol that the client offers among others', async () => {
    expect((await open({ protocols: ['graphql-ws', 'graphql-transport-ws'] })).protocol).toBe('graphql-transport-ws');
  });

  conforms('of an older sub-protocol alone is not accepted', async () => {
    // The server agrees to none, and the client must then give up by itself.
    await expect(open({ protocols: ['graphql-ws'] })).rejects.toThrow('Server sent no subprotocol');
  });

  conforms('without a sub-protocol is closed with 4406', async () => {
    expect(await (await open({ protocols: [] })).closed()).toMatchObject({ code: 4406 });
  });

  conforms('is acknowledged, and says so with nothing else', async () => {
    const socket = await open();
    socket.send({ type: 'connection_init' });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
    await saysNothingMore(socket);
  });

  conforms('that is not initialised in time is closed with 4408', async () => {
    expect(await silent.closed()).toMatchObject({ code: 4408 });
  });

  conforms('that is initialised twice is closed with 4429', async () => {
    const socket = await opened();
    socket.send({ type: 'connection_init' });
    expect(await socket.closed()).toMatchObject({ code: 4429 });
  });

  conforms('whose credential is no good is closed with 4401', async () => {
    const socket = await open();
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer wrong' } });
    expect(await socket.closed()).toMatchObject({ code: 4401 });
    expect(socket.received).toEqual([]);
  });

  conforms('of a page that may not use its key is closed with 4403', async () => {
    const socket = await open({ headers: { origin: 'https://stranger.example' } });
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer pk' } });
    expect(await socket.closed()).toMatchObject({ code: 4403 });
    expect(socket.received).toEqual([]);
  });

  conforms('takes its credential from the upgrade where a client can send one', async () => {
    const socket = await open({ headers: { authorization: 'Bearer wrong' } });
    socket.send({ type: 'connection_init' });
    expect(await socket.closed()).toMatchObject({ code: 4401 });
  });
});

describe('a message', () => {
  for (const [what, message] of [
    ['that is not JSON', 'hello'],
    ['that is no object', '["subscribe"]'],
    ['without a type', '{}'],
    ['of an unknown type', '{"type":"start"}'],
    ['whose type is none of a client', '{"type":"connection_ack","payload":1}'],
    ['that subscribes without an id', JSON.stringify({ type: 'subscribe', payload: STREAM })],
    ['that subscribes with an empty id', JSON.stringify(subscribe('', STREAM))],
    ['that subscribes to nothing', '{"id":"1","type":"subscribe"}'],
    ['that subscribes to what is no text', JSON.stringify(subscribe('1', { query: 5 }))],
    ['that initialises with what is no object', '{"type":"connection_init","payload":"x"}'],
  ] as const) {
    conforms(`${what} closes the connection with 4400`, async () => {
      const socket = await open();
      socket.send(message);
      expect(await socket.closed()).toMatchObject({ code: 4400 });
    });
  }

  conforms('that is larger than an operation may be closes the connection with 1009', async () => {
    const socket = await opened();
    socket.send(subscribe('1', { query: `{ whoami } #${'x'.repeat(OPERATION_BYTES_MAX)}` }));
    expect(await socket.closed()).toMatchObject({ code: 1009 });
  });

  conforms('in a binary frame is a message like any other', async () => {
    const socket = await open();
    socket.send(Buffer.from('{"type":"connection_init"}'));
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
  });
});

describe('a ping', () => {
  conforms('is answered before and after the acknowledgement, with its payload', async () => {
    const socket = await open();
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    await socket.init();
    socket.send({ type: 'ping', payload: { at: 1 } });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { at: 1 } });
  });

  conforms('is answered while a stream is running, and a pong that nobody asked for is ignored', async () => {
    const socket = await opened();
    await streaming(socket);
    socket.send({ type: 'pong', payload: { at: 1 } });
    await saysNothingMore(socket);
  });
});

describe('an operation', () => {
  conforms('before the connection is initialised closes it with 4401', async () => {
    const socket = await open();
    socket.send(subscribe('1', STREAM));
    expect(await socket.closed()).toMatchObject({ code: 4401 });
  });

  conforms('before the connection is acknowledged closes it with 4401', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    slowAuthentication = promise;
    const socket = await open();
    socket.send({ type: 'connection_init' });
    socket.send(subscribe('1', STREAM));
    expect(await socket.closed()).toMatchObject({ code: 4401 });
    resolve();
  });

  conforms('may be a query: one result, then complete', async () => {
    const socket = await opened();
    socket.send(subscribe('q', { query: 'query ($id: ID!) { order(id: $id) { status } }', variables: { id: 'o1' } }));
    expect(await socket.next()).toMatchObject({ id: 'q', type: 'next', payload: { data: { order: { status: 'CREATED' } } } });
    expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
  });

  conforms('may be a mutation, chosen by its name', async () => {
    const socket = await opened();
    const query = 'query A { whoami } mutation B { orderCancel(id: "o1") { status } }';
    socket.send(subscribe('m', { query, operationName: 'B' }));
    expect(await socket.next()).toMatchObject({ id: 'm', type: 'next', payload: { data: { orderCancel: { status: 'CANCELED' } } } });
    expect(await socket.next()).toEqual({ id: 'm', type: 'complete' });
  });

  conforms('with an id that is in use closes the connection with 4409', async () => {
    const socket = await opened();
    await streaming(socket, 'same');
    socket.send(subscribe('same', { query: '{ whoami }' }));
    expect(await socket.closed()).toMatchObject({ code: 4409 });
  });

  conforms('may reuse an id that the server has completed', async () => {
    const socket = await opened();
    for (let time = 0; time < 2; time += 1) {
      socket.send(subscribe('1', { query: '{ whoami }' }));
      expect(await socket.next()).toMatchObject({ id: '1', type: 'next' });
      expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    }
  });

  conforms('may reuse an id that the client has completed, and hears of the new stream only', async () => {
    const socket = await opened();
    await streaming(socket);
    socket.send({ id: '1', type: 'complete' });
    await waitFor(() => toy.toys.stream.listeners === 0);
    await streaming(socket);
    toy.toys.stream.publish({ number: 7 });
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { orderChanged: { number: 7 } } } });
    await saysNothingMore(socket);
  });

  conforms('may reuse an id in the same breath in which it was completed', async () => {
    const socket = await opened();
    socket.send(subscribe('1', STREAM));
    socket.send({ id: '1', type: 'complete' });
    await streaming(socket);
    toy.toys.stream.publish({ number: 8 });
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { orderChanged: { number: 8 } } } });
    await saysNothingMore(socket);
    expect(toy.toys.stream.listeners).toBe(1);
  });

  conforms('may reuse an id in the same breath in which its running stream was completed', async () => {
    const socket = await opened();
    await streaming(socket);
    socket.send({ id: '1', type: 'complete' });
    socket.send(subscribe('1', { query: '{ whoami }' }));
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { whoami: expect.any(String) } } });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    await waitFor(() => toy.toys.stream.listeners === 0, { timeoutMs: 1_000 });
    await saysNothingMore(socket);
  });

  for (const [what, payload, code] of [
    ['that does not parse', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['that does not fit the schema', { query: 'subscription { nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['whose variables do not fit', { query: 'query ($id: ID!) { order(id: $id) { id } }' }, 'BAD_USER_INPUT'],
    ['that names no operation of its document', { query: 'query A { whoami }', operationName: 'B' }, 'BAD_USER_INPUT'],
  ] as const) {
    conforms(`${what} ends with an error, after which nothing comes and its id is free`, async () => {
      const socket = await opened();
      socket.send(subscribe('1', payload));
      expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code } }] });
      await saysNothingMore(socket);
      socket.send(subscribe('1', { query: '{ whoami }' }));
      expect(await socket.next()).toMatchObject({ id: '1', type: 'next' });
    });
  }

  conforms('whose field fails has a result with data and errors, and is completed', async () => {
    const socket = await opened();
    socket.send(subscribe('1', { query: '{ refused order(id: "o1") { id } }' }));
    const result = { data: { refused: null, order: { id: 'o1' } }, errors: [{ path: ['refused'], extensions: { code: 'FORBIDDEN' } }] };
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: result });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
  });

  conforms('whose source ends is completed', async () => {
    const socket = await opened();
    await streaming(socket);
    toy.toys.stream.end();
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
  });

  conforms('whose source fails says no more than that, and is completed', async () => {
    const socket = await opened();
    await streaming(socket);
    toy.toys.stream.fail(new Error('the password of the database is hunter2'));
    const failure = { data: null, errors: [{ extensions: { code: 'INTERNAL' } }] };
    toy.toys.stream.publish({ number: 1 });
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: failure.errors });
    await saysNothingMore(socket);
    expect(JSON.stringify(socket.received)).not.toContain('hunter2');
  });

  conforms('runs beside others of its connection, each with its own results', async () => {
    const socket = await opened();
    await streaming(socket, 'a', 1);
    await streaming(socket, 'b', 2);
    socket.send(subscribe('q', { query: '{ whoami }' }));
    expect(await socket.next()).toMatchObject({ id: 'q', type: 'next' });
    expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
    toy.toys.stream.publish({ number: 1 });
    const both = [await socket.next(), await socket.next()];
    expect(new Set(both.map(({ id }) => id))).toEqual(new Set(['a', 'b']));
    for (const { payload } of both) expect(payload.data.orderChanged.number).toBe(1);
  });
});

describe('complete', () => {
  conforms('of a client ends its stream at once, and nothing comes after it', async () => {
    const socket = await opened();
    await streaming(socket);
    socket.send({ id: '1', type: 'complete' });
    await waitFor(() => toy.toys.stream.listeners === 0, { timeoutMs: 1_000 });
    toy.toys.stream.publish({ number: 9 });
    await saysNothingMore(socket);
  });

  conforms('for an id that never was, or that is over, is ignored', async () => {
    const socket = await opened();
    socket.send({ id: 'never', type: 'complete' });
    socket.send(subscribe('1', { query: '{ whoami }' }));
    expect((await socket.next()).type).toBe('next');
    expect((await socket.next()).type).toBe('complete');
    socket.send({ id: '1', type: 'complete' });
    await saysNothingMore(socket);
  });

  conforms('while the stream is still being opened frees it all the same', async () => {
    const socket = await opened();
    socket.send(subscribe('1', STREAM));
    socket.send({ id: '1', type: 'complete' });
    await saysNothingMore(socket);
    await waitFor(() => toy.toys.stream.listeners === 0, { timeoutMs: 1_000 });
  });
});

describe('the end of a connection', () => {
  conforms('by its client frees every stream on it, with a goodbye', async () => {
    const socket = await opened();
    await streaming(socket);
    socket.close();
    await waitFor(() => toy.toys.stream.listeners === 0, { timeoutMs: 1_000 });
  });

  conforms('by its client frees every stream on it, without one', async () => {
    const socket = await opened();
    await streaming(socket);
    socket.terminate();
    await waitFor(() => toy.toys.stream.listeners === 0, { timeoutMs: 1_000 });
  });
});

score('the graphql-ws protocol', 40);

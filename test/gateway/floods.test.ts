import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import type { Authenticate } from '../../gateway/credentials.ts';
import { SOCKET_OPERATIONS_MAX } from '../../gateway/socket-operations.ts';
import { ok } from '../../kernel/core/result.ts';
import { rawEvents } from '../conformance/support/raw-events.ts';
import { type RawSocket, rawSocket } from '../conformance/support/raw-socket.ts';
import { waitFor } from '../support/wait-for.ts';
import { eventsOverSse } from './gateway-under-test.ts';
import { type Mode, toyGateway } from './toy-gateway.ts';
import { answerOver } from './transports.ts';

// Clients that want too much, or that are not there any more. Each is refused or bounded, and the next client is served as before.

const STREAMS_PER_KEY_MAX = 3;
const STREAM = 'subscription { orderChanged { number note } }';

const authenticate: Authenticate = async (authorization) =>
  ok({ caller: { kind: 'merchant', merchantUid: 'm-1', keyId: authorization ?? 'nobody' }, expiresAt: null });
const as = (who: string) => ({ authorization: `Bearer ${who}` });

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function aGateway(options: Parameters<typeof toyGateway>[1] = {}, mode: Mode = 'local') {
  const toy = await toyGateway(mode, { authenticate, ...options });
  ends.push(async () => {
    // However the flood ended, the gateway still serves whoever comes next.
    expect((await toy.gateway.query('{ order(id: "o1") { status } }', { headers: as('next') })).body.data).toEqual({
      order: { status: 'CREATED' },
    });
    await toy.close();
  });
  return toy;
}

async function socketOf(url: string, who = 'flood', options = {}): Promise<RawSocket> {
  const socket = await rawSocket(url, options);
  ends.push(() => socket.terminate());
  await socket.init(as(who));
  return socket;
}

const subscribe = (id: string) => ({ id, type: 'subscribe', payload: { query: STREAM } });

describe('a flood of subscriptions', () => {
  test('on one connection ends at its limit with STREAM_LIMIT; those before it go on', async () => {
    const { gateway, toys } = await aGateway();
    const socket = await socketOf(gateway.wsUrl);
    for (let id = 1; id <= SOCKET_OPERATIONS_MAX; id += 1) socket.send(subscribe(String(id)));
    await waitFor(() => toys.stream.listeners === SOCKET_OPERATIONS_MAX);
    for (let id = 1; id <= 50; id += 1) socket.send(subscribe(`more-${id}`));
    for (let id = 1; id <= 50; id += 1) {
      const refusal = { type: 'error', payload: [{ extensions: { code: 'STREAM_LIMIT', retryable: true } }] };
      expect(await socket.next()).toMatchObject(refusal);
    }
    expect(toys.stream.listeners).toBe(SOCKET_OPERATIONS_MAX);
    toys.stream.publish({ number: 1 });
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' });
  });

  test('of one key ends at the limit of the key, over every transport and connection, and leaves other keys alone', async () => {
    const { gateway, toys } = await aGateway({ streamsPerKeyMax: STREAMS_PER_KEY_MAX });
    const streams = await Promise.all(
      Array.from({ length: STREAMS_PER_KEY_MAX }, () => rawEvents(gateway.url, { body: { query: STREAM }, headers: as('flood') })),
    );
    ends.push(() => streams.forEach((stream) => stream.abort()));
    await waitFor(() => toys.stream.listeners === STREAMS_PER_KEY_MAX);
    for (const transport of ['server-sent events', 'graphql-ws'] as const) {
      const refused = await answerOver(transport, gateway, { query: STREAM, credential: 'flood' });
      expect(refused.errors[0].extensions).toMatchObject({ code: 'STREAM_LIMIT', max: STREAMS_PER_KEY_MAX });
    }
    expect(toys.stream.listeners).toBe(STREAMS_PER_KEY_MAX);

    const other = await socketOf(gateway.wsUrl, 'other');
    other.send(subscribe('1'));
    await waitFor(() => toys.stream.listeners === STREAMS_PER_KEY_MAX + 1);
    // A stream that has ended, however it did, makes room for another.
    streams[0]?.abort();
    await waitFor(() => toys.stream.listeners === STREAMS_PER_KEY_MAX);
    const again = await socketOf(gateway.wsUrl);
    again.send(subscribe('1'));
    await waitFor(() => toys.stream.listeners === STREAMS_PER_KEY_MAX + 1);
    toys.stream.end();
    await waitFor(() => toys.stream.listeners === 0);
    again.send(subscribe('2'));
    await waitFor(() => toys.stream.listeners === 1);
  });

  test('opened and left at once leaves nothing behind', async () => {
    const { gateway, toys } = await aGateway({ streamsPerKeyMax: STREAMS_PER_KEY_MAX });
    const socket = await socketOf(gateway.wsUrl);
    for (let id = 1; id <= 500; id += 1) {
      socket.send(subscribe(String(id)));
      socket.send({ id: String(id), type: 'complete' });
    }
    socket.send({ type: 'ping' });
    await waitFor(() => socket.received.some(({ type }) => type === 'pong'));
    await waitFor(() => toys.stream.listeners === 0);
    socket.send(subscribe('last'));
    await waitFor(() => toys.stream.listeners === 1);
  });

  test('that are all refused costs the others nothing: a stream beside them gets its events', async () => {
    const { gateway, toys } = await aGateway();
    const reader = eventsOverSse(gateway.url, STREAM, { headers: as('reader') });
    const first = reader.next();
    await waitFor(() => toys.stream.listeners === 1);
    const flood = Array.from({ length: 300 }, () => gateway.query('subscription { nothing }', { headers: as('flood') }));
    toys.stream.publish({ number: 1 });
    expect((await first).value).toMatchObject({ data: { orderChanged: { number: 1 } } });
    const codes = (await Promise.all(flood)).map(({ body }) => body.errors[0].extensions.code);
    expect(new Set(codes)).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
    await reader.return(undefined);
  });
});

describe('a batch of operations', () => {
  test.each([2, 1_000])('of %i is refused as a whole, and nothing of it runs', async (count) => {
    const { gateway, toys } = await aGateway();
    const body = JSON.stringify(Array.from({ length: count }, () => ({ query: '{ order(id: "o1") { payment { id } } }' })));
    const answer = await fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json', ...as('flood') }, body });
    expect([answer.status, await answer.json()]).toMatchObject([400, { errors: [{ extensions: { code: 'BAD_REQUEST' } }] }]);
    expect(toys.seen).toEqual([]);
  });
});

describe('a client that is not there any more', () => {
  test('and answers no ping is cut, and its streams with it', async () => {
    const { gateway, toys } = await aGateway({ pingEveryMs: 50 });
    const socket = await socketOf(gateway.wsUrl, 'gone', { autoPong: false });
    socket.send(subscribe('1'));
    await waitFor(() => toys.stream.listeners === 1);
    await socket.closed();
    await waitFor(() => toys.stream.listeners === 0);
  });

  test('and takes nothing of a stream from another process loses it, once a megabyte waits for it', async () => {
    const { gateway, toys } = await aGateway({}, 'remote');
    const socket = await socketOf(gateway.wsUrl, 'gone');
    socket.send(subscribe('1'));
    await waitFor(() => toys.stream.listeners === 1);
    socket.socket.pause();
    const note = 'x'.repeat(200_000);
    // Far fewer events than may wait, of more bytes than the sockets on the way hold.
    for (let number = 1; number <= 200; number += 1) toys.stream.publish({ number, note });
    await waitFor(() => toys.stream.listeners === 0);
  });

  test('and takes nothing of its event stream is cut, and its source with it', async () => {
    const { gateway, toys } = await aGateway({ stalledMs: 100 });
    const stream = await rawEvents(gateway.url, { body: { query: STREAM }, headers: as('gone') });
    stream.pause();
    await waitFor(() => toys.stream.listeners === 1);
    const note = 'x'.repeat(100_000);
    for (let number = 1; number <= 300; number += 1) toys.stream.publish({ number, note });
    await waitFor(() => toys.stream.listeners === 0, { timeoutMs: 10_000 });
    stream.abort();
  });

  test('and never finishes its request, or says nothing at all, holds up nobody', async () => {
    const { gateway } = await aGateway();
    const { hostname, port } = new URL(gateway.url);
    const half = [
      '',
      'POST /graphql HTTP/1.1\r\n',
      'POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"que',
    ];
    const sockets = half.flatMap((text) =>
      Array.from({ length: 50 }, () => {
        const socket = net.connect(Number(port), hostname, () => socket.write(text));
        return socket.on('error', () => undefined); // The gateway goes away at the end of the test.
      }),
    );
    ends.push(() => sockets.forEach((socket) => socket.destroy()));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.query('{ whoami }', { headers: as('next') })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });
});

test('an upgrade to another protocol, or of another version, is refused and the connection closed', async () => {
  const { gateway } = await aGateway();
  const upgrade = async (headers: Record<string, string>) => {
    const request = http.get(gateway.url, { headers: { connection: 'Upgrade', upgrade: 'websocket', ...headers } });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]; // As Node documents it.
    response.resume();
    return response.statusCode;
  };
  const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };
  expect(await upgrade({ ...key, 'sec-websocket-version': '7' })).toBe(400);
  expect(await upgrade({ ...key, 'sec-websocket-key': 'short' })).toBe(400);
  expect(await upgrade({ ...key, upgrade: 'h2c' })).toBe(400);
});

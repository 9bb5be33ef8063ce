import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { SocketTransport } from '../../gateway/socket-transport.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0).toReversed()) stop();
});

/** A real connection: the server's end, and the client at the other. */
async function connection() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // A TCP server that listens has one.
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  stops.push(
    () => server.close(),
    () => client.terminate(),
  );
  const [socket]: WebSocket[] = await once(server, 'connection');
  await once(client, 'open');
  if (!socket) throw new Error('there is no connection');
  const transport = new SocketTransport(socket, { logger: createLogger({ level: 'silent', name: 'test' }), read: (text) => text });
  return { transport, socket, client };
}

test('what waits for a client that does not read is bounded by its bytes, and all of it comes when the client reads', async () => {
  const { transport, socket, client } = await connection();
  client.pause();
  const text = 'x'.repeat(500_000);
  let received = 0;
  client.on('message', () => (received += 1));
  const sent = Array.from({ length: 40 }, () => transport.send(text));
  await new Promise((resolve) => setImmediate(resolve));
  expect(socket.bufferedAmount).toBeGreaterThan(500_000);
  expect(socket.bufferedAmount).toBeLessThan(1_048_576 + 600_000);
  client.resume();
  await Promise.all(sent);
  await expect.poll(() => received).toBe(40);
});

test('what waits for a client that has left is dropped', async () => {
  const { transport, client } = await connection();
  client.pause();
  const sent = Array.from({ length: 40 }, () => transport.send('x'.repeat(500_000)).catch(() => 'not sent'));
  client.terminate();
  expect((await Promise.all(sent)).length).toBe(40);
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

import { createDatabase } from '../../../kernel/runtime/database.ts';
import { bellChannel } from '../../../kernel/runtime/event-log/bell-bridge.ts';
import { servePart } from '../part.ts';

// What live status costs at the least: a server that is told of each batch, reads it with one statement, and writes a text that it makes
// once to every socket of the order. No GraphQL, no credentials, no cursors, no places to resume at: whoever is away loses.

export type FloorRequest = { readonly databaseUrl: string };

const READ = 'select pos, subject, version, type, payload, at from event_log where pos > $1 order by pos limit 500';
const rowSchema = z.object({
  pos: z.bigint(),
  subject: z.string(),
  version: z.number(),
  type: z.string(),
  payload: z.object({ status: z.string() }),
  at: z.date(),
});
const subscribeSchema = z.object({
  type: z.string(),
  payload: z.object({ variables: z.object({ orderId: z.string() }).optional() }).optional(),
});

const watching = new Map<string, Set<WebSocket>>();
const sockets = new WebSocketServer({ noServer: true });
const server = createServer().on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, serve);
});

function serve(socket: WebSocket): void {
  let orderId = '';
  socket.on('message', (data: Buffer) => {
    const { type, payload } = subscribeSchema.parse(JSON.parse(data.toString()));
    if (type === 'connection_init') return socket.send('{"type":"connection_ack"}');
    orderId = payload?.variables?.orderId ?? '';
    watching.set(orderId, (watching.get(orderId) ?? new Set()).add(socket));
    socket.send('{"__typename":"StreamReady"}');
  });
  socket.on('close', () => watching.get(orderId)?.delete(socket));
}

servePart(async ({ databaseUrl }: FloorRequest) => {
  const database = createDatabase({ url: databaseUrl, schema: 'orders', applicationName: 'bench-floor' });
  let position = 0n;
  let again = false;
  let reading = false;
  const read = async (): Promise<void> => {
    again = true;
    if (reading) return;
    reading = true;
    while (again) {
      again = false;
      const { rows } = await database.pool.query({ name: 'floor', text: READ, values: [position] });
      for (const { pos, subject, version, type, payload, at } of z.array(rowSchema).parse(rows)) {
        position = pos;
        const event = {
          __typename: type,
          orderVersion: version,
          sequence: String(pos),
          status: payload.status,
          occurredAt: at.toISOString(),
        };
        const text = JSON.stringify({ id: '1', type: 'next', payload: { data: { orderStatusChanged: event } } });
        for (const socket of watching.get(subject) ?? []) socket.send(text);
      }
      if (rows.length === 500) again = true;
    }
    reading = false;
  };
  await read();
  const listener = database.newClient();
  await listener.connect();
  listener.on('notification', () => void read());
  await listener.query(`listen ${bellChannel('orders')}`);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server that listens has one.
  return { url: `http://127.0.0.1:${port}` };
});

import { WebSocket } from 'ws';

import { servePart } from '../part.ts';

// Clients that read as little as they can, so that what is measured is the hub: one socket and one stream each.

export type SubscribersRequest =
  /** Opens a stream per entry, each on a socket of its own, a few at a time. */
  | {
      readonly kind: 'open';
      readonly url: string;
      readonly credential: string;
      readonly query: string;
      readonly orderIds: readonly string[];
    }
  /** What came since the last question. */
  | { readonly kind: 'take' }
  | { readonly kind: 'close' };

/** When each event came: subscriber (by its place in the list), version, milliseconds since 1970. */
export type Arrivals = readonly (readonly [subscriber: number, version: number, at: number])[];
export interface Taken {
  readonly arrivals: Arrivals;
  /** Streams that are open and ready. */
  readonly ready: number;
  /** How streams ended that should not have. */
  readonly faults: readonly string[];
}

/** Sockets that are being opened at once. */
const OPENING_MAX = 50;
const VERSION = /"orderVersion":(\d+)/;

let sockets: WebSocket[] = [];
let arrivals: (readonly [number, number, number])[] = [];
let ready = 0;
const faults: string[] = [];

async function open({ url, credential, query, orderIds }: SubscribersRequest & { kind: 'open' }): Promise<void> {
  let next = 0;
  const openSome = async () => {
    while (next < orderIds.length) {
      const index = next;
      next += 1;
      await openOne(index, { url, credential, query, orderId: orderIds[index] ?? '' });
    }
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, openSome));
}

function openOne(
  subscriber: number,
  { url, credential, query, orderId }: { url: string; credential: string; query: string; orderId: string },
): Promise<void> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
  sockets.push(socket);
  return new Promise((resolve) => {
    const fault = (text: string) => {
      faults.push(text);
      resolve();
    };
    socket.on('error', (error) => fault(error.message));
    socket.on('close', (code) => fault(`closed with ${code}`));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${credential}` } })));
    socket.on('message', (data: Buffer) => {
      const at = performance.timeOrigin + performance.now();
      const text = data.toString('latin1');
      const version = VERSION.exec(text)?.[1];
      if (version !== undefined) return void arrivals.push([subscriber, Number(version), at]);
      if (text.includes('"connection_ack"')) {
        return socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { orderId } } }));
      }
      if (text.includes('"ping"')) return socket.send('{"type":"pong"}');
      if (text.includes('"StreamHeartbeat"')) return;
      if (!text.includes('"StreamReady"')) return fault(text);
      ready += 1;
      resolve();
    });
  });
}

servePart(async (request: SubscribersRequest): Promise<Taken | undefined> => {
  switch (request.kind) {
    case 'open':
      return await open(request).then(() => undefined);
    case 'take': {
      const taken = { arrivals, ready, faults: [...new Set(faults)] };
      arrivals = [];
      return taken;
    }
    case 'close': {
      for (const socket of sockets) {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.terminate();
      }
      sockets = [];
      ready = 0;
      return undefined;
    }
    default:
      return request satisfies never;
  }
});

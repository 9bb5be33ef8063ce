import { once } from 'node:events';

import { WebSocket } from 'ws';

import { waitFor } from '../../support/wait-for.ts';

/** A message of the protocol, as it came. */
export interface WireMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: ReturnType<typeof JSON.parse>;
}

/** A WebSocket that knows nothing of GraphQL: it sends what it is told to, and keeps what comes. */
export interface RawSocket {
  readonly protocol: string;
  readonly received: readonly WireMessage[];
  /** Anything that is no text is sent as JSON. */
  send(message: string | Buffer | object): void;
  /** Hears of every message; then none is kept for `next`. */
  onMessage(listener: (message: WireMessage) => void): void;
  /** The next message that nobody has taken, in order. Fails when none comes. */
  next(): Promise<WireMessage>;
  /** `connection_init`, and its acknowledgement. */
  init(payload?: object): Promise<void>;
  /** How the server closed it. */
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
  readonly isOpen: boolean;
  close(): void;
  /** Vanishes without a goodbye. */
  terminate(): void;
  readonly socket: WebSocket;
}

export async function rawSocket(
  url: string,
  { protocols = ['graphql-transport-ws'], ...options }: { protocols?: string[]; headers?: Record<string, string>; autoPong?: boolean } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(url, protocols, options);
  const received: WireMessage[] = [];
  let taken = 0;
  const listeners: ((message: WireMessage) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as WireMessage; // What the server says is JSON, or the test fails.
    if (listeners.length === 0) received.push(message);
    for (const listener of listeners) listener(message);
  });
  const { promise: end, resolve: ended } = Promise.withResolvers<{ code: number; reason: string }>();
  socket.on('close', (code, reason) => ended({ code, reason: reason.toString() }));
  await once(socket, 'open');
  socket.on('error', () => undefined); // A close follows, and that is what tests look at.
  const raw: RawSocket = {
    socket,
    received,
    protocol: socket.protocol,
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    send: (message) => socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    onMessage: (listener) => void listeners.push(listener),
    async next() {
      const message = await waitFor(() => received[taken]);
      taken += 1;
      return message;
    },
    async init(payload) {
      raw.send({ type: 'connection_init', ...(payload ? { payload } : {}) });
      const ack = await raw.next();
      if (ack.type !== 'connection_ack') throw new Error(`not acknowledged: ${JSON.stringify(ack)}`);
    },
    closed: () => end,
    close: () => socket.close(),
    terminate: () => socket.terminate(),
  };
  return raw;
}

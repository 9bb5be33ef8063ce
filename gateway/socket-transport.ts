import { CloseCode, type WebSocket as GraphqlSocket } from 'graphql-ws';
import type { WebSocket } from 'ws';

import type { Logger } from '../kernel/runtime/logger.ts';

/** What may wait in memory for a client that does not read. Whoever has more for it waits until it has read. */
const BUFFERED_BYTES_MAX = 1_048_576;

/** A connection as graphql-ws wants it. Keeps nothing of a message once it was handled: ten thousand of these wait side by side. */
export class SocketTransport implements GraphqlSocket {
  readonly #socket: WebSocket;
  readonly #logger: Logger;
  readonly #read: (text: string) => string;
  /** When everything written so far has left. */
  #written: Promise<void> = Promise.resolve();

  /** `read` makes of a message what graphql-ws is to see of it. */
  constructor(socket: WebSocket, { logger, read }: { readonly logger: Logger; readonly read: (text: string) => string }) {
    this.#socket = socket;
    this.#logger = logger;
    this.#read = read;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Resolves when the message has left this process: the next event of its stream is not asked for before. */
  async send(text: string): Promise<void> {
    const socket = this.#socket;
    while (socket.readyState === socket.OPEN && socket.bufferedAmount >= BUFFERED_BYTES_MAX) await this.#written;
    if (socket.readyState !== socket.OPEN) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.send(text, (error) => (error ? reject(error) : resolve()));
    this.#written = promise.catch(() => undefined); // Whoever sent it hears of it.
    await promise;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  onMessage(handle: (text: string) => Promise<void>): void {
    this.#socket.on('message', (data: Buffer) => {
      handle(this.#read(data.toString())).catch((error: unknown) => {
        this.#logger.debug({ err: error }, 'a message of a socket could not be handled'); // Mostly: its client has left meanwhile.
        this.#socket.close(CloseCode.InternalServerError, 'Internal server error');
      });
    });
  }
}

/** Connections are pinged a part at a time, so that ten thousand pings are not one pause. */
const PING_PARTS = 12;

/** Pings every connection and cuts those that have not answered when the next ping is due: nobody is there any more. */
export interface SocketPings {
  watch(socket: WebSocket): void;
  stop(): void;
}

export function createSocketPings({ everyMs }: { readonly everyMs: number }): SocketPings {
  const parts = Array.from({ length: PING_PARTS }, () => new Set<WebSocket>());
  const unanswered = new WeakSet<WebSocket>();
  let next = 0;
  let watched = 0;

  function answered(this: WebSocket): void {
    unanswered.delete(this);
  }

  function pingSome(): void {
    next = (next + 1) % PING_PARTS;
    for (const socket of parts[next] ?? []) {
      if (unanswered.has(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        unanswered.add(socket);
        socket.ping();
      }
    }
  }

  const timer = setInterval(pingSome, everyMs / PING_PARTS).unref();
  return {
    watch(socket) {
      const part = parts[(watched += 1) % PING_PARTS];
      part?.add(socket);
      socket.on('pong', answered);
      socket.once('close', () => part?.delete(socket));
    },
    stop: () => clearInterval(timer),
  };
}

import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';

import type { Caller } from '../../schema/caller.ts';
import type { RemoteSubgraph, ResultStream } from './transport.ts';
import { reviveErrors, unavailable } from './wire-result.ts';

/** Connections of one gateway process to one subgraph: one per caller who has a stream open. */
const CONNECTIONS_MAX = 1_000;
/** How far a stream may run ahead of a client that does not read. Then it ends, and the client resumes at its cursor. */
const EVENTS_AHEAD_MAX = 1_000;
const BYTES_AHEAD_MAX = 1_048_576;
const PING_EVERY_MS = 12_000;
const PONG_WITHIN_MS = 5_000;

export interface RemoteStreams {
  open(subscription: SubscribePayload & { readonly caller: Caller }): ResultStream;
  close(): Promise<void>;
}

/** Subscriptions to a subgraph of another process. A lost connection ends its streams; nobody repeats them behind the client's back. */
export function createRemoteStreams(subgraph: RemoteSubgraph & { readonly address: URL }): RemoteStreams {
  const clients = new Map<string, Client>();

  function clientOf(caller: Caller): Client | undefined {
    const key = JSON.stringify(caller);
    const known = clients.get(key);
    if (known || clients.size >= CONNECTIONS_MAX) return known;
    const client = connect(subgraph, caller, () => clients.delete(key));
    clients.set(key, client);
    return client;
  }

  return {
    open({ caller, ...payload }) {
      const client = clientOf(caller);
      if (client) return streamOf(client, payload, subgraph);
      subgraph.logger.warn({ subgraph: subgraph.name, connectionsMax: CONNECTIONS_MAX }, 'too many callers with streams');
      return oneEvent({ errors: [unavailable(subgraph.name)] });
    },
    async close() {
      for (const client of clients.values()) await client.dispose();
      clients.clear();
    },
  };
}

function connect({ address, signer }: RemoteSubgraph & { readonly address: URL }, caller: Caller, closed: () => void): Client {
  /** The signature is in the headers of the upgrade, made anew at each connection. */
  class SignedWebSocket extends WebSocket {
    constructor(url: string, protocols: string | string[]) {
      super(url, protocols, { headers: signer.headers({ method: 'GET', path: address.pathname, body: '', caller }) });
    }
  }
  let pongIsLate: NodeJS.Timeout | undefined;
  const client = createClient({
    url: address.href.replace(/^http/, 'ws'),
    webSocketImpl: SignedWebSocket,
    lazy: true,
    lazyCloseTimeout: 3_000,
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    on: {
      ping: (received) => {
        if (!received) pongIsLate = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pongIsLate);
      },
      closed: () => {
        clearTimeout(pongIsLate);
        closed();
      },
    },
  });
  return client;
}

function streamOf(client: Client, payload: SubscribePayload, { name, logger }: RemoteSubgraph): ResultStream {
  const waiting: { readonly result: ExecutionResult; readonly bytes: number }[] = [];
  let bytesAhead = 0;
  let ended = false;
  let wake: (() => void) | undefined;
  const end = () => {
    ended = true;
    wake?.();
  };
  const unsubscribe = client.subscribe<Record<string, unknown>, Record<string, unknown>>(payload, {
    next(result) {
      // Only what has to wait is measured.
      const bytes = waiting.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(result));
      bytesAhead += bytes;
      waiting.push({ result: reviveErrors(result as FormattedExecutionResult), bytes }); // graphql-ws types errors as if they had been revived.
      if (waiting.length < EVENTS_AHEAD_MAX && bytesAhead < BYTES_AHEAD_MAX) return wake?.();
      logger.warn({ subgraph: name, eventsAhead: waiting.length, bytesAhead }, 'a client reads too slowly; its stream ends');
      unsubscribe();
      end();
    },
    error(reason) {
      // An array is the subgraph refusing the subscription; anything else is a connection that could not be made or was lost.
      if (Array.isArray(reason)) {
        const errors = reason as NonNullable<FormattedExecutionResult['errors']>; // GraphQL errors, by the protocol.
        waiting.push({ result: reviveErrors({ errors }), bytes: 0 });
      } else logger.warn({ subgraph: name, err: reason }, 'a stream lost its subgraph');
      end();
    },
    complete: end,
  });
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const event = waiting.shift();
        bytesAhead -= event?.bytes ?? 0;
        if (event) return { done: false, value: event.result };
        if (ended) return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async return() {
      waiting.length = 0;
      unsubscribe();
      end();
      return { done: true, value: undefined };
    },
  };
}

async function* oneEvent(event: ExecutionResult): ResultStream {
  yield event;
}

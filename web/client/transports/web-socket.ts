import type { GraphqlResult } from '../event-source.ts';
import { type ClientFailureCode, connectionLost, failureOf, GatewayFailure, type GraphqlErrorEntry } from '../failure.ts';
import type { Credential } from '../graphql-client.ts';
import { Inbox } from './inbox.ts';
import type { StreamTransport } from './transport.ts';

/** The parts of a browser's WebSocket that are used: Node 22 and the package `ws` have them as well. */
export type SocketConstructor = new (url: string, protocol: string) => Socket;
interface Socket {
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  send(text: string): void;
  close(code?: number): void;
}

const PROTOCOL = 'graphql-transport-ws';
const OPERATION_ID = '1';
/** A socket cannot be asked to wait. A reader so slow that this many items lie here lets go and resumes at its cursor: nothing is lost. */
const UNREAD_MAX = 1_000;
const CLOSE_NORMAL = 1_000;
const CLOSE_UNAUTHORIZED = 4_401;
const CLOSE_FORBIDDEN = 4_403;

type ServerMessage =
  | { readonly type: 'connection_ack' | 'pong' }
  | { readonly type: 'ping' }
  | { readonly type: 'next'; readonly payload: GraphqlResult }
  | { readonly type: 'error'; readonly payload: readonly GraphqlErrorEntry[] }
  | { readonly type: 'complete' };

/** graphql-ws with one operation on a connection of its own. `url` is the http or https address of `/graphql`. */
export function webSocketTransport(o: {
  readonly url: string;
  readonly credential?: Credential | undefined;
  readonly WebSocket: SocketConstructor;
}): StreamTransport {
  return {
    name: 'websocket',
    async *open(source, begin, signal) {
      const operation = source.live(begin);
      const { query, variables } = operation;
      const token = (await o.credential?.()) ?? null;
      if (signal.aborted) return;
      const inbox = new Inbox<GraphqlResult>();
      const socket = new o.WebSocket(o.url.replace(/^http/, 'ws'), PROTOCOL);
      const send = (message: object) => socket.send(JSON.stringify(message));
      const leave = () => {
        inbox.end();
        socket.close(CLOSE_NORMAL);
      };
      socket.addEventListener('open', () => {
        send({ type: 'connection_init', payload: token === null ? {} : { authorization: `Bearer ${token}` } });
      });
      socket.addEventListener('error', () => inbox.end(connectionLost('The socket failed')));
      socket.addEventListener('close', ({ code, reason }) => inbox.end(closeFailure(code, reason)));
      socket.addEventListener('message', ({ data }) => {
        const message = JSON.parse(String(data)) as ServerMessage; // The gateway's; other messages are ignored below.
        if (message.type === 'connection_ack') send({ id: OPERATION_ID, type: 'subscribe', payload: { query, variables } });
        else receive(message, { inbox, send });
        if (inbox.size > UNREAD_MAX) {
          inbox.end(connectionLost('Events come faster than they are handled'));
          socket.close(CLOSE_NORMAL);
        }
      });
      signal.addEventListener('abort', leave);
      try {
        for (let result = await inbox.next(); result !== undefined; result = await inbox.next()) yield operation.read(result);
      } finally {
        signal.removeEventListener('abort', leave);
        leave();
      }
    },
  };
}

function receive(
  message: ServerMessage,
  { inbox, send }: { readonly inbox: Inbox<GraphqlResult>; readonly send: (message: object) => void },
): void {
  switch (message.type) {
    case 'ping':
      return send({ type: 'pong' });
    case 'next':
      return inbox.push(message.payload);
    case 'error':
      return inbox.end(failureOf(message.payload));
    case 'complete':
      return inbox.end();
    case 'connection_ack':
    case 'pong':
      return;
    default:
      message satisfies never;
  }
}

function closeFailure(code: number, reason: string): GatewayFailure {
  switch (code) {
    case CLOSE_UNAUTHORIZED:
      return new GatewayFailure('UNAUTHENTICATED', reason, { retryable: false });
    case CLOSE_FORBIDDEN:
      return new GatewayFailure('CREDENTIAL_ENDED' satisfies ClientFailureCode, reason, { retryable: false });
    default:
      return connectionLost(`The socket was closed with ${code}`);
  }
}

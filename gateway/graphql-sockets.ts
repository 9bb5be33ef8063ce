import type http from 'node:http';
import type { Duplex } from 'node:stream';

import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';

import { closeSocketServer } from '../kernel/runtime/graphql/close-socket-server.ts';
import { mayUse } from './cross-origin.ts';
import { GRAPHQL_PATH } from './gateway.ts';
import { type GraphqlHostOptions, OPERATION_BYTES_MAX } from './graphql-http.ts';
import { watchSession } from './session-watch.ts';
import { withNamedDocument } from './named-documents.ts';
import { type ConnectionParams, createSocketOperations, type SocketContext, type SocketState } from './socket-operations.ts';
import { createSocketPings, SocketTransport } from './socket-transport.ts';

/** How long a connection may take to say who it is. */
const INIT_WITHIN_MS = 3_000;
const PING_EVERY_MS = 12_000;
const GOING_AWAY = 1001;

export interface GraphqlSockets {
  /** Gives streams that were asked to end the time to say so, then tells every client that the hub is going away (1001). */
  close(): Promise<void>;
}

/**
 * graphql-ws on the path of the HTTP endpoint. The credential comes in `connectionParams.authorization`, or in the Authorization header
 * of the upgrade; 4401 refuses one that is no good, 4403 closes a connection whose credential has ended.
 */
export function attachGraphqlSockets(
  server: http.Server,
  options: GraphqlHostOptions,
  { pingEveryMs = PING_EVERY_MS }: { readonly pingEveryMs?: number } = {},
): GraphqlSockets {
  const open = options.metrics.gauge({ name: 'graphql_sockets_open', help: 'Connections of GraphQL clients over WebSocket.' });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: OPERATION_BYTES_MAX, clientTracking: true, handleProtocols });
  const pings = createSocketPings({ everyMs: pingEveryMs });
  const contexts = new Set<SocketContext>();
  const graphql = makeServer<ConnectionParams, SocketState>({
    ...createSocketOperations(options),
    connectionInitWaitTimeout: INIT_WITHIN_MS,
    onConnect: (context) => {
      contexts.add(context);
      return connect(context, options);
    },
    onClose: (context) => {
      contexts.delete(context);
      context.extra.stopWatching?.();
    },
  });

  const transportOptions = { logger: options.logger, read: (text: string) => withNamedDocument(text, options.browserDocuments) };
  function serve(socket: WebSocket, request: http.IncomingMessage): void {
    open.inc();
    // ws has closed the connection with the code for what its client did wrong.
    socket.on('error', (error) => options.logger.debug({ err: error }, 'a socket failed'));
    pings.watch(socket);
    const closed = graphql.opened(new SocketTransport(socket, transportOptions), stateOf(socket, request));
    socket.once('close', (code, reason) => {
      open.dec();
      closed(code, reason.toString()).catch((error: unknown) => options.logger.error({ err: error }, 'a socket was not closed cleanly'));
    });
  }

  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] !== GRAPHQL_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, request));
  });

  async function sayGoodbye(): Promise<void> {
    pings.stop();
    for (const client of sockets.clients) client.close(GOING_AWAY, 'Going away');
    const gone = Promise.withResolvers<void>();
    sockets.close(() => gone.resolve());
    await gone.promise;
  }
  return { close: () => closeSocketServer({ sockets, contexts, dispose: sayGoodbye }) };
}

/** All that is kept of the upgrade's request. */
function stateOf(socket: WebSocket, { headers, socket: { remoteAddress } }: http.IncomingMessage): SocketState {
  const { authorization, origin } = headers;
  return { socket, authorization, origin, remoteAddress };
}

async function connect(context: SocketContext, { authenticate, now, onKeysChanged, logger }: GraphqlHostOptions): Promise<boolean> {
  const { extra } = context;
  const given = context.connectionParams?.['authorization'] ?? context.connectionParams?.['Authorization'];
  const authorization = typeof given === 'string' ? given : extra.authorization;
  const session = await authenticate(authorization).catch((error: unknown) => {
    logger.error({ err: error }, 'a socket could not be authenticated');
    return null;
  });
  if (!session) return refuse(extra.socket, CloseCode.InternalServerError, 'The hub cannot answer right now');
  if (!session.ok) return refuse(extra.socket, CloseCode.Unauthorized, 'Unauthorized');
  if (!mayUse(session.value, extra.origin)) return refuse(extra.socket, CloseCode.Forbidden, 'Origin not allowed');
  extra.session = session.value;
  extra.stopWatching = watchSession({
    session: session.value,
    authorization,
    authenticate,
    now,
    onKeysChanged,
    end: () => extra.socket.close(CloseCode.Forbidden, 'Forbidden'),
  });
  return true;
}

/** graphql-ws closes with 4403 itself when a connection is refused; the code that was sent first is the one that counts. */
function refuse(socket: WebSocket, code: CloseCode, reason: string): boolean {
  socket.close(code, reason);
  return false;
}

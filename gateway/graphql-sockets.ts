import type http from 'node:http';
import type { Duplex } from 'node:stream';

import { getGraphQLWSOptions } from '@graphql-hive/gateway-runtime';
import { CloseCode, type Context } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';

import { budgetKeyOf } from './budget-key.ts';
import { mayUse } from './cross-origin.ts';
import { millisecondsLeft, type Session } from './credentials.ts';
import { GRAPHQL_PATH } from './gateway.ts';
import { type GraphqlHostOptions, OPERATION_BYTES_MAX } from './graphql-http.ts';
import { watchSession } from './session-watch.ts';

/** How many operations one connection may have open at once. */
export const SOCKET_OPERATIONS_MAX = 100;
const KEEP_ALIVE_MS = 12_000;

interface SocketState {
  session?: Session;
  stopWatching?: () => void;
  [key: PropertyKey]: unknown; // What graphql-ws asks of anything beside its own fields.
}
type SocketContext = Context<Record<string, unknown> | undefined, Extra & SocketState>;

export interface GraphqlSockets {
  /** Tells every client that the hub is going away (1001), so that it resumes elsewhere. */
  close(): Promise<void>;
}

/**
 * graphql-ws on the path of the HTTP endpoint. The credential comes in `connectionParams.authorization`, or in the Authorization header
 * of the upgrade; 4401 refuses one that is no good, 4403 closes a connection whose credential has ended.
 */
export function attachGraphqlSockets(server: http.Server, options: GraphqlHostOptions): GraphqlSockets {
  const open = options.metrics.gauge({ name: 'graphql_sockets_open', help: 'Connections of GraphQL clients over WebSocket.' });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: OPERATION_BYTES_MAX, clientTracking: true });
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] !== GRAPHQL_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      open.inc();
      webSocket.once('close', () => open.dec());
      sockets.emit('connection', webSocket, request);
    });
  });

  const operations = getGraphQLWSOptions(options.gateway, (context) => operationContext(context as SocketContext, options)); // Its type leaves `extra` open.
  const disposable = useServer<Record<string, unknown> | undefined, SocketState>(
    {
      ...operations,
      onConnect: (context) => connect(context, options),
      onClose: (context) => context.extra.stopWatching?.(),
    } as Parameters<typeof useServer<Record<string, unknown> | undefined, SocketState>>[0], // getGraphQLWSOptions is typed for any extra.
    sockets,
    KEEP_ALIVE_MS,
  );
  return { close: async () => disposable.dispose() };
}

async function connect(context: SocketContext, { authenticate, now, logger }: GraphqlHostOptions): Promise<boolean> {
  const { extra } = context;
  const given = context.connectionParams?.['authorization'] ?? context.connectionParams?.['Authorization'];
  const authorization = typeof given === 'string' ? given : extra.request.headers.authorization;
  const session = await authenticate(authorization).catch((error: unknown) => {
    logger.error({ err: error }, 'a socket could not be authenticated');
    return null;
  });
  if (!session) return refuse(extra.socket, CloseCode.InternalServerError, 'The hub cannot answer right now');
  if (!session.ok) return refuse(extra.socket, CloseCode.Unauthorized, 'Unauthorized');
  if (!mayUse(session.value, extra.request.headers.origin)) return refuse(extra.socket, CloseCode.Forbidden, 'Origin not allowed');
  extra.session = session.value;
  extra.stopWatching = watchSession({
    session: session.value,
    authorization,
    authenticate,
    now,
    end: () => extra.socket.close(CloseCode.Forbidden, 'Forbidden'),
  });
  return true;
}

/** graphql-ws closes with 4403 itself when a connection is refused; the code that was sent first is the one that counts. */
function refuse(socket: WebSocket, code: CloseCode, reason: string): boolean {
  socket.close(code, reason);
  return false;
}

function operationContext({ extra, subscriptions }: SocketContext, { ids, now }: GraphqlHostOptions): Record<string, unknown> {
  if (!extra.session) throw new Error('an operation came before its connection was acknowledged');
  if (Object.keys(subscriptions).length > SOCKET_OPERATIONS_MAX) {
    extra.socket.close(CloseCode.TooManyInitialisationRequests, 'Too many operations');
  }
  const { caller } = extra.session;
  const budgetKey = budgetKeyOf(caller, extra.request.socket.remoteAddress);
  const credentialEndsInMs = millisecondsLeft(extra.session, now());
  return { req: extra.request, socket: extra.socket, caller, requestId: ids.next(), budgetKey, credentialEndsInMs };
}

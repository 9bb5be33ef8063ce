import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import type { Duplex } from 'node:stream';

import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Context } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

import type { Caller } from '../../../schema/caller.ts';
import type { Logger } from '../logger.ts';
import { closeSocketServer } from './close-socket-server.ts';
import { jsonResponse, type HttpRequest, type HttpResponse, type HttpRoute } from '../service-host.ts';
import type { RequestVerifier } from '../signed-request.ts';
import type { Subgraph } from '../subgraph.ts';

const GRAPHQL_PATH = '/graphql';
/** Entity look-ups carry one representation for each item of a page. */
const OPERATION_BYTES_MAX = 1024 * 1024;
const KEEP_ALIVE_MS = 12_000;
const NO_BODY = new Uint8Array();

/** Answers GraphQL for one subgraph that runs in a process of its own. Only the hub's gateway gets in: every request is signed. */
export interface SubgraphServer {
  /** `POST /graphql`: queries and mutations; `GET /graphql`: queries. */
  readonly routes: readonly HttpRoute[];
  /** Call before the host listens. */
  start(): Promise<void>;
  /** Takes the WebSocket upgrades of `/graphql`: subscriptions, over graphql-ws. The upgrade request carries the signature. */
  attach(server: http.Server): void;
  /**
   * Lets streams that were asked to end say so and closes the sockets (the gateway's clients resume at their cursors), then ends running
   * operations. Call before the host closes.
   */
  stop(): Promise<void>;
}

export interface SubgraphServerOptions {
  readonly subgraph: Pick<Subgraph, 'schema' | 'contextFor'>;
  readonly verifier: RequestVerifier;
  readonly logger: Logger;
}

export function createSubgraphServer(options: SubgraphServerOptions): SubgraphServer {
  const { subgraph, verifier } = options;
  const apollo = createApollo(options);
  const sockets = createSockets(options);

  async function handle(request: HttpRequest): Promise<HttpResponse> {
    const { method, target, body, headers, requestId } = request;
    const caller = verifier.verify({ method, path: target, body, headers });
    if (!caller.ok) return jsonResponse(401, { error: 'not a signed request of the hub', code: caller.failure.code });
    if (method === 'POST' && !isJson(headers))
      return jsonResponse(415, { error: 'the body is not application/json', code: 'BODY_NOT_JSON' });
    const operation = method === 'POST' ? jsonOf(body) : null;
    if (operation === undefined) return jsonResponse(400, { error: 'the body is not JSON', code: 'BODY_NOT_JSON' });
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headerMap(request), search: request.url.search, body: operation },
      context: () => Promise.resolve(subgraph.contextFor({ caller: caller.value, requestId })),
    });
    return httpResponse(response);
  }

  return {
    routes: ['POST', 'GET'].map((method) => ({ method, path: GRAPHQL_PATH, bodyBytesMax: OPERATION_BYTES_MAX, handle })),
    start: () => apollo.start(),
    attach: (server) => void server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head)),
    async stop() {
      await sockets.close();
      await apollo.stop();
    },
  };
}

function createApollo({ subgraph, logger }: SubgraphServerOptions): ApolloServer<object> {
  return new ApolloServer<object>({
    schema: subgraph.schema,
    introspection: true, // Whoever can sign may also ask `_service`, which gives the whole schema.
    includeStacktraceInErrorResponses: false,
    csrfPrevention: false, // No browser can sign.
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => maskInternal(formatted, error, logger),
    logger,
    plugins: [
      ApolloServerPluginInlineTrace(), // Answers a request that asks for a federated trace (ftv1); the others pay nothing.
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

/** What a resolver threw without meaning it as an answer stays in the log. */
function maskInternal(formatted: GraphQLFormattedError, error: unknown, logger: Logger): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  if (cause instanceof GraphQLError) return formatted;
  logger.error({ err: cause, path: formatted.path }, 'a resolver failed');
  return { ...formatted, message: 'The request failed.', extensions: { code: 'INTERNAL', retryable: true } };
}

function headerMap(request: HttpRequest): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

function httpResponse({ status = 200, headers, body }: HTTPGraphQLResponse): HttpResponse {
  if (body.kind !== 'complete') throw new Error('an incremental answer, which no operation of the gateway asks for');
  const answered = status === 400 && isJson(Object.fromEntries(headers)) && isOfDocument(body.string) ? 200 : status;
  return { status: answered, headers: Object.fromEntries(headers), body: body.string };
}

const OF_THE_DOCUMENT = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'];

/** GraphQL over HTTP: in the older media type, what was a request is answered 200 whatever its document was; Apollo Server says 400. */
function isOfDocument(answer: string): boolean {
  const { errors } = JSON.parse(answer) as { errors?: readonly GraphQLFormattedError[] }; // Apollo Server has just written it.
  return errors?.some(({ extensions }) => OF_THE_DOCUMENT.includes(String(extensions?.['code']))) ?? false;
}

function isJson(headers: http.IncomingHttpHeaders): boolean {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What the gateway says of a subscription in its `extensions`, inside a connection that it has signed. */
export interface SubscriptionExtensions {
  /** How long the caller's credential is still good, in milliseconds. */
  readonly credentialEndsInMs?: number | undefined;
}

function createSockets({ subgraph, verifier, logger }: SubgraphServerOptions) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: OPERATION_BYTES_MAX });
  const callers = new WeakMap<http.IncomingMessage, Caller>();
  const contexts = new Set<Context<Record<string, unknown> | undefined, Extra>>();
  const disposable = useServer(
    {
      schema: subgraph.schema,
      context: ({ extra }, _id, { extensions }) => {
        const caller = callers.get(extra.request);
        if (!caller) throw new Error('an operation on a connection that nobody let in');
        const { credentialEndsInMs }: SubscriptionExtensions = extensions ?? {};
        return { ...subgraph.contextFor({ caller, requestId: randomUUID(), credentialEndsInMs }) };
      },
      onConnect: (context) => void contexts.add(context),
      onClose: (context) => void contexts.delete(context),
      onError: (_context, _id, _payload, errors) => errors.map((error) => maskInternal(error.toJSON(), error, logger)),
      onNext: (_context, _id, _payload, _args, result) => {
        const errors = result.errors?.map((error) => maskInternal(error.toJSON(), error, logger));
        return errors && { data: result.data ?? null, errors };
      },
    },
    sockets,
    KEEP_ALIVE_MS,
  );
  return {
    upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
      const path = request.url ?? '';
      if (path !== GRAPHQL_PATH) return refuse(socket, '404 Not Found');
      const caller = verifier.verify({ method: request.method ?? '', path, body: NO_BODY, headers: request.headers });
      if (!caller.ok) return refuse(socket, '401 Unauthorized');
      callers.set(request, caller.value);
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
    },
    close: () => closeSocketServer({ sockets, contexts, dispose: async () => disposable.dispose() }),
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

import type http from 'node:http';

import type { IdSource } from '../kernel/runtime/id-source.ts';
import type { Logger } from '../kernel/runtime/logger.ts';
import type { Metrics } from '../kernel/runtime/metrics.ts';
import type { BrowserDocuments } from './browser-documents.ts';
import { budgetKeyOf } from './budget-key.ts';
import { allowReading, answerPreflight, mayUse } from './cross-origin.ts';
import { type Authenticate, millisecondsLeft, type Session } from './credentials.ts';
import { type Gateway, GRAPHQL_PATH } from './gateway.ts';
import { namesDocument, withText } from './named-documents.ts';
import { readBody } from './read-body.ts';
import { watchSession } from './session-watch.ts';

export interface GraphqlHostOptions {
  readonly gateway: Gateway;
  readonly authenticate: Authenticate;
  readonly ids: IdSource;
  readonly now: () => Date;
  /** Calls its argument when an API key may have been revoked; returns how to stop that. */
  readonly onKeysChanged?: (listener: () => void) => () => void;
  readonly sandbox: boolean;
  /** What a client may name by its id instead of sending it. */
  readonly browserDocuments: BrowserDocuments;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The largest operation with its variables, over HTTP and over a socket. */
export const OPERATION_BYTES_MAX = 262_144;

/** A client that takes nothing of a stream for so long is nobody any more, or somebody who wants it held open for nothing. */
const STALLED_MS = 60_000;

/** A request that ended before it became an operation. */
interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GraphQL over HTTP and over server-sent events on one path: POST with JSON, or GET for queries and subscriptions. */
export function createGraphqlListener(
  options: GraphqlHostOptions,
  { stalledMs = STALLED_MS }: { readonly stalledMs?: number } = {},
): http.RequestListener {
  // The same metric as for the routes of every host. A stream is counted when it ends.
  const duration = options.metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer, by route template.',
    labels: ['method', 'route', 'status'],
  });
  return (request, response) => {
    const started = performance.now();
    const requestId = options.ids.next();
    response.once('close', () => {
      const { method = '' } = request;
      duration.observe({ method, route: GRAPHQL_PATH, status: response.statusCode }, (performance.now() - started) / 1000);
    });
    serve(request, response, { ...options, stalledMs, requestId }).catch((error: unknown) => {
      options.logger.error({ requestId, err: error }, 'request failed');
      refuse(response, requestId, UNAVAILABLE);
    });
  };
}

type ServeOptions = GraphqlHostOptions & { readonly requestId: string; readonly stalledMs: number };

async function serve(request: http.IncomingMessage, response: http.ServerResponse, options: ServeOptions) {
  const { gateway, authenticate, requestId } = options;
  response.setHeader('x-request-id', requestId);
  if (request.method === 'OPTIONS' && pathOf(request) === GRAPHQL_PATH) return answerPreflight(response);
  const unfit = unfitRequest(request, options.sandbox);
  if (unfit) return refuse(response, requestId, unfit);

  const { authorization } = request.headers;
  const session = await authenticate(authorization);
  if (!session.ok) return refuse(response, requestId, unauthenticated(session.failure.reason));
  const { origin } = request.headers;
  if (!mayUse(session.value, origin)) return refuse(response, requestId, FOREIGN_ORIGIN);
  allowReading(response, session.value, origin);

  if (request.method === 'POST') {
    const operation = await readOperation(request, options.browserDocuments);
    if ('status' in operation) return refuse(response, requestId, operation);
    Object.assign(request, { body: operation.body }); // Where the gateway looks for a body that was read before.
  }
  endWithSession(request, response, { ...options, session: session.value });
  endWhenStalled(request, response, options.stalledMs);
  const { caller } = session.value;
  const budgetKey = budgetKeyOf(caller, request.socket.remoteAddress);
  const credentialEndsInMs = millisecondsLeft(session.value, options.now());
  const takesStream = acceptsEvents(request);
  await gateway(request, response, { caller, requestId, budgetKey, overHttp: true, takesStream, credentialEndsInMs });
}

function unfitRequest(request: http.IncomingMessage, sandbox: boolean): Refusal | null {
  if (pathOf(request) !== GRAPHQL_PATH) return { status: 404, code: 'NOT_FOUND', message: 'There is nothing here.' };
  if (request.method === 'GET') {
    const wantsPage = request.headers.accept?.includes('text/html') ?? false;
    return wantsPage && !sandbox ? { status: 406, code: 'BAD_REQUEST', message: 'This address speaks GraphQL, not HTML.' } : null;
  }
  if (request.method !== 'POST') {
    return { status: 405, code: 'BAD_REQUEST', message: 'Use POST, or GET for queries.', headers: { allow: 'GET, POST' } };
  }
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/json' ? null : { status: 415, code: 'BAD_REQUEST', message: 'The body must be application/json.' };
}

function pathOf({ url }: http.IncomingMessage): string | undefined {
  return url?.split('?', 1)[0];
}

async function readOperation(request: http.IncomingMessage, documents: BrowserDocuments): Promise<Refusal | { readonly body: object }> {
  const bytes = await readBody(request, OPERATION_BYTES_MAX);
  if (!bytes) return { status: 413, code: 'BAD_REQUEST', message: 'The body is too large.', headers: { connection: 'close' } };
  const sent = parseJson(bytes);
  const body = namesDocument(sent) ? withText(sent, documents) : sent;
  if (body === null) return UNKNOWN_DOCUMENT;
  if (typeof body !== 'object' || Array.isArray(body) || !('query' in body) || typeof body.query !== 'string') {
    return { status: 400, code: 'BAD_REQUEST', message: 'The body must be one JSON object with a "query".' };
  }
  if ('operationName' in body && body.operationName !== null && typeof body.operationName !== 'string') {
    return { status: 400, code: 'BAD_REQUEST', message: 'The "operationName" must be text.' };
  }
  return { body };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function acceptsEvents({ headers }: Pick<http.IncomingMessage, 'headers'>): boolean {
  return headers.accept?.includes('text/event-stream') ?? false;
}

/** A stream may outlive the credential that opened it; a request with one answer cannot. */
function endWithSession(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { session, authenticate, now, onKeysChanged }: GraphqlHostOptions & { session: Session },
) {
  if (!acceptsEvents(request)) return;
  const { authorization } = request.headers;
  const stop = watchSession({ session, authorization, authenticate, now, onKeysChanged, end: () => response.destroy() });
  response.once('close', stop);
}

/** Cuts a stream whose client takes nothing. Its source has waited all the time, and the client resumes at its cursor. */
function endWhenStalled({ headers }: http.IncomingMessage, response: http.ServerResponse, stalledMs: number): void {
  if (!acceptsEvents({ headers })) return;
  let taken = -1;
  const timer = setInterval(() => {
    const left = response.writableLength;
    const sent = (response.socket?.bytesWritten ?? 0) - left;
    if (left > 0 && sent === taken) response.destroy();
    taken = sent;
  }, stalledMs).unref();
  response.once('close', () => clearInterval(timer));
}

const FOREIGN_ORIGIN: Refusal = { status: 403, code: 'ORIGIN_NOT_ALLOWED', message: 'A page of this origin may not use the key.' };

const UNKNOWN_DOCUMENT: Refusal = {
  status: 400,
  code: 'PERSISTED_DOCUMENT_NOT_FOUND',
  message: 'The hub knows no document with this id.',
};

const UNAVAILABLE: Refusal = {
  status: 503,
  code: 'SUBGRAPH_UNAVAILABLE',
  message: 'The hub cannot answer right now.',
  headers: { 'retry-after': '1' },
};

function unauthenticated(message: string): Refusal {
  return { status: 401, code: 'UNAUTHENTICATED', message, headers: { 'www-authenticate': 'Bearer' } };
}

function refuse(response: http.ServerResponse, requestId: string, { status, code, message, headers }: Refusal) {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ errors: [{ message, extensions: { code, retryable: status === 503, requestId } }] });
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' }).end(body);
}

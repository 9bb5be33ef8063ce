import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { READINESS_MS, type Readiness } from './readiness.ts';
import { createRouter, type Found } from './router.ts';
import { NO_NOTES, type StepNotes, tracedIn, withRequestId } from './tracing.ts';

/** A request as a route sees it: the body is read, whole and within its limit. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Path and query exactly as received: what signatures cover. */
  readonly target: string;
  /** The path's `:name` parts, decoded. */
  readonly params: Record<string, string>;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The caller's `x-request-id` when it is well formed, else a new one. It is in the answer and in the log. */
  readonly requestId: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

export interface HttpRoute {
  readonly method: string;
  /** `/a/:b`; a literal path wins over one with parameters. */
  readonly path: string;
  /** Larger bodies are answered 413 before the route sees them. Default BODY_BYTES_MAX_DEFAULT. */
  readonly bodyBytesMax?: number;
  /** A throw is a bug or broken infrastructure: it is logged and answered 500 without details. */
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/**
 * One HTTP server of a process: its routes plus `/livez` (the process runs), `/readyz` (200 or 503 with a JSON list of Readiness) and
 * `/metrics`. `close` stops accepting, lets running requests finish for up to CLOSE_GRACE_MS, then cuts what is left.
 */
export interface ServiceHost {
  /** Port 0 takes any free port. Rejects when the port is taken. */
  listen(o: { host: string; port: number }): Promise<{ port: number; url: string }>;
  close(): Promise<void>;
  /** For WebSocket upgrades. Whoever takes a socket over closes it, before `close`. */
  readonly server: http.Server;
}

export const BODY_BYTES_MAX_DEFAULT = 64 * 1024;
/** The edge's envelope repeats a target that may carry a whole token, so Node's 16 KiB are not enough. */
const HEADER_BYTES_MAX = 48 * 1024;
const CLOSE_GRACE_MS = 5_000;
const CLOSE_SWEEP_MS = 20;
/** More than any one part may take. */
const ALL_READINESS_MS = READINESS_MS + 500;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const REQUEST_ID = /^[\w-]{8,64}$/;

export interface ServiceHostOptions {
  readonly routes: readonly HttpRoute[];
  readonly readiness: () => Promise<Readiness[]>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Takes requests whose path is no route of this host; without it they are answered 404. */
  readonly fallback?: http.RequestListener;
  /** Goes on in the trace that a request names. Only for an address that nobody outside of the hub reaches. */
  readonly believesTraces?: boolean;
}

export function createServiceHost(o: ServiceHostOptions): ServiceHost {
  const duration = o.metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer, by route template.',
    labels: ['method', 'route', 'status'],
  });
  let closing = false;
  const router = createRouter([...o.routes, ...hostRoutes(o, () => closing)]);

  async function serve(served: Served, notes: StepNotes): Promise<void> {
    const { request, response, found, requestId, method, route } = served;
    const started = performance.now();
    let result: HttpResponse;
    try {
      result = await answer(request, found, requestId);
    } catch (error) {
      if (request.destroyed && !request.complete) return; // The client went away in the middle of its request: nobody to answer.
      o.logger.error({ err: error, requestId, method, route }, 'request failed');
      result = errorResponse(500, 'INTERNAL', 'the request failed; the request id finds the reason in the log');
    }
    send(request, response, result, requestId);
    const durationMs = performance.now() - started;
    duration.observe({ method, route, status: result.status }, durationMs / 1000);
    o.logger.debug({ requestId, method, route, status: result.status, durationMs: Math.round(durationMs) }, 'request answered');
    notes.set({ 'http.response.status_code': result.status });
    if (result.status >= 500) notes.failed(`HTTP ${result.status}`);
  }

  const server = http.createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    if (closing) response.setHeader('connection', 'close');
    const found = router.find(request.method ?? '', pathOf(request.url ?? ''));
    if (found.kind === 'unknown-path' && o.fallback) {
      o.fallback(request, response);
      return;
    }
    const route = found.kind === 'route' ? found.route.path : '(none)';
    const served = { request, response, found, requestId: requestIdOf(request), method: request.method ?? '', route };
    traced(served, o, (notes) => serve(served, notes)).catch((error: unknown) => {
      o.logger.error({ err: error }, 'answer not sent'); // A route gave a header or status that HTTP cannot carry.
      response.destroy();
    });
  });
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;

  return {
    server,
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address() as AddressInfo; // A TCP server that listens has an AddressInfo.
          resolve({ port: address.port, url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}` });
        });
      }),
    async close() {
      closing = true;
      if (!server.listening) return;
      const closed = once(server, 'close');
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      server.close();
      // A kept connection whose last answer is out would hold up the end until its client lets go.
      const sweep = setInterval(() => server.closeIdleConnections(), CLOSE_SWEEP_MS);
      await closed;
      clearTimeout(cut);
      clearInterval(sweep);
    },
  };
}

interface Served {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly found: Found<HttpRoute>;
  readonly requestId: string;
  readonly method: string;
  /** The template, not the path. */
  readonly route: string;
}

/** Runs a request under its id, and in the trace that it names where that is believed. */
function traced(
  { request, requestId, method, route }: Served,
  { believesTraces }: Pick<ServiceHostOptions, 'believesTraces'>,
  work: (notes: StepNotes) => Promise<void>,
): Promise<void> {
  const { traceparent } = request.headers;
  if (!believesTraces || typeof traceparent !== 'string') return withRequestId(requestId, () => work(NO_NOTES));
  const attributes = { 'http.request.method': method, 'http.route': route };
  return withRequestId(requestId, () => tracedIn(traceparent, { name: `${method} ${route}`, kind: 'server', attributes }, work));
}

/** A JSON answer. */
export function jsonResponse(status: number, body: unknown, headers?: Record<string, string>): HttpResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

function errorResponse(status: number, code: string, error: string, headers?: Record<string, string>): HttpResponse {
  return jsonResponse(status, { error, code }, headers);
}

async function answer(request: http.IncomingMessage, found: Found<HttpRoute>, requestId: string): Promise<HttpResponse> {
  switch (found.kind) {
    case 'unknown-path':
      return errorResponse(404, 'NOT_FOUND', 'no such address');
    case 'unknown-method':
      return errorResponse(405, 'METHOD_NOT_ALLOWED', 'this address knows other methods', { allow: found.allowed.join(', ') });
    case 'malformed-path':
      return errorResponse(400, 'TARGET_MALFORMED', 'the address is not well formed');
    case 'route':
      break;
    default:
      return found satisfies never;
  }
  const target = request.url ?? '';
  const url = URL.parse(`http://hub${target}`);
  if (!url) return errorResponse(400, 'TARGET_MALFORMED', 'the address is not well formed');
  const body = await readBody(request, found.route.bodyBytesMax ?? BODY_BYTES_MAX_DEFAULT);
  if (body === 'too-large') return errorResponse(413, 'BODY_TOO_LARGE', 'the body is too large', { connection: 'close' });
  return found.route.handle({
    method: request.method ?? '',
    url,
    target,
    params: found.params,
    headers: request.headers,
    body,
    requestId,
  });
}

function hostRoutes(o: ServiceHostOptions, isClosing: () => boolean): HttpRoute[] {
  return [
    { method: 'GET', path: '/livez', handle: async () => jsonResponse(200, { live: true }) },
    {
      method: 'GET',
      path: '/readyz',
      async handle() {
        const list = isClosing()
          ? [{ name: 'process', ok: false, detail: 'stopping' }]
          : await readinessWithin(o.readiness, ALL_READINESS_MS);
        const ready = list.every(({ ok, needed }) => ok || needed === false);
        return jsonResponse(ready ? 200 : 503, list, { 'cache-control': 'no-store' });
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      async handle() {
        const { contentType, text } = await o.metrics.expose();
        return { status: 200, headers: { 'content-type': contentType }, body: text };
      },
    },
  ];
}

async function readinessWithin(readiness: () => Promise<Readiness[]>, limitMs: number): Promise<Readiness[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness[]>((resolve) => {
    timer = setTimeout(() => resolve([{ name: 'readiness', ok: false, detail: `no answer within ${limitMs} ms` }]), limitMs);
  });
  try {
    return await Promise.race([readiness(), late]);
  } catch (error) {
    // The texts of errors name addresses, and this page may be public.
    return [{ name: 'readiness', ok: false, detail: error instanceof Error ? error.name : 'FAILED' }];
  } finally {
    clearTimeout(timer);
  }
}

function readBody(request: http.IncomingMessage, bytesMax: number): Promise<Buffer | 'too-large'> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return Promise.resolve('too-large');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) {
        request.removeAllListeners('data');
        request.pause();
        resolve('too-large');
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the client went away')));
  });
}

function send(request: http.IncomingMessage, response: http.ServerResponse, result: HttpResponse, requestId: string): void {
  const body = result.body ?? '';
  response.writeHead(result.status, {
    ...result.headers,
    'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength,
    'x-request-id': requestId,
  });
  response.end(body);
  // An unread rest of a refused body would be taken for the next request: this connection ends here.
  if (!request.complete) response.once('finish', () => request.destroy());
}

function pathOf(target: string): string {
  const queryStart = target.indexOf('?');
  return queryStart === -1 ? target : target.slice(0, queryStart);
}

function requestIdOf(request: http.IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const BODY_BYTES_MAX = 256 * 1024;

export interface ActorRequest {
  readonly method: string;
  readonly path: string;
  /** Path and query as in the request line: what a header token is bound to. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The body is sent as it is when it is text, bytes or a stream, else as JSON. `answered: 'lost'` cuts the connection without an answer; `never` leaves it open until the caller gives up. */
export type ActorAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly answered: 'yes' | 'lost' | 'never';
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type ActorHandler = (request: ActorRequest) => Promise<ActorAnswer>;

export interface ActorServer {
  readonly url: string;
  close(): Promise<void>;
}

export function answer(status: number, body: unknown): ActorAnswer {
  return { status, body, answered: 'yes' };
}

/** One HTTP server for all actors of the sandbox; `handle` gets every request with its whole body. */
export async function startActorServer(options: { host: string; port: number; handle: ActorHandler }): Promise<ActorServer> {
  const server = createServer((request, response) => {
    void respond(options.handle, request, response); // never rejects: see its catch
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server, as listen() above made it
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(handle: ActorHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const body = await readBody(request);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const result = await handle({
      method: request.method ?? 'GET',
      path: url.pathname,
      target: request.url ?? '/',
      query: url.searchParams,
      headers,
      body,
    });
    if (result.answered === 'lost') request.socket.destroy();
    if (result.answered !== 'yes') return;
    const sentHeaders = {
      'content-type': result.contentType ?? 'application/json',
      'x-content-type-options': 'nosniff',
      ...result.headers,
    };
    response.writeHead(result.status, sentHeaders);
    if (result.body instanceof Readable) await pipeline(result.body, response);
    else response.end(typeof result.body === 'string' || result.body instanceof Uint8Array ? result.body : JSON.stringify(result.body));
  } catch (error) {
    // An actor that breaks answers as a broken bank would; the message helps whoever drives the sandbox.
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer; // a request without an encoding yields buffers
    size += bytes.length;
    if (size > BODY_BYTES_MAX) throw new Error(`the body is larger than ${BODY_BYTES_MAX} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

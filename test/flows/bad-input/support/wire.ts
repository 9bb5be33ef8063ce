import { Agent, request as httpRequest } from 'node:http';

import { RECEIPT_HEADER } from '../../../../protocol/receipt.ts';

/** A request exactly as it goes out: two values of a header are two lines. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

export interface WireAnswer {
  readonly status: number;
  readonly contentType: string;
  /** The body byte for byte, as text. */
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  /** The value of Cx-Receipt; '' when there is none. */
  readonly receipt: string;
}

/** Bytes of a body beyond which only the beginning is sent, under the length of the whole. */
const SENT_WHOLE_MAX = 131_072;

/** Sends requests to one server over kept connections. */
export interface Wire {
  send(request: WireRequest): Promise<WireAnswer>;
  close(): void;
}

export function createWire(origin: string): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  return {
    send: (request) => send(agent, origin, request),
    close: () => agent.destroy(),
  };
}

function send(agent: Agent, origin: string, { method, path, headers, body }: WireRequest): Promise<WireAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
  const sent = Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]] as const);
  const outgoing = httpRequest(new URL(origin), { agent, method, path, headers: Object.fromEntries(sent) }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const { 'content-type': contentType = '', [RECEIPT_HEADER.toLowerCase()]: receipt = '' } = response.headers;
      resolve({ status: response.statusCode ?? 0, contentType, text, json: parsed(text), receipt: String(receipt) });
    });
  });
  outgoing.on('error', reject);
  if (body === undefined) {
    outgoing.end();
    return promise;
  }
  const length = Buffer.byteLength(body);
  // Said for every method: with some, Node sends a body without a word about its length, and a server takes it for the next request.
  outgoing.setHeader('content-length', length);
  if (length <= SENT_WHOLE_MAX) {
    outgoing.end(body);
    return promise;
  }
  // A server that answers before it has read everything closes a connection that is still being written to. So only the beginning goes.
  outgoing.write(Buffer.from(body).subarray(0, SENT_WHOLE_MAX));
  return promise.finally(() => outgoing.destroy());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // The caller looks at the text then.
  }
}

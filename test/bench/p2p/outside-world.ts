import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import type { PreparedRequest } from './people.ts';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** The servers of both banks, in the process of the load generator, so that nothing that they cost is counted as the hub's. */
export interface OutsideWorld {
  readonly url: string;
  /** What the receiver's bank says of every customer. */
  receiverData: string;
  post(edge: string, message: PreparedRequest): Promise<Answered>;
  /** Resolves when the payer's bank has been told: of the pay request of an order, of the result of its payment. It may have been told before. */
  told(what: 'pay-request' | 'pay-out', orderGuid: string): Promise<void>;
  close(): Promise<void>;
}

const SOCKETS_MAX = 256;

export async function startOutsideWorld(): Promise<OutsideWorld> {
  const heard = new Map<string, PromiseWithResolvers<void>>();
  const hearing = (key: string): PromiseWithResolvers<void> => {
    const known = heard.get(key) ?? Promise.withResolvers<void>();
    heard.set(key, known);
    return known;
  };
  const world = { receiverData: '{}' };

  const hear = (path: string, body: string): void => {
    const what = path.endsWith('/pay-request') ? 'pay-request' : path.endsWith('/pay-out') ? 'pay-out' : null;
    if (what === null) return;
    const key = `${what} ${orderGuidOf(body, what === 'pay-request' ? 'order_guid' : 'order_id')}`;
    hearing(key).resolve();
  };
  const serve = (incoming: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(incoming.method === 'GET' ? world.receiverData : '{}');
      if (incoming.method === 'POST') hear(incoming.url ?? '', Buffer.concat(chunks).toString('utf8'));
    });
  };
  const server = createServer(serve);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

  return Object.assign(world, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server that listens
    post: (edge: string, message: PreparedRequest) => post(agent, edge, message),
    told: (what: 'pay-request' | 'pay-out', orderGuid: string) => hearing(`${what} ${orderGuid}`).promise,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function post(agent: Agent, edge: string, { path, headerToken, body }: PreparedRequest): Promise<Answered> {
  const headers = { [HEADER_TOKEN_NAME]: headerToken, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(edge + path, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Out of `{"jwt": "…"}`, unverified: this is only for counting. */
function orderGuidOf(body: string, member: 'order_guid' | 'order_id'): string {
  const payload = Buffer.from(body.split('.')[1] ?? '', 'base64url').toString('latin1');
  return new RegExp(`"${member}":"([^"]+)"`).exec(payload)?.[1] ?? '';
}

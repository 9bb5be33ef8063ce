import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';

/** What the banks and the merchant of the benchmark saw of one payment. Milliseconds of one clock (`performance.now`). */
export interface SeenPayment {
  readonly sentAt: number;
  readonly answeredAt: number | null;
  readonly status: number | null;
  readonly callbacks: number;
  readonly lastCallbackAt: number | null;
}

export interface PreparedMessage {
  readonly guid: string;
  readonly path: string;
  readonly headerToken: string;
  readonly body: string;
}

/**
 * The banks' and the merchant's servers: every callback is answered 200 at once, and counted under its payment. It lives in the
 * process of the load generator, so that nothing it costs is counted as the hub's.
 */
export interface OutsideWorld {
  readonly url: string;
  /** Every `SAMPLE_EVERY`th callback body, for whoever checks signatures afterwards. */
  readonly samples: readonly { readonly authorization: string; readonly path: string; readonly body: string }[];
  post(message: PreparedMessage): Promise<void>;
  seen(guid: string): SeenPayment | undefined;
  close(): Promise<void>;
}

const SAMPLE_EVERY = 400;
const SOCKETS_MAX = 256;
export const CALLBACKS_PER_PAYMENT = 4;

export async function startOutsideWorld(edge: () => string): Promise<OutsideWorld> {
  const payments = new Map<string, { -readonly [Key in keyof SeenPayment]: SeenPayment[Key] }>();
  const samples: { authorization: string; path: string; body: string }[] = [];
  let received = 0;

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      const body = Buffer.concat(chunks).toString('utf8');
      received += 1;
      if (received % SAMPLE_EVERY === 0)
        samples.push({ authorization: String(incoming.headers['cx-authorization']), path: incoming.url ?? '', body });
      const payment = payments.get(guidOf(body));
      if (!payment) return;
      payment.callbacks += 1;
      payment.lastCallbackAt = performance.now();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

  const post = (message: PreparedMessage): Promise<void> => {
    const payment = { sentAt: performance.now(), answeredAt: null, status: null, callbacks: 0, lastCallbackAt: null };
    payments.set(message.guid, payment);
    return new Promise((resolve) => {
      const settle = (status: number | null): void => {
        Object.assign(payment, { status, answeredAt: status === null ? null : performance.now() });
        resolve();
      };
      const outgoing = request(
        edge() + message.path,
        {
          method: 'POST',
          agent,
          headers: {
            [HEADER_TOKEN_NAME]: message.headerToken,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(message.body),
          },
        },
        (response) => response.resume().on('end', () => settle(response.statusCode ?? null)),
      );
      outgoing.on('error', () => settle(null));
      outgoing.end(message.body);
    });
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server that listens
    samples,
    post,
    seen: (guid) => payments.get(guid),
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The payment's guid out of `{"jwt": "…"}`, unverified: this is only for counting. */
function guidOf(body: string): string {
  const payload = body.split('.')[1] ?? '';
  const match = /"payment_message_guid":"(?<guid>[^"]+)"/.exec(Buffer.from(payload, 'base64url').toString('latin1'));
  return match?.groups?.['guid'] ?? '';
}

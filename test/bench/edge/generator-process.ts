import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

import { HEADER_TOKEN_NAME, headerTokenClaims, HUB_NAME } from '../../../protocol/header-token.ts';
import { messageClaims } from '../../edge/support/participants.ts';
import { LoadClient, type LoadResult } from './load.ts';
import { percentile } from '../figure.ts';
import { servePart } from '../part.ts';

// The load generator: a bank that signs messages beforehand, and then only sends bytes.

export type GeneratorRequest =
  | { readonly kind: 'introduce'; readonly bankGuid: string }
  /** New messages instead of those that there are; with an amount that is none they are believed, written down and refused by the edge itself. */
  | { readonly kind: 'prepare'; readonly count: number; readonly amount?: string }
  /** Sends what was prepared; `forged` with signatures that are wrong. Requests are repeated where that costs a server nothing else. */
  | {
      readonly kind: 'load';
      readonly url: string;
      readonly connections: number;
      readonly secondsMax: number;
      readonly perSecond?: number;
      readonly forged?: boolean;
      readonly repeat?: boolean;
    };

export interface LoadSummary {
  readonly count: number;
  readonly seconds: number;
  readonly statuses: LoadResult['statuses'];
  readonly p50: number;
  readonly p99: number;
}

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
const kid = randomUUID();
const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid, typ: 'JWT' })).toString('base64url');
let path = '';
let prepared: Message[] = [];

interface Message {
  readonly right: Buffer;
  readonly forged: Buffer;
}

function token(claims: object): string {
  const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function prepare({ count, amount }: GeneratorRequest & { kind: 'prepare' }): void {
  const template = messageClaims(amount === undefined ? {} : { amount });
  const now = new Date();
  prepared = Array.from({ length: count }, () => {
    const ids = { jti: randomUUID(), payment_message_external_id: randomUUID(), order_id: randomUUID() };
    const body = JSON.stringify({ jwt: token({ ...template, ...ids }) });
    const bodySha256 = createHash('sha256').update(body).digest('base64url');
    const binding = { audience: HUB_NAME, method: 'POST', path, bodySha256 };
    const right = token(headerTokenClaims({ jti: randomUUID(), now, binding }));
    return { right: requestBytes(right, body), forged: requestBytes(forged(right), body) };
  });
}

/** Another signature of the same length and form. */
function forged(right: string): string {
  const at = right.length - 100;
  return right.slice(0, at) + (right[at] === 'A' ? 'B' : 'A') + right.slice(at + 1);
}

function requestBytes(headerToken: string, body: string): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: edge',
    `${HEADER_TOKEN_NAME}: ${headerToken}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

async function load(request: GeneratorRequest & { kind: 'load' }): Promise<LoadSummary> {
  const { hostname: host, port } = new URL(request.url);
  const client = await LoadClient.open({ host, port: Number(port), connections: request.connections });
  const once = prepared.map(({ right, forged: wrong }) => (request.forged ? wrong : right));
  const requests = request.repeat ? Array.from({ length: 20 }, () => once).flat() : once;
  const result = request.perSecond
    ? await client.openLoop(requests.slice(0, request.perSecond * request.secondsMax), request.perSecond)
    : await client.closedLoop(requests, request.secondsMax);
  client.close();
  return {
    count: result.latencies.length,
    seconds: result.seconds,
    statuses: result.statuses,
    p50: percentile(result.latencies, 0.5),
    p99: percentile(result.latencies, 0.99),
  };
}

servePart(async (request: GeneratorRequest) => {
  switch (request.kind) {
    case 'introduce': {
      path = `/api/v1/counterparty/${request.bankGuid}/payment-message`;
      const { kty, n, e } = pair.publicKey.export({ format: 'jwk' });
      return { kid, jwk: { kty, n, e } };
    }
    case 'prepare':
      return prepare(request);
    case 'load':
      return await load(request);
    default:
      return request satisfies never;
  }
});

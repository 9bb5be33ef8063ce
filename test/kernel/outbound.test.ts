import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';

import { afterEach, describe, expect, test } from 'vitest';

import {
  OUTBOUND_ANSWER_BYTES_MAX,
  createOutboundClient,
  type OutboundClient,
  type ResolveAddresses,
} from '../../kernel/runtime/outbound.ts';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';
import { waitFor } from '../support/wait-for.ts';

const TIMEOUT_MS = 5_000;
const ON_THIS_MACHINE = { host: '127.0.0.1' };
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function aReceiver(listener: http.RequestListener): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = http.createServer(listener).on('connection', () => void connections++);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections }; // A TCP server that listens.
}

function aClient(o: { sandbox: { host: string } | null; perReceiverMax?: number; resolve?: ResolveAddresses }): OutboundClient {
  const client = createOutboundClient(o);
  cleanups.push(() => client.close());
  return client;
}

function resolvesTo(...addresses: string[]): { resolve: ResolveAddresses; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve: (hostname, _options, done) => {
      asked.push(hostname);
      done(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  };
}

const post = (client: OutboundClient, url: string, o: { body?: string; timeoutMs?: number } = {}) =>
  client.post({ url, headers: { 'content-type': 'application/json' }, body: o.body ?? '{}', timeoutMs: o.timeoutMs ?? TIMEOUT_MS });

test('an answer comes back with its status, headers and body', async () => {
  const receiver = await aReceiver((request, response) => {
    response.writeHead(201, { 'retry-after': '7' }).write(`${request.method} ${request.headers['content-length']} `);
    request.pipe(response);
  });
  const answer = await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/x`, { body: '{"назва":1}' });
  expect(answer).toMatchObject({ kind: 'answered', status: 201, body: 'POST 16 {"назва":1}', headers: { 'retry-after': '7' } });
});

test('of an answer the hash is kept over its bytes, text or not', async () => {
  const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
  const receiver = await aReceiver((_request, response) => void response.end(bytes));
  const answer = await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/`);
  expect(answer).toMatchObject({ bodySha256: createHash('sha256').update(bytes).digest('base64url') });
});

test.each([200, 302, 307, 404, 500])('status %d is an answer, and a redirect is not followed', async (status) => {
  const paths: (string | undefined)[] = [];
  const receiver = await aReceiver((request, response) => {
    paths.push(request.url);
    response.writeHead(status, { location: '/elsewhere' }).end();
  });
  expect(await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/first`)).toMatchObject({
    kind: 'answered',
    status,
  });
  expect(paths).toEqual(['/first']);
});

test.each([
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://10.0.0.1/',
  'https://172.20.0.1/',
  'https://192.168.0.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://224.0.0.1/',
  'https://0.0.0.0/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[fd00:ec2::254]/',
  'https://[fe80::1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://127.0.0.1./',
  'https://0/',
  'https://0x7f.1/',
  'https://017700000001/',
  'https://127.0.0.1:443/',
  'https://１２７.０.０.１/',
  'https://①②⑦.⓪.⓪.①/',
  'https://%31%32%37.0.0.1/',
  'https://0xa9fea9fe/latest/meta-data/',
  'https://2852039166/latest/meta-data/',
  'https://0251.0376.0251.0376/',
  'https://[::]/',
  'https://[::127.0.0.1]/',
  'https://[0:0:0:0:0:ffff:7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[64:ff9b:1::a00:1]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
])('%s is refused without a connection', async (url) => {
  const client = aClient({ sandbox: null });
  expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
  expect(await client.get({ url, headers: {}, timeoutMs: TIMEOUT_MS })).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
});

test.each([
  'http://example.test/',
  'ftp://example.test/',
  'file:///etc/passwd',
  'https://user:pass@example.test/',
  'https://user@example.test/',
  'not a url',
  '',
])('%j is refused outside the sandbox, before its name is looked up', async (url) => {
  const { resolve, asked } = resolvesTo('127.0.0.1');
  expect(await post(aClient({ sandbox: null, resolve }), url)).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
  expect(asked).toEqual([]);
});

test.each([
  ['127.0.0.1'],
  ['0.0.0.0'],
  ['10.0.0.1'],
  ['100.100.100.200'],
  ['169.254.169.254'],
  ['::1'],
  ['::'],
  ['::ffff:127.0.0.1'],
  ['::ffff:7f00:1'],
  ['64:ff9b::7f00:1'],
  ['fe80::1'],
  ['8.8.8.8', '10.0.0.1'],
  ['2606:4700::1111', 'fd00::1'],
])('a name that leads to %s is refused', async (...addresses) => {
  const receiver = await aReceiver((_request, response) => void response.end());
  const { resolve, asked } = resolvesTo(...addresses);
  const answer = await post(aClient({ sandbox: null, resolve }), `https://rebind.example.test:${receiver.port}/`);
  expect(answer).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
  expect(asked).toEqual(['rebind.example.test']);
  expect(receiver.connections()).toBe(0);
});

test('localhost is refused by the real resolver', async () => {
  const answer = await post(aClient({ sandbox: null }), 'https://localhost:1/');
  expect(answer).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
});

test.each(['http://10.0.0.1/', 'http://169.254.169.254/latest/meta-data/', 'http://[fd00:ec2::254]/', 'http://[::ffff:127.0.0.1]/'])(
  '%s is refused in the sandbox too',
  async (url) => {
    expect(await post(aClient({ sandbox: ON_THIS_MACHINE }), url)).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
  },
);

test('a name that leads somewhere else when it is looked up again is refused then: each new connection is checked', async () => {
  const receiver = await aReceiver((_request, response) => void response.writeHead(200, { connection: 'close' }).end());
  const leadsTo = ['127.0.0.1', '169.254.169.254'];
  const resolve: ResolveAddresses = (_hostname, _options, done) => done(null, [{ address: leadsTo.shift() ?? '10.0.0.1', family: 4 }]);
  const client = aClient({ sandbox: ON_THIS_MACHINE, resolve });
  const url = `http://rebind.example.test:${receiver.port}/`;
  expect(await post(client, url)).toMatchObject({ kind: 'answered', status: 200 });
  expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
  expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'ADDRESS_REFUSED' });
  expect(receiver.connections()).toBe(1);
});

test('the connection goes to the address that was checked: a name is looked up once per connection', async () => {
  const receiver = await aReceiver((request, response) => void response.end(request.headers.host));
  const { resolve, asked } = resolvesTo('127.0.0.1');
  // Nobody else knows this name, so an answer proves that the socket used our look-up and made no other.
  const answer = await post(aClient({ sandbox: ON_THIS_MACHINE, resolve }), `http://bank.example.test:${receiver.port}/`);
  expect(answer).toMatchObject({ kind: 'answered', body: `bank.example.test:${receiver.port}` });
  expect(asked).toEqual(['bank.example.test']);
});

test('a name without an address is a failed connection', async () => {
  const resolve: ResolveAddresses = (_hostname, _options, done) => done(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }));
  expect(await post(aClient({ sandbox: null, resolve }), 'https://nowhere.example.test/')).toMatchObject({
    reason: 'CONNECTION',
  });
});

test('64 KiB of an answer are read: to a callback its status counts all the same, of what is asked for half is nothing', async () => {
  const receiver = await aReceiver((request, response) => void response.end('x'.repeat(Number(request.url?.slice(1)))));
  const client = aClient({ sandbox: ON_THIS_MACHINE });
  expect(await post(client, `http://127.0.0.1:${receiver.port}/${OUTBOUND_ANSWER_BYTES_MAX}`)).toMatchObject({
    kind: 'answered',
    status: 200,
  });
  const long = `http://127.0.0.1:${receiver.port}/${OUTBOUND_ANSWER_BYTES_MAX * 4}`;
  const cut = await post(client, long);
  expect(cut).toMatchObject({ kind: 'answered', status: 200 });
  expect(cut.kind === 'answered' && Buffer.byteLength(cut.body)).toBeLessThanOrEqual(OUTBOUND_ANSWER_BYTES_MAX);
  expect(await client.get({ url: long, headers: {}, timeoutMs: TIMEOUT_MS })).toMatchObject({ kind: 'failed', reason: 'TOO_LARGE' });
  // The connection that was cut is not used again.
  expect(await post(client, `http://127.0.0.1:${receiver.port}/10`)).toMatchObject({ kind: 'answered', status: 200, body: 'x'.repeat(10) });
});

test('headers without end are a failed connection', async () => {
  const receiver = await aReceiver((request) => {
    const { socket } = request;
    socket.on('error', () => undefined); // The client hangs up on us.
    socket.write('HTTP/1.1 200 OK\r\n');
    const feed = (): void => void (socket.destroyed || socket.write(`x-more: ${'x'.repeat(4_096)}\r\n`, () => setImmediate(feed)));
    feed();
  });
  expect(await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ reason: 'CONNECTION' });
});

test.each([
  ['offers another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ['says a length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['says a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'],
])('a receiver that %s is a failed connection', async (_what, head) => {
  const receiver = await aReceiver((request) => void request.socket.write(head));
  expect(await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ reason: 'CONNECTION' });
});

test('an endless answer is cut', async () => {
  const closed = Promise.withResolvers<void>();
  const receiver = await aReceiver((_request, response) => {
    const feed = (): void => void (response.destroyed || response.write('x'.repeat(16_384), () => setImmediate(feed)));
    response.on('close', () => closed.resolve());
    feed();
  });
  expect(await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({
    kind: 'answered',
    status: 200,
  });
  await closed.promise;
});

test.each([
  ['never answers', () => undefined],
  ['sends a header and then nothing', (response: http.ServerResponse) => response.writeHead(200).flushHeaders()],
  ['sends half a body', (response: http.ServerResponse) => response.writeHead(200, { 'content-length': '10' }).write('half')],
])('a receiver that %s ends in a timeout', async (_what, behave) => {
  const receiver = await aReceiver((_request, response) => behave(response));
  const answer = await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/`, { timeoutMs: 60 });
  expect(answer).toMatchObject({ kind: 'failed', reason: 'TIMEOUT' });
  expect(answer.durationMs).toBeGreaterThanOrEqual(50);
});

test.each([
  ['hangs up', (request: http.IncomingMessage) => request.socket.destroy()],
  [
    'resets in the middle of its answer',
    (request: http.IncomingMessage, response: http.ServerResponse) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => request.socket.resetAndDestroy());
    },
  ],
  [
    'ends its answer too early',
    (request: http.IncomingMessage, response: http.ServerResponse) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => request.socket.end());
    },
  ],
  ['speaks no HTTP', (request: http.IncomingMessage) => request.socket.end('SMTP ready\r\n')],
])('a receiver that %s is a failed connection', async (_what, behave) => {
  const receiver = await aReceiver((request, response) => behave(request, response));
  expect(await post(aClient({ sandbox: ON_THIS_MACHINE }), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({
    kind: 'failed',
    reason: 'CONNECTION',
  });
});

test('a refused connection is a failed connection', async () => {
  expect(await post(aClient({ sandbox: ON_THIS_MACHINE }), 'http://127.0.0.1:1/')).toMatchObject({
    kind: 'failed',
    reason: 'CONNECTION',
  });
});

test('connections are kept and used again', async () => {
  const receiver = await aReceiver((request, response) => void request.resume().on('end', () => response.end()));
  const client = aClient({ sandbox: ON_THIS_MACHINE });
  for (let i = 0; i < 5; i++) expect(await post(client, `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ kind: 'answered' });
  expect(receiver.connections()).toBe(1);
});

test('a slow receiver gets no more connections than its share and holds up no other', async () => {
  const slow = await aReceiver(() => undefined);
  const quick = await aReceiver((_request, response) => void response.end());
  const client = aClient({ sandbox: ON_THIS_MACHINE, perReceiverMax: 2 });
  for (let i = 0; i < 5; i++) void post(client, `http://127.0.0.1:${slow.port}/`); // They end when the client closes.
  await waitFor(() => slow.connections() === 2);
  expect(await post(client, `http://127.0.0.1:${quick.port}/`)).toMatchObject({ kind: 'answered' });
  expect(slow.connections()).toBe(2);
});

describe('over TLS', () => {
  const { cert, key } = selfSignedCertificate('bank.example.test');
  const { resolve } = resolvesTo('127.0.0.1');
  const trusted = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(trusted));

  async function aTlsReceiver(): Promise<number> {
    const server = https.createServer({ cert, key }, (_request, response) => void response.end('over TLS'));
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    cleanups.push(async () => void server.close());
    return (server.address() as AddressInfo).port; // A TCP server that listens.
  }

  test('a receiver with a trusted certificate is reached', async () => {
    setDefaultCACertificates([cert]);
    const url = `https://bank.example.test:${await aTlsReceiver()}/`;
    expect(await post(aClient({ sandbox: ON_THIS_MACHINE, resolve }), url)).toMatchObject({ kind: 'answered', body: 'over TLS' });
  });

  test('a certificate that nobody vouches for is a failed connection, in the sandbox too', async () => {
    const url = `https://bank.example.test:${await aTlsReceiver()}/`;
    expect(await post(aClient({ sandbox: ON_THIS_MACHINE, resolve }), url)).toMatchObject({ kind: 'failed', reason: 'CONNECTION' });
  });

  test('a certificate for another name is a failed connection', async () => {
    setDefaultCACertificates([cert]);
    const url = `https://other.example.test:${await aTlsReceiver()}/`;
    expect(await post(aClient({ sandbox: ON_THIS_MACHINE, resolve }), url)).toMatchObject({ kind: 'failed', reason: 'CONNECTION' });
  });
});

test('a proxy that the environment names is not used', async () => {
  const proxy = await aReceiver((_request, response) => void response.end('from the proxy'));
  const receiver = await aReceiver((_request, response) => void response.end('from the receiver'));
  const program = `
    import { createOutboundClient } from ${JSON.stringify(new URL('../../kernel/runtime/outbound.ts', import.meta.url).href)};
    const client = createOutboundClient({ sandbox: { host: '127.0.0.1' } });
    const answer = await client.get({ url: 'http://127.0.0.1:${receiver.port}/', headers: {}, timeoutMs: ${TIMEOUT_MS} });
    console.log(answer.body);
    await client.close();`;
  const address = `http://127.0.0.1:${proxy.port}`;
  const env = {
    ...process.env,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: address,
    http_proxy: address,
    ALL_PROXY: address,
    NO_PROXY: '',
    no_proxy: '',
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env });
  expect(stdout.trim()).toBe('from the receiver');
  expect(proxy.connections()).toBe(0);
});

test('closing tells every caller: those connected, those waiting for a connection, and those who come later', async () => {
  const slow = await aReceiver(() => undefined);
  const client = aClient({ sandbox: ON_THIS_MACHINE, perReceiverMax: 2 });
  const waiting = Array.from({ length: 5 }, () => post(client, `http://127.0.0.1:${slow.port}/`));
  await waitFor(() => slow.connections() === 2);

  await client.close();

  const late = await post(client, `http://127.0.0.1:${slow.port}/`);
  for (const answer of [...(await Promise.all(waiting)), late]) expect(answer).toMatchObject({ kind: 'failed', reason: 'CONNECTION' });
});

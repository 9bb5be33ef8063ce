import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';

import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';

import { createMetrics } from '../../kernel/runtime/metrics.ts';
import type { Readiness } from '../../kernel/runtime/readiness.ts';
import {
  BODY_BYTES_MAX_DEFAULT,
  createServiceHost,
  jsonResponse,
  type HttpRoute,
  type ServiceHost,
} from '../../kernel/runtime/service-host.ts';
import { waitFor } from '../support/wait-for.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const echo: HttpRoute = {
  method: 'POST',
  path: '/echo/:name',
  bodyBytesMax: 100,
  handle: async ({ params, target, url, body, requestId }) =>
    jsonResponse(200, { params, target, query: url.searchParams.get('q'), body: body.toString(), requestId }),
};

async function aHost(
  routes: readonly HttpRoute[],
  o: { readiness?: () => Promise<Readiness[]>; fallback?: http.RequestListener } = {},
): Promise<{ host: ServiceHost; url: string; port: number }> {
  const host = createServiceHost({
    routes,
    readiness: o.readiness ?? (async () => []),
    metrics: createMetrics({ processMetrics: false }),
    logger: pino({ level: 'silent' }),
    ...(o.fallback ? { fallback: o.fallback } : {}),
  });
  cleanups.push(() => host.close());
  return { host, ...(await host.listen({ host: '127.0.0.1', port: 0 })) };
}

test('a route gets its parameters, the target as it was sent, and the body', async () => {
  const { url } = await aHost([echo]);
  const answer = await fetch(`${url}/echo/a%20b?q=%31`, { method: 'POST', body: 'hello', headers: { 'x-request-id': 'request-1' } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-request-id')).toBe('request-1');
  expect(await answer.json()).toEqual({
    params: { name: 'a b' },
    target: '/echo/a%20b?q=%31',
    query: '1',
    body: 'hello',
    requestId: 'request-1',
  });
});

test.each(['short', 'has spaces in it', 'x'.repeat(65), 'line%0abreak'])('a request id like %j is replaced by our own', async (given) => {
  const { url } = await aHost([echo]);
  const answer = await fetch(`${url}/echo/a`, { method: 'POST', headers: { 'x-request-id': given } });
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['GET', '/nowhere', 404, 'NOT_FOUND'],
  ['GET', '/echo/a', 405, 'METHOD_NOT_ALLOWED'],
  ['POST', '/echo/%', 400, 'TARGET_MALFORMED'],
])('%s %s is answered %d %s', async (method, path, status, code) => {
  const { url } = await aHost([echo]);
  const answer = await fetch(url + path, { method });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ code });
});

test('a body of exactly the limit passes, one byte more is answered 413', async () => {
  const { url } = await aHost([echo]);
  expect((await fetch(`${url}/echo/a`, { method: 'POST', body: 'x'.repeat(100) })).status).toBe(200);
  const refused = await fetch(`${url}/echo/a`, { method: 'POST', body: 'x'.repeat(101) });
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({ code: 'BODY_TOO_LARGE' });
});

test('a body of unannounced length is cut at the limit too', async () => {
  const { port } = await aHost([echo]);
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const request = http.request({ port, method: 'POST', path: '/echo/a' }, resolve);
  request.on('error', reject);
  for (let i = 0; i < 20; i++) request.write('x'.repeat(10));
  const answer = await promise;
  expect(answer.statusCode).toBe(413);
  expect(await text(answer)).toContain('BODY_TOO_LARGE');
  request.destroy();
});

test('without a limit of its own a route takes bodies up to the default', async () => {
  const { url } = await aHost([{ method: 'POST', path: '/size', handle: async ({ body }) => jsonResponse(200, body.length) }]);
  expect(await (await fetch(`${url}/size`, { method: 'POST', body: 'x'.repeat(BODY_BYTES_MAX_DEFAULT) })).json()).toBe(
    BODY_BYTES_MAX_DEFAULT,
  );
  expect((await fetch(`${url}/size`, { method: 'POST', body: 'x'.repeat(BODY_BYTES_MAX_DEFAULT + 1) })).status).toBe(413);
});

test('a route that throws is answered 500 without its reason', async () => {
  const { url } = await aHost([{ method: 'GET', path: '/bug', handle: async () => Promise.reject(new Error('password 1234')) }]);
  const answer = await fetch(`${url}/bug`);
  expect(answer.status).toBe(500);
  const body = await answer.text();
  expect(body).toContain('INTERNAL');
  expect(body).not.toContain('1234');
});

test('a route whose answer HTTP cannot carry ends its connection, not the process', async () => {
  const { url } = await aHost([
    { method: 'GET', path: '/split', handle: async () => ({ status: 200, headers: { 'x-a': 'b\r\nset-cookie: c' } }) },
    { method: 'GET', path: '/fine', handle: async () => jsonResponse(200, true) },
  ]);
  await expect(fetch(`${url}/split`)).rejects.toThrow('fetch failed');
  expect((await fetch(`${url}/fine`)).status).toBe(200);
});

test('what is no route goes to the fallback', async () => {
  const { url } = await aHost([echo], { fallback: (_request, response) => void response.writeHead(207).end() });
  expect((await fetch(`${url}/graphql`)).status).toBe(207);
  expect((await fetch(`${url}/echo/a`)).status).toBe(405);
});

test('readiness is a list, and 503 as soon as one part is not ready', async () => {
  const parts: Readiness[] = [{ name: 'database', ok: true }];
  const { url } = await aHost([], { readiness: async () => parts });
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, [{ name: 'database', ok: true }]]);

  parts.push({ name: 'directory', ok: false, detail: 'no snapshot yet' });
  const unready = await fetch(`${url}/readyz`);
  expect([unready.status, await unready.json()]).toEqual([503, parts]);
});

test('a part that is not needed is told, and costs nobody the process', async () => {
  const parts: Readiness[] = [{ name: 'orders subgraph', ok: false, detail: 'CONNECTION', needed: false }];
  const { url } = await aHost([], { readiness: async () => parts });
  const answer = await fetch(`${url}/readyz`);
  expect([answer.status, await answer.json()]).toEqual([200, parts]);
});

test('a readiness check that fails or hangs means not ready', async () => {
  const failing = await aHost([], { readiness: async () => Promise.reject(new Error('no database')) });
  const answer = await fetch(`${failing.url}/readyz`);
  expect([answer.status, await answer.json()]).toEqual([503, [{ name: 'readiness', ok: false, detail: 'Error' }]]);

  const hanging = await aHost([], { readiness: () => new Promise(() => undefined) });
  expect((await fetch(`${hanging.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${hanging.url}/livez`)).status).toBe(200);
});

test('metrics name the route template, never the path', async () => {
  const { url } = await aHost([echo]);
  await fetch(`${url}/echo/UA213223130000026007233566001?q=secret`, { method: 'POST' });
  await fetch(`${url}/who/knows`);
  const metrics = await waitFor(async () => {
    const exposed = await (await fetch(`${url}/metrics`)).text();
    return exposed.includes('route="(none)"') && exposed;
  });
  expect(metrics).toContain('http_request_duration_seconds_count{method="POST",route="/echo/:name",status="200"} 1');
  expect(metrics).not.toMatch(/UA21|secret|knows/);
});

test('closing lets a running request finish and takes no new connection', async () => {
  const entered = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const { host, url, port } = await aHost([
    {
      method: 'GET',
      path: '/slow',
      async handle() {
        entered.resolve();
        await finish.promise;
        return jsonResponse(200, 'done');
      },
    },
  ]);
  const running = fetch(`${url}/slow`);
  await entered.promise;
  const closed = host.close();
  await expect(connect(port)).rejects.toThrow('ECONNREFUSED');
  finish.resolve();
  expect(await (await running).json()).toBe('done');
  await closed;
});

test('an idle kept connection does not hold up the end', async () => {
  const { host, port } = await aHost([{ method: 'GET', path: '/a', handle: async () => jsonResponse(200, 1) }]);
  const socket = await connect(port);
  socket.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
  await waitFor(() => socket.bytesRead > 0);
  const started = performance.now();
  await host.close();
  expect(performance.now() - started).toBeLessThan(1000);
  socket.destroy();
});

test('a taken port is an error, not a wait', async () => {
  const { port } = await aHost([]);
  const second = createServiceHost({
    routes: [],
    readiness: async () => [],
    metrics: createMetrics({ processMetrics: false }),
    logger: pino({ level: 'silent' }),
  });
  await expect(second.listen({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
});

async function connect(port: number): Promise<net.Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = net.connect(port, '127.0.0.1', resolve);
  socket.on('error', reject);
  await promise;
  return socket;
}

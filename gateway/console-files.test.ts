import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createLogger } from '../kernel/runtime/logger.ts';
import { createConsoleListener, isForConsole } from './console-files.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
let folder = '';
let empty = '';
let servers: http.Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'console-files-'));
  empty = await mkdtemp(path.join(tmpdir(), 'console-files-'));
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, 'index.html'), '<!doctype html>page');
  await writeFile(path.join(folder, 'assets/index-1a2b.js'), 'script');
  await writeFile(path.join(folder, 'assets/index-1a2b.js.br'), 'small');
  await writeFile(path.join(folder, 'secret.js'), 'not for you');
});
afterAll(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true, force: true });
  await rm(empty, { recursive: true, force: true });
});

async function served(o: { folder?: string; sandboxUrl?: string | null } = {}) {
  const settings = { brand: 'Hub', sandboxUrl: o.sandboxUrl ?? null, edgeUrl: 'http://127.0.0.1:8787/' };
  const server = http.createServer(createConsoleListener({ folder: o.folder ?? folder, settings, logger }));
  servers = [...servers, server];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server that listens.
  /** Paths as they are written, not as a client would tidy them. */
  return (target: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders; body: string }>((resolve, reject) => {
      const request = http.request({ port, host: '127.0.0.1', path: target, method, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      });
      request.on('error', reject).end();
    });
}

describe('the console', () => {
  test.each(['/console', '/console/', '/console/payments/0197b0c2?x=1'])('is one page at %s', async (target) => {
    const answer = await (await served())(target);
    expect(answer).toMatchObject({ status: 200, body: '<!doctype html>page' });
    expect(answer.headers['cache-control']).toBe('no-cache');
  });

  test('gives its files for ever, smaller to whoever reads them so', async () => {
    const get = await served();
    expect(await get('/console/assets/index-1a2b.js')).toMatchObject({ status: 200, body: 'script' });
    const small = await get('/console/assets/index-1a2b.js', { 'accept-encoding': 'gzip, br' });
    expect(small).toMatchObject({ body: 'small', headers: { 'content-encoding': 'br', 'content-type': 'text/javascript; charset=utf-8' } });
    expect(small.headers['cache-control']).toContain('immutable');
  });

  test.each([
    '/console/assets/../secret.js',
    '/console/assets/..%2fsecret.js',
    '/console/assets/gone.js',
    '/console/assets/.js',
    '/console/assets/index-1a2b.js.br',
  ])('has nothing at %s', async (target) => {
    expect((await (await served())(target)).status).toBe(404);
  });

  test('runs scripts of its own files alone, and stands in no frame', async () => {
    const { headers } = await (await served({ sandboxUrl: 'http://127.0.0.1:4100' }))('/console');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:8787 http://127.0.0.1:4100;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test('is told its name and, in the sandbox, where the sandbox is', async () => {
    const answer = await (await served())('/console/settings.json');
    expect(JSON.parse(answer.body)).toEqual({ brand: 'Hub', sandboxUrl: null, edgeUrl: 'http://127.0.0.1:8787/' });
    expect(answer.headers['content-security-policy']).toContain("connect-src 'self' http://127.0.0.1:8787;");
  });

  test('says so when it is not built, and takes no other method', async () => {
    expect((await (await served({ folder: empty }))('/console')).status).toBe(503);
    expect((await (await served())('/console', {}, 'POST')).status).toBe(405);
  });

  test.each([
    ['/console', true],
    ['/console?x', true],
    ['/console/a', true],
    ['/consoles', false],
    ['/graphql', false],
  ])('takes %s: %s', (url, taken) => {
    expect(isForConsole({ url })).toBe(taken);
  });
});

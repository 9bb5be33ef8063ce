import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Authenticate } from '../../gateway/credentials.ts';
import { ok } from '../../kernel/core/result.ts';
import type { Caller } from '../../schema/caller.ts';
import { toyGateway } from './toy-gateway.ts';

const SHOP = 'https://shop.example';
const CUSTOMER: Caller = { kind: 'customer', merchantUid: 'm-1', orderId: null, keyId: 'k-1' };
const MERCHANT: Caller = { kind: 'merchant', merchantUid: 'm-1', keyId: 'k-2' };

const authenticate: Authenticate = async (authorization) =>
  authorization === 'Bearer pk' ? ok({ caller: CUSTOMER, expiresAt: null, origins: [SHOP] }) : ok({ caller: MERCHANT, expiresAt: null });

let toy: Awaited<ReturnType<typeof toyGateway>>;
beforeAll(async () => {
  toy = await toyGateway('local', { authenticate });
});
afterAll(() => toy.close());

function ask(key: string, origin: string | null) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...(origin === null ? {} : { origin }) };
  return fetch(toy.gateway.url, { method: 'POST', headers, body: '{"query":"{ whoami }"}' });
}

describe('a page of another origin', () => {
  test('is told that it may send a request, whatever its key will be, but never with cookies', async () => {
    const headers = { origin: 'https://stranger.example', 'access-control-request-method': 'POST' };
    const response = await fetch(toy.gateway.url, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('reads what a publishable key may, if its origin is on the list of the key', async () => {
    const response = await ask('pk', SHOP);
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, SHOP]);
    expect(response.headers.get('vary')).toContain('Origin');
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  test.each(['https://stranger.example', 'http://shop.example', 'null'])(
    'is refused when its origin is %s: ORIGIN_NOT_ALLOWED',
    async (origin) => {
      const response = await ask('pk', origin);
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'ORIGIN_NOT_ALLOWED', retryable: false } }] });
    },
  );

  test('cannot read the answer to any other credential', async () => {
    expect((await ask('sk', SHOP)).headers.get('access-control-allow-origin')).toBeNull();
  });

  test.each([
    [SHOP, 'acknowledged'],
    ['https://stranger.example', 4403],
  ])('of %s that opens a socket with a publishable key is %s', async (origin, outcome) => {
    const socket = new WebSocket(toy.gateway.wsUrl, 'graphql-transport-ws', { origin });
    const ended = new Promise((resolve) => {
      socket.on('message', () => resolve('acknowledged'));
      socket.on('close', resolve);
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer pk' } })));
    });
    expect(await ended).toBe(outcome);
    socket.terminate();
  });
});

test('a publishable key outside of a browser works as well: there is no page that could be a stranger’s', async () => {
  const response = await ask('pk', null);
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, null]);
});

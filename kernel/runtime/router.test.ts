import { expect, test } from 'vitest';

import { createRouter } from './router.ts';

const routes = [
  { method: 'GET', path: '/orders' },
  { method: 'POST', path: '/orders' },
  { method: 'GET', path: '/orders/:id' },
  { method: 'GET', path: '/orders/latest' },
  { method: 'GET', path: '/banks/:guid/payments/:payment' },
];
const router = createRouter(routes);

test.each([
  ['GET', '/orders', '/orders', {}],
  ['POST', '/orders', '/orders', {}],
  ['GET', '/orders/7', '/orders/:id', { id: '7' }],
  ['GET', '/orders/latest', '/orders/latest', {}],
  ['GET', '/orders/a%2Fb', '/orders/:id', { id: 'a/b' }],
  ['GET', '/banks/g/payments/p', '/banks/:guid/payments/:payment', { guid: 'g', payment: 'p' }],
])('%s %s leads to %s', (method, path, template, params) => {
  expect(router.find(method, path)).toMatchObject({ kind: 'route', route: { method, path: template }, params });
});

test.each(['/', '/orders/', '/orders//', '/orders/7/items', '/Orders', '/banks//payments/p'])('%s is an unknown path', (path) => {
  expect(router.find('GET', path)).toEqual({ kind: 'unknown-path' });
});

test('a known path with another method names the methods it knows', () => {
  expect(router.find('PUT', '/orders')).toEqual({ kind: 'unknown-method', allowed: ['GET', 'POST'] });
  expect(router.find('DELETE', '/orders/7')).toEqual({ kind: 'unknown-method', allowed: ['GET'] });
});

test.each(['/orders/%', '/orders/%ff'])('%s is malformed', (path) => {
  expect(router.find('GET', path)).toEqual({ kind: 'malformed-path' });
});

test('two routes for one method and path are a bug', () => {
  expect(() => createRouter([...routes, { method: 'POST', path: '/orders' }])).toThrow('two routes');
});

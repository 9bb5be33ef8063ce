import { expect, test } from 'vitest';

import { EdgeMetrics } from './edge-metrics.ts';
import { templateOf } from './route-template.ts';

test('answers are counted by route, method and status, and timed by route', () => {
  const metrics = new EdgeMetrics();
  const answered = { route: '/livez', method: 'GET', status: 200, durationMs: 20 };
  metrics.answered(answered);
  metrics.answered({ ...answered, durationMs: 2_000 });
  metrics.answered({ ...answered, status: 429 });
  const lines = metrics.expose().split('\n');
  expect(lines).toContain('edge_requests_total{method="GET",route="/livez",status="200"} 2');
  expect(lines).toContain('edge_requests_total{method="GET",route="/livez",status="429"} 1');
  expect(lines).toContain('edge_request_duration_seconds_bucket{route="/livez",le="0.01"} 0');
  expect(lines).toContain('edge_request_duration_seconds_bucket{route="/livez",le="0.025"} 2');
  expect(lines).toContain('edge_request_duration_seconds_bucket{route="/livez",le="+Inf"} 3');
  expect(lines).toContain('edge_request_duration_seconds_count{route="/livez"} 3');
});

test('what waits in the inboxes is what the last sweep found', () => {
  const metrics = new EdgeMetrics();
  metrics.swept({ waiting: 1, due: 2, parked: 3 }, 7);
  metrics.swept({ waiting: 0, due: 4, parked: 3 }, 8);
  const text = metrics.expose();
  expect(text).toContain('edge_inbox_messages{state="due"} 4\n');
  expect(text).toContain('edge_inbox_messages{state="waiting"} 0\n');
  expect(text).toContain('edge_directory_version 8\n');
});

test.each([
  [/^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/payment-message\/(?<guid>[^/]+)$/, '/api/v1/counterparty/:bank/payment-message/:guid'],
  [/^\/pay\/(?<orderId>[^/]+)\/qr\.(?<format>svg|png)$/, '/pay/:orderId/qr.:format'],
  [/^\/+api\/v1\/\.well-known\/jwks\.json$/, '/api/v1/.well-known/jwks.json'],
])('a route is told by its template: %s', (path, template) => {
  expect(templateOf(path)).toBe(template);
});

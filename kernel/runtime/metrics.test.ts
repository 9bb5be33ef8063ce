import { expect, test } from 'vitest';

import { createMetrics } from './metrics.ts';

test('asking for a metric twice counts in one place', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const names = { name: 'payments_total', help: 'Payments by outcome.', labels: ['outcome'] } as const;

  metrics.counter(names).inc({ outcome: 'SUCCESS' });
  metrics.counter(names).inc({ outcome: 'SUCCESS' });

  expect((await metrics.expose()).text).toContain('payments_total{outcome="SUCCESS"} 2');
});

test('a name cannot be two kinds of metric', () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.counter({ name: 'waiting', help: 'x' });
  expect(() => metrics.gauge({ name: 'waiting', help: 'x' })).toThrow('another kind');
});

test('two processes in one test do not share metrics', async () => {
  createMetrics({ processMetrics: false }).counter({ name: 'a_total', help: 'x' }).inc();
  expect((await createMetrics({ processMetrics: false }).expose()).text).not.toContain('a_total');
});

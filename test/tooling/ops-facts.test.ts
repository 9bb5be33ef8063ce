import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, 'ops', file), 'utf8');

interface Metric {
  readonly kind: string;
  readonly labels: readonly string[];
}

/** The rows of metrics.md. */
const METRICS: ReadonlyMap<string, Metric> = new Map(
  [...read('metrics.md').matchAll(/^\| `(\w+)`\s*\| (\w+)\s*\| ([^|]*)\|/gm)].map(([, name = '', kind = '', labels = '']) => [
    name,
    { kind, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
  ]),
);

const alerts = [...read('alerts.yml').matchAll(/^\s+expr: (.*)$/gm)].map(([, expression = '']) => expression);
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}
const dashboard = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** What an expression reads: names that stand where a metric can stand. */
function metricsIn(expression: string): string[] {
  const bare = expression.replaceAll(/"[^"]*"/g, '').replaceAll(/\bby \([^)]*\)/g, '');
  return [...bare.matchAll(/\b([a-z]+(?:_[a-z]+)+)\b(?!\s*\()/g)].map(([, name = '']) => name);
}

/** A histogram is read through its series. */
function isThere(name: string): boolean {
  const base = name.replace(/_(bucket|count|sum)$/, '');
  return METRICS.has(name) ? METRICS.get(name)?.kind !== 'histogram' : METRICS.get(base)?.kind === 'histogram';
}

describe('alerts and dashboard', () => {
  test('are there to be compared', () => {
    expect(METRICS.size).toBeGreaterThan(25);
    expect(alerts.length).toBeGreaterThan(8);
    expect(shown.length).toBeGreaterThan(20);
  });

  test.each([...alerts, ...shown])('name only metrics that there are: %s', (expression) => {
    const names = metricsIn(expression);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  test.each([...alerts, ...shown])('group and choose by labels that the metric has: %s', (expression) => {
    const known = new Set(
      metricsIn(expression).flatMap((name) => METRICS.get(name)?.labels ?? METRICS.get(name.replace(/_[a-z]+$/, ''))?.labels ?? []),
    );
    const used = [
      ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', ')),
      ...[...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, chosen = '']) =>
        [...chosen.matchAll(/(\w+)=/g)].map(([, label = '']) => label),
      ),
    ];
    expect(used.filter((label) => !known.has(label) && label !== 'le' && label !== 'job')).toEqual([]);
  });

  test.each(dashboard.panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target }))))(
    'a legend says what the series are grouped by: $title',
    ({ expr, legendFormat }) => {
      const said = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      for (const label of said) expect(expr).toContain(label);
    },
  );

  test('a name that is no metric would be found', () => {
    expect(metricsIn('sum(rate(payments_total[1m])) / no_such_total')).toEqual(['payments_total', 'no_such_total']);
    expect(isThere('no_such_total')).toBe(false);
    expect(isThere('commit_seconds')).toBe(false); // A histogram has no series of its own name.
  });
});

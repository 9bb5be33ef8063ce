import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/**
 * The metrics of one process, made once per composition root. Asking for a name a second time gives the first instance, because
 * several subgraphs of one process count the same thing. Labels are codes and route templates, never ids or query strings.
 */
export interface Metrics {
  counter<Label extends string = never>(o: MetricNames<Label>): Counter<Label>;
  gauge<Label extends string = never>(o: MetricNames<Label>): Gauge<Label>;
  /** Durations are in seconds, as Prometheus wants them; `buckets` are upper bounds. */
  histogram<Label extends string = never>(o: MetricNames<Label> & { buckets?: readonly number[] }): Histogram<Label>;
  /** The text of `GET /metrics` and its content type. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface MetricNames<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `processMetrics` adds event loop lag, heap and CPU; tests leave it out. */
export function createMetrics(o: { processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (o.processMetrics) collectDefaultMetrics({ register: registry });

  function once<T>(name: string, kind: new (...args: never[]) => T, make: () => T): T {
    const known: unknown = registry.getSingleMetric(name);
    if (known === undefined) return make();
    if (known instanceof kind) return known;
    throw new Error(`the metric ${name} exists as another kind`);
  }
  const naming = <Label extends string>(names: MetricNames<Label>) => ({
    name: names.name,
    help: names.help,
    labelNames: names.labels ?? [],
    registers: [registry],
  });

  return {
    counter: <Label extends string>(names: MetricNames<Label>) => once(names.name, Counter<Label>, () => new Counter<Label>(naming(names))),
    gauge: <Label extends string>(names: MetricNames<Label>) => once(names.name, Gauge<Label>, () => new Gauge<Label>(naming(names))),
    histogram: <Label extends string>(names: MetricNames<Label> & { buckets?: readonly number[] }) =>
      once(
        names.name,
        Histogram<Label>,
        () => new Histogram<Label>({ ...naming(names), buckets: [...(names.buckets ?? DURATION_BUCKETS_S)] }),
      ),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

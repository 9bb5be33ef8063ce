/** Upper bounds of the times that are counted, in seconds. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10];
const MS = 1000;

/** What the last sweep found in the inboxes that it reached. */
export interface InboxTotals {
  /** Whose sender waits for the core's answer. */
  readonly waiting: number;
  /** Promised and not yet taken by the core. */
  readonly due: number;
  /** Waiting for a person. */
  readonly parked: number;
}

interface Answers {
  readonly labels: string;
  count: number;
}

interface Times {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/**
 * Counts what one isolate answers. On one machine there is one isolate, so its counts are the edge's; on Cloudflare every isolate has its own,
 * and nobody can ask all of them: there the platform's analytics count, and this is not served. Labels are route templates, methods of ours and
 * statuses, never what stood in a request.
 */
export class EdgeMetrics {
  readonly #answers = new Map<string, Answers>();
  readonly #times = new Map<string, Times>();
  #inboxes: InboxTotals = { waiting: 0, due: 0, parked: 0 };
  #directoryVersion = 0;

  answered(o: { readonly route: string; readonly method: string; readonly status: number; readonly durationMs: number }): void {
    const key = `${o.method} ${o.status} ${o.route}`;
    const answers = this.#answers.get(key) ?? { labels: labels({ method: o.method, route: o.route, status: String(o.status) }), count: 0 };
    this.#answers.set(key, answers);
    answers.count += 1;
    const seconds = o.durationMs / MS;
    const times = this.#times.get(o.route) ?? { buckets: BUCKETS_S.map(() => 0), sum: 0, count: 0 };
    this.#times.set(o.route, times);
    BUCKETS_S.forEach((bound, index) => {
      if (seconds <= bound) times.buckets[index] = (times.buckets[index] ?? 0) + 1;
    });
    times.sum += seconds;
    times.count += 1;
  }

  swept(totals: InboxTotals, directoryVersion: number): void {
    this.#inboxes = totals;
    this.#directoryVersion = directoryVersion;
  }

  /** In the text format of Prometheus. */
  expose(): string {
    const { waiting, due, parked } = this.#inboxes;
    return [
      ...metric('counter', { name: 'edge_requests_total', help: 'Answers of the edge.', labels: ['method', 'route', 'status'] }),
      ...[...this.#answers.values()].map((answers) => `edge_requests_total${answers.labels} ${answers.count}`),
      ...metric('histogram', {
        name: 'edge_request_duration_seconds',
        help: 'Time until the answer of the edge began.',
        labels: ['route'],
      }),
      ...[...this.#times].flatMap(([route, times]) => histogramLines('edge_request_duration_seconds', route, times)),
      ...metric('gauge', { name: 'edge_inbox_messages', help: 'Unfinished payment messages, as of the last sweep.', labels: ['state'] }),
      ...Object.entries({ waiting, due, parked }).map(([state, value]) => `edge_inbox_messages${labels({ state })} ${value}`),
      ...metric('gauge', { name: 'edge_directory_version', help: 'Version of the directory, as of the last sweep.', labels: [] }),
      `edge_directory_version ${this.#directoryVersion}`,
      '',
    ].join('\n');
  }
}

interface MetricNames {
  readonly name: string;
  readonly help: string;
  /** For ops/metrics.md; the lines of the values say them. */
  readonly labels: readonly string[];
}

function metric(kind: string, { name, help }: MetricNames): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`];
}

function histogramLines(name: string, route: string, { buckets, sum, count }: Times): string[] {
  return [
    ...BUCKETS_S.map((bound, index) => `${name}_bucket${labels({ route, le: String(bound) })} ${buckets[index] ?? 0}`),
    `${name}_bucket${labels({ route, le: '+Inf' })} ${count}`,
    `${name}_sum${labels({ route })} ${sum}`,
    `${name}_count${labels({ route })} ${count}`,
  ];
}

/** Route templates have backslashes and quotation marks in none of them; the other values are words of ours. */
function labels(values: Readonly<Record<string, string>>): string {
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}

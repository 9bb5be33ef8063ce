import type { TraceContext } from '../../kernel/core/trace-context.ts';
import { logEvent } from './log.ts';

/** Spans of one isolate wait so long for each other, so that an export is at most one request a second. */
const EXPORT_EVERY_MS = 1_000;
const EXPORT_MS = 2_000;
/** What comes on top of them is dropped: a collector that is away costs no memory. */
const SPANS_MAX = 512;
/** An export that has not come to its end by then was cut off with its request; the next span begins another. */
const GIVEN_UP_AFTER_MS = 30_000;

/** One request that the edge has answered. */
export interface EdgeSpan {
  readonly trace: TraceContext;
  /** Ours: the request's method and route template, never its address. */
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Sends the spans of sampled requests to a collector as OTLP over HTTP, after their answers. Exists only where one is configured. */
export class SpanExport {
  readonly #url: string;
  #waiting: EdgeSpan[] = [];
  #exportBegunAt = -Infinity;

  constructor(endpoint: string) {
    this.#url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  }

  ended(span: EdgeSpan, execution: Pick<ExecutionContext, 'waitUntil'>): void {
    if (!span.trace.sampled || this.#waiting.length >= SPANS_MAX) return;
    this.#waiting.push(span);
    if (span.endedAtMs - this.#exportBegunAt < GIVEN_UP_AFTER_MS) return;
    this.#exportBegunAt = span.endedAtMs;
    execution.waitUntil(this.#export());
  }

  async #export(): Promise<void> {
    await scheduler.wait(EXPORT_EVERY_MS);
    const spans = this.#waiting;
    this.#waiting = [];
    this.#exportBegunAt = -Infinity;
    try {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(exportOf(spans));
      const answer = await fetch(this.#url, { method: 'POST', headers, body, signal: AbortSignal.timeout(EXPORT_MS) });
      await answer.body?.cancel();
      if (!answer.ok) logEvent('spans not exported', { spans: spans.length, status: answer.status });
    } catch (error) {
      logEvent('spans not exported', { spans: spans.length, error: String(error) });
    }
  }
}

/** OTLP's JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. */
function exportOf(spans: readonly EdgeSpan[]) {
  const resource = { attributes: [text('service.namespace', 'dcm-hub'), text('service.name', 'edge')] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'edge' }, spans: spans.map(spanOf) }] }] };
}

const KIND_SERVER = 2;
const STATUS_ERROR = 2;

function spanOf({ trace, method, route, status, startedAtMs, endedAtMs }: EdgeSpan) {
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    name: `edge ${method} ${route}`,
    kind: KIND_SERVER,
    startTimeUnixNano: nanoseconds(startedAtMs),
    endTimeUnixNano: nanoseconds(endedAtMs),
    attributes: [
      text('http.request.method', method),
      text('http.route', route),
      { key: 'http.response.status_code', value: { intValue: String(status) } },
    ],
    status: status >= 500 ? { code: STATUS_ERROR } : {},
  };
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const nanoseconds = (ms: number): string => `${BigInt(ms) * 1_000_000n}`;

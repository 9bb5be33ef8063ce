import { randomBytes } from 'node:crypto';

import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';

import { beginTrace, readTraceparent, TRACE_BYTES, type TraceContext, traceparentOf } from '../core/trace-context.ts';

/**
 * The trace that the running code belongs to. It follows calls and awaits by itself (OpenTelemetry's context); what waits in a database or
 * a queue keeps its traceparent and goes on in it with `inTrace`. Until a process has started its telemetry (telemetry.ts), nothing here
 * does anything but call `work`.
 */

/** One piece of work in a trace. Names and attributes are words of ours, codes and ids: never what somebody wrote. */
export interface Step {
  readonly name: string;
  readonly kind?: 'server' | 'client' | 'consumer' | 'internal';
  readonly attributes?: Attributes;
}

/** What a piece of work may say of itself while it runs. */
export interface StepNotes {
  set(attributes: Attributes): void;
  /** It did not come out well; `code` says how. */
  failed(code: string): void;
}

/** For work that is no step of any trace. */
export const NO_NOTES: StepNotes = { set: () => undefined, failed: () => undefined };

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL } as const;
const REQUEST_ID = createContextKey('request id');
const CAUSES = createContextKey('traces of the events that are being handled, by subject');

/** The place of the running code in its trace, for whoever carries it on: a header, a row. Null outside of any. */
export function currentTraceparent(): string | null {
  const here = trace.getSpanContext(context.active());
  return here ? traceparentOf(contextOf(here)) : null;
}

/** The same as a header for another process. */
export function traceHeaders(): { readonly traceparent?: string } {
  const traceparent = currentTraceparent();
  return traceparent === null ? {} : { traceparent };
}

/** What every line of the log says of the running request. */
export function currentFacts(): { readonly requestId?: string; readonly traceId?: string } {
  const active = context.active();
  const requestId = active.getValue(REQUEST_ID);
  const traceId = trace.getSpanContext(active)?.traceId;
  return { ...(typeof requestId === 'string' ? { requestId } : {}), ...(traceId === undefined ? {} : { traceId }) };
}

/** Runs `work` in the trace that was kept as a traceparent; outside of any when that is none. */
export function inTrace<T>(traceparent: string | null | undefined, work: () => T): T {
  return context.with(contextIn(traceparent), work);
}

/** Runs a request under its id. */
export function withRequestId<T>(requestId: string, work: () => T): T {
  return context.with(context.active().setValue(REQUEST_ID, requestId), work);
}

/** Runs `work` as one step of the trace of a traceparent, or as the first of a new one. */
export function tracedIn<T>(traceparent: string | null | undefined, step: Step, work: (notes: StepNotes) => Promise<T>): Promise<T> {
  return runStep(contextIn(traceparent), step, work);
}

/** Notes a step that has already ended, in the trace of a traceparent. Nothing for traces that are not recorded. */
export function noteStep(traceparent: string | null | undefined, step: Step, startedAt?: Date): void {
  if (!readTraceparent(traceparent)?.sampled) return;
  startSpan(contextIn(traceparent), step, startedAt).end();
}

/** Runs `work` with the traces of the events that it handles at hand, for `causeOf`; in that of all of them where they share one. */
export function amongEvents<T>(events: readonly { readonly subject: string; readonly traceparent?: string | null }[], work: () => T): T {
  const causes = new Map(events.flatMap(({ subject, traceparent }) => (traceparent ? [[subject, traceparent] as const] : [])));
  const [first, ...others] = new Set(causes.values());
  return context.with(contextIn(others.length === 0 ? first : null).setValue(CAUSES, causes), work);
}

/** The trace of the event of this subject that is being handled, else the current one. */
export function causeOf(subject: string): string | null {
  const causes = context.active().getValue(CAUSES) as ReadonlyMap<string, string> | undefined; // As amongEvents set it.
  return causes?.get(subject) ?? currentTraceparent();
}

async function runStep<T>(parent: Context, step: Step, work: (notes: StepNotes) => Promise<T>): Promise<T> {
  const above = trace.getSpanContext(parent);
  // Of a trace that is not recorded only the beginning matters: its id.
  if (above && (above.traceFlags & TraceFlags.SAMPLED) === 0) return await context.with(parent, () => work(NO_NOTES));
  const span = startSpan(parent, step);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(notesOf(span)));
  } catch (error) {
    // The error's text may quote what somebody sent; the log has it, redacted.
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'thrown' });
    throw error;
  } finally {
    span.end();
  }
}

/** A real span where spans are exported. Else one that carries the ids, so that logs and rows of one request can be found together. */
function startSpan(parent: Context, { name, kind = 'internal', attributes }: Step, startTime?: Date): Span {
  const options = { kind: KINDS[kind], ...(attributes ? { attributes } : {}), ...(startTime ? { startTime } : {}) };
  const span = trace.getTracer('hub').startSpan(name, options, parent);
  return trace.isSpanContextValid(span.spanContext())
    ? span
    : trace.wrapSpanContext(spanContextOf(beginTrace(randomBytes(TRACE_BYTES), 0), { isRemote: false }));
}

function notesOf(span: Span): StepNotes {
  return {
    set: (attributes) => void span.setAttributes(attributes),
    failed: (code) => void span.setStatus({ code: SpanStatusCode.ERROR, message: code }),
  };
}

function contextIn(traceparent: string | null | undefined): Context {
  const place = readTraceparent(traceparent);
  const active = trace.deleteSpan(context.active());
  return place ? trace.setSpanContext(active, spanContextOf(place, { isRemote: true })) : active;
}

function spanContextOf({ traceId, spanId, sampled }: TraceContext, { isRemote }: { readonly isRemote: boolean }): SpanContext {
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote };
}

function contextOf({ traceId, spanId, traceFlags }: SpanContext): TraceContext {
  return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
}

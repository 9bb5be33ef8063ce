/** A place in a trace, as the W3C's Trace Context names it: what one process tells the next, and what is kept with durable work. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** Whether whoever began the trace wants it recorded. */
  readonly sampled: boolean;
}

/** Where a trace context travels over HTTP. */
export const TRACE_HEADER = 'traceparent';

const TRACEPARENT = /^00-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const SAMPLED = 1;
const HEX = 16;

/** Null for what is no traceparent of version 00. */
export function readTraceparent(text: string | null | undefined): TraceContext | null {
  const { traceId, spanId, flags } = TRACEPARENT.exec(text ?? '')?.groups ?? {};
  if (!traceId || !spanId || !flags || traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, HEX) & SAMPLED) === SAMPLED };
}

export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
/** How many random bytes a new trace takes. */
export const TRACE_BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES;
/** The part of the trace id that decides on sampling: its last six bytes, which a Number holds exactly. */
const SAMPLING_DIGITS = 12;
const SAMPLING_RANGE = HEX ** SAMPLING_DIGITS;

/** Every request at the edge begins a trace, so this is looked up. */
const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(HEX).padStart(2, '0'));

/** The beginning of a trace, of TRACE_BYTES random bytes. `ratio` of all traces are sampled, from 0 for none to 1 for all. */
export function beginTrace(random: Uint8Array, ratio: number): TraceContext {
  let hex = '';
  for (const byte of random) hex += HEX_OF_BYTE[byte] ?? '';
  const traceId = hex.slice(0, 2 * TRACE_ID_BYTES);
  const part = Number.parseInt(traceId.slice(-SAMPLING_DIGITS), HEX);
  return { traceId, spanId: hex.slice(2 * TRACE_ID_BYTES), sampled: part < ratio * SAMPLING_RANGE };
}

import { describe, expect, test } from 'vitest';

import { beginTrace, readTraceparent, TRACE_BYTES, traceparentOf } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('what was written is read again', () => {
  for (const sampled of [true, false]) {
    const context = { traceId: TRACE, spanId: SPAN, sampled };
    expect(readTraceparent(traceparentOf(context))).toEqual(context);
  }
});

test.each([
  ['nothing', undefined],
  ['an empty text', ''],
  ['another version', `01-${TRACE}-${SPAN}-01`],
  ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['more than a traceparent', `00-${TRACE}-${SPAN}-01-x`],
  ['a line break behind it', `00-${TRACE}-${SPAN}-01\n`],
])('%s is no place in a trace', (_what, text) => {
  expect(readTraceparent(text)).toBeNull();
});

test('flags that are not known do not unsample a trace', () => {
  expect(readTraceparent(`00-${TRACE}-${SPAN}-03`)?.sampled).toBe(true);
  expect(readTraceparent(`00-${TRACE}-${SPAN}-02`)?.sampled).toBe(false);
});

describe('a new trace', () => {
  const bytes = (last: number) => Uint8Array.from({ length: TRACE_BYTES }, (_, n) => (n >= 10 && n < 16 ? last : n + 1));

  test('has the ids of its random bytes', () => {
    expect(beginTrace(bytes(0xff), 1)).toEqual({
      traceId: '0102030405060708090affffffffffff',
      spanId: '1112131415161718',
      sampled: true,
    });
  });

  test.each([
    [0, 0, false],
    [0, 0.5, true],
    [0x7f, 0.5, true],
    [0x80, 0.5, false],
    [0xff, 0.99, false],
    [0xff, 1, true],
  ])('whose deciding bytes are %i is sampled at the ratio %d: %s', (last, ratio, sampled) => {
    expect(beginTrace(bytes(last), ratio).sampled).toBe(sampled);
  });
});

import { describe, expect, test } from 'vitest';

import { formatUuid, isUuid, uuidv7 } from './ids.ts';

const RANDOM = Uint8Array.from({ length: 10 }, (_, index) => 0xf0 + index);

describe('ids', () => {
  test('a time-ordered id begins with its milliseconds and carries version and variant', () => {
    const id = uuidv7(Date.UTC(2026, 10, 22), RANDOM);
    expect(id.slice(14)).toBe('70f1-b2f3-f4f5f6f7f8f9');
    expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(Date.UTC(2026, 10, 22));
    expect(isUuid(id)).toBe(true);
  });

  test('later ids sort after earlier ones', () => {
    expect(uuidv7(1_000, RANDOM) < uuidv7(1_001, new Uint8Array(10))).toBe(true);
  });

  test('every byte is where the bytes were, leading zeros too', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => index);
    expect(formatUuid(bytes, 8)).toBe('00010203-0405-8607-8809-0a0b0c0d0e0f');
    expect(bytes[6]).toBe(6);
  });

  test.each(['', 'F037984E-502E-8DE0-8696-026158CC5C54', '01a20306b2bd7ad8b5d45ebe97f618ed', 'x1a20306-b2bd-7ad8-b5d4-5ebe97f618ed'])(
    '%j is not an id as the hub spells it',
    (text) => {
      expect(isUuid(text)).toBe(false);
    },
  );
});

import { createHash } from 'node:crypto';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { sha256 } from './sha256.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const reference = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test.each([0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1_000])('%i bytes have the hash that they have elsewhere', (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => (at * 131 + length) & 0xff);
  expect(hex(sha256(bytes))).toBe(reference(bytes));
});

test('whatever the bytes are', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => hex(sha256(bytes)) === reference(bytes)));
});

import { assert, bigInt, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fail, ok } from '../../core/result.ts';
import { createCursorCodec, createCursorKeys, type StreamFilter, type StreamScope } from './cursor.ts';

const OLD = { kid: 'old', key: Buffer.alloc(32, 1) };
const NEW = { kid: 'new', key: Buffer.alloc(32, 2) };
const PLACE = { epoch: 3, position: 9_007_199_254_740_993n };

function aCodec(o: { scope?: StreamScope; filter?: StreamFilter; streamName?: string; secrets?: (typeof OLD)[] } = {}) {
  return createCursorCodec({
    keys: createCursorKeys({ cursor: o.secrets ?? [NEW, OLD] }),
    streamName: o.streamName ?? 'orders',
    scope: o.scope ?? { participant: 'm1' },
    filter: o.filter ?? {},
  });
}

describe('a cursor', () => {
  test('is 48 URL-safe characters and gives its place back', () => {
    assert(
      property(integer({ min: 0, max: 65_535 }), bigInt({ min: 0n, max: 2n ** 63n - 1n }), (epoch, position) => {
        const text = aCodec().encode({ epoch, position });
        expect(text).toMatch(/^[A-Za-z0-9_-]{48}$/);
        expect(aCodec().decode(text)).toEqual(ok({ epoch, position }));
      }),
    );
  });

  test('is refused with any one bit changed', () => {
    const bytes = Buffer.from(aCodec().encode(PLACE), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(aCodec().decode(changed.toString('base64url'))).toEqual(fail({ code: 'CURSOR_INVALID' }));
    }
  });

  test.each(['', 'A'.repeat(47), 'A'.repeat(49), `${'A'.repeat(47)}=`, 'A'.repeat(48)])('is not %j', (text) => {
    expect(aCodec().decode(text)).toEqual(fail({ code: 'CURSOR_INVALID' }));
  });

  test.each<[string, Parameters<typeof aCodec>[0]]>([
    ['another participant', { scope: { participant: 'm2' } }],
    ['operations', { scope: 'all' }],
    ['a participant who is called all', { scope: { participant: 'all' } }],
    ['another log', { streamName: 'payments' }],
    ['one subject', { filter: { subject: 'o1' } }],
    ['some types', { filter: { types: ['A'] } }],
    ['no types', { filter: { types: [] } }],
  ])('of one stream is of no use to a stream of %s', (_title, other) => {
    expect(aCodec(other).decode(aCodec().encode(PLACE))).toEqual(fail({ code: 'CURSOR_SCOPE' }));
  });

  test('does not depend on the order in which types were named', () => {
    const cursor = aCodec({ filter: { types: ['A', 'B', 'A'] } }).encode(PLACE);
    expect(aCodec({ filter: { types: ['B', 'A'] } }).decode(cursor)).toEqual(ok(PLACE));
  });

  test('outlives the rotation of its key, until the key is withdrawn', () => {
    const cursor = aCodec({ secrets: [OLD] }).encode(PLACE);
    expect(aCodec({ secrets: [NEW, OLD] }).decode(cursor)).toEqual(ok(PLACE));
    expect(aCodec({ secrets: [NEW] }).decode(cursor)).toEqual(fail({ code: 'CURSOR_INVALID' }));
    expect(aCodec({ secrets: [NEW, OLD] }).encode(PLACE)).not.toBe(cursor);
  });
});

import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';

import { connectionOf, PAGE_DEFAULT, PAGE_MAX, pageRequest } from './connection.ts';

const rows = Array.from({ length: 250 }, (_, n) => ({ at: '2026-01-01T00:00:00.000Z', id: `id-${String(n).padStart(3, '0')}` }));
const keyOf = (row: { at: string; id: string }) => [row.at, row.id];

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions['code'] : error;
  }
  return 'OK';
}

/** What a store does: rows after the key, one more than asked for. */
function load(page: { first: number; after: readonly string[] | null }) {
  const { after } = page;
  return rows.filter((row) => !after || row.id > (after[1] ?? '')).slice(0, page.first + 1);
}

describe('a list', () => {
  test('is read whole, page by page, each row once', () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = pageRequest({ first: PAGE_MAX, after }, { keyParts: 2 });
      const { edges, pageInfo } = connectionOf(load(page), page, keyOf);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...edges.map((edge) => edge.node.id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(rows.map((row) => row.id));
  });

  test('has a page size of its own when nobody asks', () => {
    expect(pageRequest({}, { keyParts: 2 })).toEqual({ first: PAGE_DEFAULT, after: null });
    expect(pageRequest({ first: null, after: null }, { keyParts: 2, max: 5 })).toEqual({ first: 5, after: null });
  });

  test('that is empty has no cursors', () => {
    const page = pageRequest({}, { keyParts: 2 });
    expect(connectionOf([], page, keyOf).pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    });
  });

  test.each([0, -1, PAGE_MAX + 1])('refuses a page of %d', (first) => {
    expect(codeOf(() => pageRequest({ first }, { keyParts: 2 }))).toBe('PAGE_SIZE');
  });

  const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['a word', 'word'],
    ['another number of parts', text(['a'])],
    ['parts that are no text', text(['a', 1])],
    ['an object', text({ 0: 'a', 1: 'b' })],
  ])('refuses a cursor that is %s', (_title, after) => {
    expect(codeOf(() => pageRequest({ after }, { keyParts: 2 }))).toBe('CURSOR_INVALID');
  });
});

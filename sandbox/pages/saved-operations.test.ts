import { readFileSync } from 'node:fs';
import path from 'node:path';

import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';

import { savedOperations } from './saved-operations.ts';

const schema = buildSchema(readFileSync(path.join(import.meta.dirname, '../../schema/api.graphql'), 'utf8'));

test('every saved operation is one of the schema, and carries a credential', () => {
  const operations = savedOperations({ operations: 'o', merchant: 'm', bank: 'b' }, new Date('2026-03-01T10:00:00Z'));
  expect(operations.flatMap(({ query }) => validate(schema, parse(query)))).toEqual([]);
  expect(operations.map(({ headers }) => JSON.parse(headers).authorization)).toEqual([
    'Bearer m',
    'Bearer m',
    'Bearer m',
    'Bearer b',
    'Bearer o',
  ]);
  expect(operations[0]?.query).toContain('2026-03-02T10:00:00.000Z');
});

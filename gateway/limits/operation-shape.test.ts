import { buildSchema, getOperationAST, parse } from 'graphql';
import { describe, expect, test } from 'vitest';

import { nestingOf } from './limits.ts';
import { measureOperation } from './operation-shape.ts';

const schema = buildSchema(`
  type Query { order(id: ID): Order  orders(first: Int): OrderConnection!  logs(first: Int! = 50): OrderConnection! }
  type Mutation { orderCreate: Order }
  type OrderConnection { edges: [OrderEdge!]!  nodes: [Order!]!  total: Int! }
  type OrderEdge { node: Order! cursor: String! }
  type Order { id: ID! status: String! lines: [Line!]!  tags: [String!]!  merchant: Merchant  parent: Order }
  type Line { id: ID! }
  type Merchant { name: String! orders(first: Int): OrderConnection! }
`);

function measured(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('no operation');
  const shape = measureOperation(document, operation, schema);
  return { depth: shape.depth, aliases: shape.aliases, cost: shape.cost(variables) };
}

describe('cost counts the objects that may have to be found', () => {
  test.each([
    ['one object', '{ order { id status tags } }', {}, 1],
    ['an object in an object', '{ order { merchant { name } } }', {}, 2],
    ['a page: the connection, ten edges and ten orders', '{ orders(first: 10) { edges { node { id } } } }', {}, 21],
    ['a page by a variable', 'query ($n: Int) { orders(first: $n) { nodes { id } } }', { n: 7 }, 8],
    ['a page by a variable with a default', 'query ($n: Int = 5) { orders(first: $n) { nodes { id } } }', {}, 6],
    ['a page by the default of the schema', '{ logs { nodes { id } } }', {}, 51],
    ['a page that is not told how long', '{ orders { nodes { id } } }', {}, 21],
    ['a page of what no list gives', '{ orders(first: 1000000) { nodes { id } } }', {}, 201],
    ['a page of less than nothing', '{ orders(first: -5) { nodes { id } } }', {}, 1],
    ['a plain list in a page', '{ orders(first: 10) { nodes { lines { id } } } }', {}, 51],
    [
      'pages in pages',
      '{ orders(first: 10) { nodes { merchant { orders(first: 10) { nodes { id } } } } } }',
      {},
      1 + 10 * (1 + 1 + 1 + 10),
    ],
    [
      'through fragments',
      '{ orders(first: 3) { ...Page } } fragment Page on OrderConnection { nodes { ...One } } fragment One on Order { merchant { name } }',
      {},
      7,
    ],
    ['a change', 'mutation { orderCreate { id } }', {}, 11],
  ])('%s', (_what, text, variables, cost) => {
    expect(measured(text, variables).cost).toBe(cost);
  });
});

test('depth counts fields in fields, through fragments, without introspection', () => {
  expect(measured('{ order { ...A } } fragment A on Order { merchant { name } }').depth).toBe(3);
  expect(measured('{ order { ... on Order { id } } }').depth).toBe(2);
  expect(measured('{ __schema { types { fields { type { ofType { name } } } } } }').depth).toBe(0);
});

test('aliases count in the whole document', () => {
  expect(measured('{ a: order { b: id } order { ...A } } fragment A on Order { c: id }').aliases).toBe(3);
});

test('fragments that double at every step are measured in no time, inside a connection too', () => {
  const steps = Array.from({ length: 60 }, (_, n) => `fragment F${n} on Order { parent { id } ...F${n + 1} ...F${n + 1} }`);
  const inPage = Array.from({ length: 60 }, (_, n) => `fragment P${n} on OrderConnection { total ...P${n + 1} ...P${n + 1} }`);
  const ends = 'fragment F60 on Order { id } fragment P60 on OrderConnection { nodes { id } }';
  const { cost } = measured(`{ order { ...F0 } orders(first: 1) { ...P0 } } ${[...steps, ...inPage, ends].join(' ')}`);
  expect(cost).toBeGreaterThan(1e17);
});

test('nesting is counted without recursion', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
  expect([nestingOf('x', 5), nestingOf({ a: [1] }, 5), nestingOf(deep, 16)]).toEqual([0, 2, 17]);
});

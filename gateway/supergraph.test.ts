import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';

import { composeSchemas, sdlOf, staleSubgraphs } from './supergraph.ts';

const HEAD = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n';
const sdl = (typeDefs: string) => sdlOf(buildSubgraphSchema(parse(HEAD + typeDefs)));

const ORDERS = {
  name: 'orders',
  sdl: sdl('type Query { order(id: ID!): Order } type Order @key(fields: "id") { id: ID! status: String }'),
};
const PAYMENTS = {
  name: 'payments',
  sdl: sdl('type Order @key(fields: "id") { id: ID! payment: Payment } type Payment { method: String }'),
};

describe('a supergraph', () => {
  test('joins the subgraphs, and its public schema shows nothing of the joins', () => {
    const { supergraph, api } = composeSchemas([ORDERS, PAYMENTS]);
    expect(supergraph).toContain('join__Graph');
    expect(api).toMatch(/type Order \{[^}]*payment: Payment[^}]*\}/);
    expect(api).not.toMatch(/join__|_entities|_service/);
  });

  test('has a contract for merchants without what is tagged as internal, and without types that only that needs', () => {
    const head = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@tag"])\n';
    const tagged = 'type Query { order: Int  audit: Audit @tag(name: "internal") } type Audit { who: String }';
    const { api, merchant } = composeSchemas([{ name: 'orders', sdl: sdlOf(buildSubgraphSchema(parse(head + tagged))) }]);
    expect(api).toContain('Audit');
    expect(merchant).toContain('order: Int');
    expect(merchant).not.toMatch(/audit/i);
  });

  test('says in its first line that it is generated', () => {
    const { supergraph, api } = composeSchemas([ORDERS, PAYMENTS]);
    for (const file of [supergraph, api]) expect(file.split('\n')[0]).toContain('npm run generate');
  });

  test('is the same text every time', () => {
    expect(composeSchemas([ORDERS, PAYMENTS])).toEqual(composeSchemas([ORDERS, PAYMENTS]));
  });

  test('is stale when a subgraph changed or was added', () => {
    const { supergraph } = composeSchemas([ORDERS, PAYMENTS]);
    const changed = { name: 'payments', sdl: PAYMENTS.sdl.replace('method', 'manner') };
    const added = { name: 'aliases', sdl: ORDERS.sdl };
    expect(staleSubgraphs(supergraph, [ORDERS, PAYMENTS])).toEqual([]);
    expect(staleSubgraphs(supergraph, [ORDERS])).toEqual([]);
    expect(staleSubgraphs(supergraph, [ORDERS, changed, added])).toEqual(['payments', 'aliases']);
  });

  test('is not stale because a description has other words', () => {
    const described = (words: string) => ({ name: 'orders', sdl: sdl(`type Query { "${words}" order(id: ID!): Int }`) });
    expect(staleSubgraphs(composeSchemas([described('One order.')]).supergraph, [described('An order.')])).toEqual([]);
  });

  test('is refused with every reason when the subgraphs do not fit together', () => {
    const other = { name: 'other', sdl: sdl('type Query { order(id: ID!): Int }') };
    expect(() => composeSchemas([ORDERS, other])).toThrow(/do not compose[^]*order/);
  });
});

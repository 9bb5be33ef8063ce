import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  buildSchema,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
} from 'graphql';
import { describe, expect, test } from 'vitest';

import { GRAPHQL_ERRORS } from '../schema/graphql-errors.ts';
import { accessMatrix } from './access/access-matrix.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (name: string) => readFileSync(new URL(`../schema/${name}.graphql`, import.meta.url), 'utf8');
const api = buildSchema(read('api'));
const merchant = buildSchema(read('merchant'));
const supergraph = read('supergraph');

const ownTypes = (schema: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const objects = (schema: GraphQLSchema) => ownTypes(schema).filter((type) => isObjectType(type) || isInterfaceType(type));
const fieldsOf = (schema: GraphQLSchema) =>
  objects(schema).flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, type, field })),
  );
const rootFields = (type: GraphQLObjectType | null | undefined) => Object.values(type?.getFields() ?? {});
const BUILT_IN = ['Boolean', 'Float', 'ID', 'Int', 'String'];
const mutations = rootFields(api.getMutationType());

test('money is minor units, a currency and its decimal text; nothing anywhere is a Float', () => {
  const money = api.getType('Money');
  if (!isObjectType(money)) throw new Error('there is no type Money');
  const fields = Object.fromEntries(Object.values(money.getFields()).map(({ name, type }) => [name, String(type)]));
  expect(fields).toEqual({ minor: 'MinorUnits!', currency: 'CurrencyCode!', decimal: 'String!' });
  const used = parse(read('api')).definitions.map((definition) => JSON.stringify(definition));
  expect(used.filter((text) => text.includes('"value":"Float"'))).toEqual([]);
});

test('every type, field and argument has a description', () => {
  const missing: string[] = [];
  const look = (coordinate: string, { description }: { readonly description?: string | null | undefined }) => {
    if (!description?.trim()) missing.push(coordinate);
  };
  for (const type of ownTypes(api).filter(({ name }) => !BUILT_IN.includes(name))) {
    if (!['Query', 'Mutation', 'Subscription'].includes(type.name)) look(type.name, type);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field);
  }
  for (const { coordinate, field } of fieldsOf(api)) {
    look(coordinate, field);
    for (const argument of field.args) look(`${coordinate}(${argument.name}:)`, argument);
  }
  expect(missing).toEqual([]);
});

describe('every mutation', () => {
  test('there are some', () => expect(mutations.length).toBeGreaterThan(12));

  test.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
    '%s takes one input with an idempotency key',
    (_name, { args }) => {
      expect(args.map(({ name }) => name)).toEqual(['input']);
      const input = getNamedType(args[0]?.type);
      if (!isInputObjectType(input)) throw new Error('the input is no input type');
      expect(isNonNullType(args[0]?.type)).toBe(true);
      expect(String(input.getFields()['idempotencyKey']?.type)).toBe('String!');
    },
  );

  test.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
    '%s says what went wrong in its payload, in its own type',
    (name, mutation) => {
      const payload = getNamedType(mutation.type);
      if (!isObjectType(payload)) throw new Error('the payload is no object');
      const { replayed, errors } = payload.getFields();
      expect(String(replayed?.type)).toBe('Boolean!');
      const capital = name.charAt(0).toUpperCase() + name.slice(1);
      expect(String(errors?.type)).toBe(`[${capital}Error!]!`);
      const error = getNamedType(errors?.type);
      expect(isObjectType(error) && error.getInterfaces().map((one) => one.name)).toContain('UserError');
    },
  );
});

test('what to do next is data of four kinds', () => {
  const kinds = api.getPossibleTypes(api.getType('NextAction') as Parameters<GraphQLSchema['getPossibleTypes']>[0]); // A union.
  const shapes = Object.fromEntries(kinds.map((kind) => [kind.name, Object.keys(kind.getFields()).toSorted()]));
  expect(shapes).toEqual({
    ShowQr: ['expiresAt', 'payload', 'pngUrl', 'svgUrl'],
    OpenDeepLink: ['bank', 'url'],
    Redirect: ['url'],
    Wait: ['pollAfterMs'],
  });
});

/** Lists with a bound of their own: the tries of one order to be paid, the four to six callbacks of one payment, and what connections hold. */
const WHOLE_LISTS = ['Order.payments', 'Payment.deliveries'];
const OF_CONNECTIONS = /Connection\.nodes$/;

test('lists of things are connections, with `first` and `after`', () => {
  const connections = fieldsOf(api).filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));
  expect(connections.length).toBeGreaterThan(8);
  for (const { coordinate, field } of connections) {
    expect(
      field.args.map(({ name }) => name),
      coordinate,
    ).toEqual(expect.arrayContaining(['first', 'after']));
  }
  const nodes = fieldsOf(api).filter(({ field }) => isListType(getNullableType(field.type)) && isNode(getNamedType(field.type)));
  expect(nodes.map(({ coordinate }) => coordinate).filter((coordinate) => !OF_CONNECTIONS.test(coordinate))).toEqual(WHOLE_LISTS);
});

function isNode(type: GraphQLNamedType): boolean {
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
}

/** The subgraphs that own a type, and those that answer a field, by the join directives of the supergraph. */
function owners() {
  const ofType = new Map<string, Set<string>>();
  const ofField = new Map<string, Set<string>>();
  for (const definition of parse(supergraph).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    const typeGraphs = graphsIn(definition.directives, 'join__type');
    // Whoever has more of a type than its key and its references answers for it.
    for (const field of definition.fields ?? []) {
      const graphs = graphsIn(field.directives, 'join__field');
      ofField.set(`${definition.name.value}.${field.name.value}`, new Set(graphs.length > 0 ? graphs : typeGraphs));
    }
    ofType.set(definition.name.value, new Set(typeGraphs));
  }
  return { ofType, ofField };
}

function graphsIn(
  directives: readonly { name: { value: string }; arguments?: readonly unknown[] | undefined }[] | undefined,
  name: string,
): string[] {
  const named = (directives ?? []).filter((directive) => directive.name.value === name);
  return named.flatMap(
    (directive) =>
      /"name":\{"kind":"Name","value":"graph"\},"value":\{"kind":"EnumValue","value":"(\w+)"/.exec(
        JSON.stringify(directive, withoutPlaces),
      )?.[1] ?? [],
  );
}

const withoutPlaces = (name: string, value: unknown): unknown => (name === 'loc' ? undefined : value);

test('a field that crosses to another subgraph may be null', () => {
  const { ofType, ofField } = owners();
  const home = (type: string): string | undefined => HOMES.find(([, types]) => types.includes(type))?.[0];
  const crossing = fieldsOf(api).filter(({ coordinate, field }) => {
    const target = getNamedType(field.type).name;
    const graphs = ofField.get(coordinate);
    const owner = home(target);
    return owner !== undefined && graphs !== undefined && (ofType.get(target)?.size ?? 0) > 1 && !graphs.has(owner);
  });
  expect(crossing.length).toBeGreaterThan(8);
  expect(crossing.filter(({ field }) => isNonNullType(field.type)).map(({ coordinate }) => coordinate)).toEqual([]);
});

/** Which subgraph tells everything of a type that others refer to. */
const HOMES: readonly (readonly [string, readonly string[]])[] = [
  ['PARTICIPANTS', ['Bank', 'Merchant']],
  ['ORDERS', ['Order']],
  ['PAYMENTS', ['Payment']],
  ['SETTLEMENT', ['LedgerTransaction']],
];

test('a root field that no bank, merchant or customer may ask for is not in their schema', () => {
  const roots = ['Query', 'Mutation', 'Subscription'];
  const rows = accessMatrix({ supergraph, api: read('api') }).filter(({ coordinate }) => roots.includes(coordinate.split('.')[0] ?? ''));
  const forOperations = rows.filter(({ allowed }) => !Object.values(allowed).includes(true)).map(({ coordinate }) => coordinate);
  const shown = roots.flatMap((root) => rootFields(merchant.getType(root) as GraphQLObjectType).map(({ name }) => `${root}.${name}`)); // Root types are objects.
  expect(forOperations.length).toBeGreaterThan(8);
  expect(forOperations.filter((coordinate) => shown.includes(coordinate))).toEqual([]);
});

test('a credential is named in no argument of a read: it travels in a header', () => {
  const named = (field: GraphQLField<unknown, unknown>) =>
    field.args.filter(({ name }) => /secret|token|password|authorization/i.test(name));
  expect([...rootFields(api.getQueryType()), ...rootFields(api.getSubscriptionType())].flatMap(named)).toEqual([]);
  const secrets = fieldsOf(api)
    .filter(({ field }) => field.name === 'clientSecret')
    .map(({ coordinate }) => coordinate);
  expect(secrets).toEqual(['OrderCreatePayload.clientSecret']);
});

/** The text of every test but this one. */
function tests(): string {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts', 'test/**/*.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const files = listed
    .split('\n')
    .filter((file) => file !== '' && !file.endsWith('api-conventions.test.ts') && existsSync(join(ROOT, file)));
  return files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
}

test('every code that a client can read occurs in a test', () => {
  const errorCode = api.getType('ErrorCode');
  if (!isEnumType(errorCode)) throw new Error('there is no ErrorCode');
  const codes = [...Object.keys(GRAPHQL_ERRORS), ...errorCode.getValues().map(({ name }) => name)];
  const text = tests();
  expect(codes.length).toBeGreaterThan(80);
  expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(text))).toEqual([]);
});

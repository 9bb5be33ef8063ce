import { DirectiveLocation, GraphQLDirective, type GraphQLSchema } from 'graphql';

import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';

/** The newest version of the federation specification that the suite knows. */
const FEDERATION = 'https://specs.apollo.dev/federation/v2.3';
const CUSTOM = 'https://myspecs.dev/myCustomDirective/v1.0';

interface User {
  readonly email: string;
  readonly totalProductsCreated?: number;
}
interface Research {
  readonly caseNumber: string;
  readonly description: string;
}
interface Product {
  readonly id: string;
  readonly sku: string;
  readonly package: string;
  readonly variation: { readonly id: string };
  readonly research: readonly Research[];
}
interface DeprecatedProduct {
  readonly sku: string;
  readonly package: string;
  readonly reason: string;
}

const RESEARCH: readonly Research[] = [
  { caseNumber: '1234', description: 'Federation Study' },
  { caseNumber: '1235', description: 'Studio Study' },
];
const PRODUCTS: readonly Product[] = [
  { id: 'apollo-federation', sku: 'federation', package: '@apollo/federation', variation: { id: 'OSS' }, research: RESEARCH.slice(0, 1) },
  { id: 'apollo-studio', sku: 'studio', package: '', variation: { id: 'platform' }, research: RESEARCH.slice(1) },
];
const DEPRECATED: DeprecatedProduct = { sku: 'apollo-federation-v1', package: '@apollo/federation-v1', reason: 'Migrate to Federation V2' };
const CREATOR: User = { email: 'support@apollographql.com', totalProductsCreated: 1337 };

type Builder = SubgraphBuilder<RequestContext>;

/** The subgraph `products` that the suite describes, written as our own subgraphs are. */
export function createProductsSchema(): GraphQLSchema {
  const { builder } = createSubgraphBuilder<RequestContext>({ errorCodes: ['NONE'], mutations: false, subscriptions: false });
  const user = addUser(builder);
  const deprecated = addDeprecatedProduct(builder, user);
  addProduct(builder, user);
  addInventory(builder, deprecated);
  return builder.toSubGraphSchema({
    linkUrl: FEDERATION,
    composeDirectives: ['@custom'],
    directives: [new GraphQLDirective({ name: 'custom', locations: [DirectiveLocation.OBJECT] })],
    schemaDirectives: { link: { url: CUSTOM, import: ['@custom'] } },
  } as Parameters<Builder['toSubGraphSchema']>[0]); // The builder's type knows none of the directives that only tests have.
}

function addUser(builder: Builder) {
  const user = builder.externalRef('User', builder.selection<{ email: string }>('email'), (key): User => key);
  user.implement({
    externalFields: (t) => ({
      email: t.id(),
      totalProductsCreated: t.int({ nullable: true }),
      yearsOfEmployment: t.int(),
    }),
    fields: (t) => ({
      averageProductsCreatedPerYear: t.int({
        nullable: true,
        requires: builder.selection<{ totalProductsCreated: number; yearsOfEmployment: number }>('totalProductsCreated yearsOfEmployment'),
        resolve: ({ totalProductsCreated, yearsOfEmployment }) => Math.round(totalProductsCreated / yearsOfEmployment),
      }),
      name: t.string({ nullable: true, override: { from: 'users' }, resolve: () => 'Jane Smith' }),
    }),
  });
  return user;
}

function addDeprecatedProduct(builder: Builder, user: ReturnType<typeof addUser>) {
  const deprecated = builder.objectRef<DeprecatedProduct>('DeprecatedProduct').implement({
    fields: (t) => ({
      sku: t.exposeString('sku'),
      package: t.exposeString('package'),
      reason: t.exposeString('reason', { nullable: true }),
      createdBy: t.field({ type: user, nullable: true, resolve: () => CREATOR }),
    }),
  });
  const find = ({ sku, package: name }: { sku: string; package: string }) =>
    sku === DEPRECATED.sku && name === DEPRECATED.package ? DEPRECATED : null;
  builder.asEntity(deprecated, { key: builder.selection<{ sku: string; package: string }>('sku package'), resolveReference: find });
  builder.queryField('deprecatedProduct', (t) =>
    t.field({
      type: deprecated,
      nullable: true,
      deprecationReason: 'Use product query instead',
      args: { sku: t.arg.string({ required: true }), package: t.arg.string({ required: true }) },
      resolve: (_root, args) => find(args),
    }),
  );
  return deprecated;
}

function addProduct(builder: Builder, user: ReturnType<typeof addUser>): void {
  const dimension = builder.objectRef<object>('ProductDimension').implement({
    shareable: true,
    fields: (t) => ({
      size: t.string({ nullable: true, resolve: () => 'small' }),
      weight: t.float({ nullable: true, resolve: () => 1 }),
      unit: t.string({ nullable: true, inaccessible: true, resolve: () => 'kg' }),
    }),
  });
  const variation = builder.objectRef<Product['variation']>('ProductVariation').implement({ fields: (t) => ({ id: t.exposeID('id') }) });
  const product = builder.objectRef<Product>('Product').implement({
    directives: { custom: {} } as never, // As above.
    fields: (t) => ({
      id: t.exposeID('id'),
      sku: t.exposeString('sku', { nullable: true }),
      package: t.exposeString('package', { nullable: true }),
      variation: t.field({ type: variation, nullable: true, resolve: (found) => found.variation }),
      dimensions: t.field({ type: dimension, nullable: true, resolve: () => ({}) }),
      createdBy: t.field({
        type: user.provides<{ totalProductsCreated: number }>('totalProductsCreated'),
        nullable: true,
        resolve: () => ({ email: CREATOR.email, totalProductsCreated: 1337 }),
      }),
      notes: t.string({ nullable: true, tag: 'internal', resolve: () => null }),
      research: t.field({ type: [addResearch(builder)], resolve: (found) => [...found.research] }),
    }),
  });
  builder.asEntity(product, {
    key: [
      builder.selection<{ id: string }>('id'),
      builder.selection<{ sku: string; package: string }>('sku package'),
      builder.selection<{ sku: string; variation: { id: string } }>('sku variation { id }'),
    ],
    resolveReference: (key) =>
      PRODUCTS.find((each) => {
        if ('id' in key) return each.id === key.id;
        return each.sku === key.sku && ('package' in key ? each.package === key.package : each.variation.id === key.variation.id);
      }) ?? null,
  });
  builder.queryField('product', (t) =>
    t.field({
      type: product,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }) => PRODUCTS.find((each) => each.id === id) ?? null,
    }),
  );
}

function addResearch(builder: Builder) {
  const study = builder.objectRef<Research>('CaseStudy').implement({
    fields: (t) => ({ caseNumber: t.exposeID('caseNumber'), description: t.exposeString('description', { nullable: true }) }),
  });
  const research = builder.objectRef<Research>('ProductResearch').implement({
    fields: (t) => ({
      study: t.field({ type: study, resolve: (found) => found }),
      outcome: t.string({ nullable: true, resolve: () => null }),
    }),
  });
  builder.asEntity(research, {
    key: builder.selection<{ study: { caseNumber: string } }>('study { caseNumber }'),
    resolveReference: (key) => RESEARCH.find(({ caseNumber }) => caseNumber === key.study.caseNumber) ?? null,
  });
  return research;
}

function addInventory(builder: Builder, deprecated: ReturnType<typeof addDeprecatedProduct>): void {
  const inventory = builder.objectRef<{ id: string }>('Inventory').implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      deprecatedProducts: t.field({ type: [deprecated], resolve: () => [DEPRECATED] }),
    }),
  });
  builder.asEntity(inventory, {
    key: builder.selection<{ id: string }>('id'),
    interfaceObject: true,
    resolveReference: ({ id }) => ({ id }),
  });
}

import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import type { GraphQLSchema } from 'graphql';

import { addPageInfo } from './connection.ts';
import { addUserError } from './errors.ts';
import { addMoney } from './money-type.ts';
import { addNode } from './node-type.ts';
import { addScalars } from './scalars.ts';
import type { RequestContext, SubgraphBuilder, SubgraphSchemaTypes } from './schema-types.ts';
import { addStreamTypes } from './stream-types.ts';

const FEDERATION = 'https://specs.apollo.dev/federation/v2.9';

/**
 * A subgraph's builder with everything that subgraphs share already in it: the scalars, Money, PageInfo, UserError and the stream
 * items, known by name (`type: 'Money'`). Query, and Mutation and Subscription where asked for, are there to add fields to.
 */
export function createSubgraphBuilder<Context extends RequestContext>(options: {
  /** Every code that this subgraph's mutations can refuse with. */
  readonly errorCodes: readonly [string, ...string[]];
  readonly mutations: boolean;
  readonly subscriptions: boolean;
}) {
  const builder: SubgraphBuilder<RequestContext> = new SchemaBuilder<SubgraphSchemaTypes<RequestContext>>({
    plugins: [DirectivesPlugin, FederationPlugin],
    defaultFieldNullability: false,
  });
  builder.queryType({});
  if (options.mutations) builder.mutationType({});
  if (options.subscriptions) builder.subscriptionType({});
  addScalars(builder);
  addMoney(builder);
  addPageInfo(builder);
  addUserError(builder, options.errorCodes);
  addNode(builder);
  const streamStart = addStreamTypes(builder);
  return {
    // The shared types use nothing of the context but what every context has.
    builder: builder as unknown as SubgraphBuilder<Context>,
    /** The enum of a subscription's `from` argument. */
    streamStart,
  };
}

/** The finished schema, with the federation directives that it uses. */
export function buildSubgraph<Context extends RequestContext>(builder: SubgraphBuilder<Context>): GraphQLSchema {
  return builder.toSubGraphSchema({ linkUrl: FEDERATION });
}

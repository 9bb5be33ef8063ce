import type { RequestContext, SubgraphBuilder } from './schema-types.ts';

/**
 * Relay's Node: whatever has a global id. A type that implements it (`interfaces: ['Node']`) needs a root field of its own name that
 * takes that id, `order(id:)`; the gateway answers `node(id:)` by it.
 */
export function addNode(builder: SubgraphBuilder<RequestContext>): void {
  builder.interfaceType('Node', {
    description: 'Anything with a global id.',
    fields: (t) => ({ id: t.id({ description: 'The global id.', resolve: abstractField }) }),
  });
}

/**
 * `Query.node` for the supergraph, in one subgraph. The gateway plans it as the root field of the type that the id names, wherever that
 * is, so nobody asks the subgraph for it.
 */
export function addNodeField<Context extends RequestContext>(builder: SubgraphBuilder<Context>): void {
  builder.queryField('node', (t) =>
    t.field({
      type: 'Node',
      nullable: true,
      description: 'Whatever has this global id; null when the caller has no such thing.',
      args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
      resolve: abstractField,
    }),
  );
}

function abstractField(): never {
  throw new Error('the gateway answers what is asked of a Node by the type that it is');
}

import type { Connection, Edge } from './connection.ts';
import type { RequestContext, SubgraphBuilder, SubgraphSchemaTypes } from './schema-types.ts';

type Types<Context extends RequestContext> = PothosSchemaTypes.ExtendDefaultTypes<SubgraphSchemaTypes<Context>>;

/**
 * The Relay connection `{Name}Connection` over `node`, with its edge type. Returns the reference for the list field's `type`; resolve
 * it with connectionOf (connection.ts) and take `first` and `after` as arguments.
 */
export function connectionType<Node extends object, Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  name: string,
  node: PothosSchemaTypes.ObjectRef<Types<Context>, Node>,
  /** For a node that several subgraphs have. */
  { shareable = false }: { readonly shareable?: boolean } = {},
) {
  const edge = builder.objectRef<Edge<Node>>(`${name}Edge`);
  edge.implement({
    shareable,
    description: `One ${name} in a list.`,
    fields: (t) => ({
      node: t.field({
        type: node,
        description: 'The item.',
        resolve: (row) => row.node as never, // Pothos cannot tell that a generic Node is no list.
      }),
      cursor: t.field({ type: 'Cursor', description: 'Its place in the list.', resolve: (row) => row.cursor }),
    }),
  });
  const connection = builder.objectRef<Connection<Node>>(`${name}Connection`);
  connection.implement({
    shareable,
    description: `A page of a list of ${name}.`,
    fields: (t) => ({
      edges: t.field({ type: [edge], description: 'The items with their places.', resolve: (page) => [...page.edges] }),
      nodes: t.field({ type: [node], description: 'The items alone.', resolve: (page) => page.edges.map((row) => row.node) }),
      pageInfo: t.field({ type: 'PageInfo', description: 'Where this page stands.', resolve: (page) => page.pageInfo }),
    }),
  });
  return connection;
}

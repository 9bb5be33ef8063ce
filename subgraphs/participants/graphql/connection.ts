import { isUuid } from '../../../kernel/core/ids.ts';
import type { Connection, Edge, PageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import type { ParticipantsBuilder, ParticipantsTypes } from './builder.ts';

/** The Relay connection of a type, `{name}Connection`. */
export function addConnection<Node extends object>(
  builder: ParticipantsBuilder,
  name: string,
  node: PothosSchemaTypes.ObjectRef<ParticipantsTypes, Node>,
) {
  const edge = builder.objectRef<Edge<Node>>(`${name}Edge`).implement({
    description: `A ${name} and its place in the list.`,
    fields: (t) => ({
      node: t.field({ type: node, description: 'The item.', resolve: (parent) => parent.node as never }), // Pothos cannot see through a type parameter.
      cursor: t.expose('cursor', { type: 'Cursor', description: 'Its place.' }),
    }),
  });
  return builder.objectRef<Connection<Node>>(`${name}Connection`).implement({
    description: `A page of a list of ${name}.`,
    fields: (t) => ({
      edges: t.field({ type: [edge], description: 'The items.', resolve: ({ edges }) => edges }),
      pageInfo: t.expose('pageInfo', { type: 'PageInfo', description: 'Where the page stands.' }),
    }),
  });
}

/** The id that a page starts behind. Throws CURSOR_INVALID for a cursor of another list. */
export function afterId({ after }: PageRequest): string | null {
  if (after === null) return null;
  const [id] = after;
  if (id === undefined || !isUuid(id)) throw requestError('CURSOR_INVALID', 'this cursor is not from this list');
  return id;
}

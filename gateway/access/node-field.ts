import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

import { readGlobalId } from '../../kernel/runtime/graphql/global-id.ts';
import type { Variables } from '../limits/operation-shape.ts';

/** The documents that are planned instead of those with Relay's `node`. */
export type NodeResolution = (document: DocumentNode, variables: Variables) => DocumentNode;

const NODE = 'node';
const NODE_INTERFACE = 'Node';

/**
 * Relay's `node(id:)`: the id names a type, and each type that is a Node has a root field of its own name, `order(id:)`. So `node` is
 * planned as that field under another name, and whoever may not see an order by `order` does not see it by `node` either. An id that
 * names no such type is given to one of the fields, which finds nothing.
 */
export function createNodeResolution(schema: GraphQLSchema): NodeResolution {
  const rootFields = rootFieldsOf(schema);
  const known = new WeakMap<DocumentNode, NodesOfDocument>();

  return (document, variables) => {
    const nodes = known.get(document) ?? { fields: nodeFieldsOf(document, schema), planned: new Map<string, DocumentNode>() };
    known.set(document, nodes);
    if (nodes.fields.length === 0) return document;
    const types = nodes.fields.map((field) => typeOf(field, variables, rootFields));
    const key = types.join(' ');
    const planned =
      nodes.planned.get(key) ?? replaceNodes(document, new Map(nodes.fields.map((field, n) => [field, types[n] ?? ''])), rootFields);
    nodes.planned.set(key, planned);
    return planned;
  };
}

interface NodesOfDocument {
  readonly fields: readonly FieldNode[];
  /** By the types that the ids name: as many as there are kinds of nodes, for each `node` of the document. */
  readonly planned: Map<string, DocumentNode>;
}

/** The root field of each type that is a Node. Throws for one that has none: its ids would lead nowhere. */
export function rootFieldsOf(schema: GraphQLSchema): ReadonlyMap<string, string> {
  const node = schema.getType(NODE_INTERFACE);
  const fields = schema.getQueryType()?.getFields() ?? {};
  const types = isInterfaceType(node) ? schema.getPossibleTypes(node) : [];
  return new Map(
    types.map(({ name }) => {
      const field = fields[name.charAt(0).toLowerCase() + name.slice(1)];
      const byId = field && isObjectType(field.type) && field.type.name === name && field.args.some((argument) => argument.name === 'id');
      if (!byId) throw new Error(`${name} is a Node, but no root field of its name takes its id`);
      return [name, field.name];
    }),
  );
}

function nodeFieldsOf(document: DocumentNode, schema: GraphQLSchema): readonly FieldNode[] {
  const fields: FieldNode[] = [];
  const typeInfo = new TypeInfo(schema);
  const query = schema.getQueryType();
  const Field = (field: FieldNode) => {
    if (field.name.value === NODE && typeInfo.getParentType() === query) fields.push(field);
  };
  visit(document, visitWithTypeInfo(typeInfo, { Field }));
  return fields;
}

function typeOf(field: FieldNode, variables: Variables, rootFields: ReadonlyMap<string, string>): string {
  const value = field.arguments?.find(({ name }) => name.value === 'id')?.value;
  const given = value?.kind === Kind.VARIABLE ? variables?.[value.name.value] : value?.kind === Kind.STRING ? value.value : undefined;
  const id = typeof given === 'string' ? readGlobalId(given) : null;
  const [anyType = ''] = rootFields.keys();
  return id?.ok && rootFields.has(id.value.type) ? id.value.type : anyType;
}

function replaceNodes(
  document: DocumentNode,
  types: ReadonlyMap<FieldNode, string>,
  rootFields: ReadonlyMap<string, string>,
): DocumentNode {
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  return visit(document, {
    Field(field) {
      const type = types.get(field);
      const rootField = type === undefined ? undefined : rootFields.get(type);
      if (type === undefined || rootField === undefined || !field.selectionSet) return undefined;
      const planned: FieldNode = {
        ...field,
        alias: field.alias ?? field.name,
        name: { kind: Kind.NAME, value: rootField },
        selectionSet: narrowed(field.selectionSet, type, fragments),
      };
      return planned;
    },
  });
}

/** What a selection on Node asks of one type: fragments on other types are left out, those on Node are written out. */
function narrowed(set: SelectionSetNode, type: string, fragments: ReadonlyMap<string, FragmentDefinitionNode>): SelectionSetNode {
  const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value ?? NODE_INTERFACE;
    if (!fragment || (condition !== type && condition !== NODE_INTERFACE)) return [];
    if (condition === type) return [selection];
    const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } } as const;
    const selectionSet = narrowed(fragment.selectionSet, type, fragments);
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, directives: selection.directives ?? [], selectionSet }];
  });
  return { ...set, selections: selections.length > 0 ? selections : [NOTHING] };
}

/** A selection may not be empty. */
const NOTHING: FieldNode = {
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: '__typename' },
  directives: [
    {
      kind: Kind.DIRECTIVE,
      name: { kind: Kind.NAME, value: 'skip' },
      arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'if' }, value: { kind: Kind.BOOLEAN, value: true } }],
    },
  ],
};

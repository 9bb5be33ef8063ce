import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';

/** Values of an operation's variables, as the client sent them. */
export type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** What an operation asks for, known before anything of it runs. */
export interface OperationShape {
  /** Fields inside fields; introspection does not count. */
  readonly depth: number;
  /** Of the whole document. */
  readonly aliases: number;
  /** How many objects the hub may have to find for it. */
  cost(variables: Variables): number;
}

/** A list without `first` is taken to be so long. */
const ASSUMED_LIST_LENGTH = 4;
/** No list gives more, whatever `first` says. */
const LIST_LENGTH_MAX = 200;
/** Of a change, or of a stream, beside what it selects. */
const WRITE_COST = 10;

/** A selection set: its objects, which are `times` the ones inside. */
interface CostNode {
  readonly own: number;
  readonly times: (variables: Variables) => number;
  readonly inside: CostNode[];
}

interface Walk {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /**
   * Each fragment is walked once in each connection: a few lines of fragments can spell out more selections than there are atoms.
   * What the lists of a connection cost depends on the field around the fragment.
   */
  readonly walked: Map<ListLength, Map<string, Walked>>;
  readonly defaults: ReadonlyMap<string, unknown>;
}

interface Walked {
  readonly depth: number;
  readonly node: CostNode;
}

const once = () => 1;

/** Measures an operation of a document that is valid under the schema. */
export function measureOperation(document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema): OperationShape {
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const walk: Walk = { schema, fragments, walked: new Map(), defaults: defaultsOf(operation) };
  const root = schema.getRootType(operation.operation);
  const { depth, node } = walkSelections(operation.selectionSet, root ?? undefined, { walk, listLength: null });
  const extra = operation.operation === OperationTypeNode.QUERY ? 0 : WRITE_COST;
  return { depth, aliases: countAliases(document), cost: (variables) => extra + costOf(node, variables, new Map()) };
}

/** How long the lists of a connection are: what its field was given as `first`. Null outside of connections. */
type ListLength = ((variables: Variables) => number) | null;

interface Place {
  readonly walk: Walk;
  readonly listLength: ListLength;
}

function walkSelections({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined, place: Place): Walked {
  const inside: CostNode[] = [];
  let depth = 0;
  for (const selection of selections) {
    const walked =
      selection.kind === Kind.FIELD
        ? walkField(selection, parent, place)
        : selection.kind === Kind.INLINE_FRAGMENT
          ? walkSelections(selection.selectionSet, typeNamed(selection.typeCondition?.name.value, place) ?? parent, place)
          : walkFragment(selection.name.value, place);
    if (!walked) continue;
    inside.push(walked.node);
    depth = Math.max(depth, walked.depth);
  }
  return { depth, node: { own: 0, times: once, inside } };
}

function walkFragment(name: string, place: Place): Walked | null {
  const { fragments, walked } = place.walk;
  const here = walked.get(place.listLength) ?? new Map<string, Walked>();
  walked.set(place.listLength, here);
  const known = here.get(name);
  const fragment = fragments.get(name);
  if (known || !fragment) return known ?? null;
  const result = walkSelections(fragment.selectionSet, typeNamed(fragment.typeCondition.name.value, place), place);
  here.set(name, result);
  return result;
}

function walkField(field: FieldNode, parent: GraphQLNamedType | undefined, { walk, listLength }: Place): Walked | null {
  if (field.name.value.startsWith('__')) return null;
  const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
  const type = definition ? getNamedType(definition.type) : undefined;
  if (!definition || !field.selectionSet || !isCompositeType(type)) return { depth: 1, node: { own: 0, times: once, inside: [] } };
  const first = firstOf(field, definition, walk);
  const below = walkSelections(field.selectionSet, type, { walk, listLength: first });
  const times = isList(definition) ? (listLength ?? (() => ASSUMED_LIST_LENGTH)) : once;
  return { depth: below.depth + 1, node: { own: 1, times, inside: [below.node] } };
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** What `first` is for a field that has it: literal, variable or default. */
function firstOf({ arguments: given }: FieldNode, definition: GraphQLField<unknown, unknown>, { defaults }: Walk) {
  const argument = definition.args.find(({ name }) => name === 'first');
  if (!argument) return null;
  const value = given?.find(({ name }: ArgumentNode) => name.value === 'first')?.value;
  const byDefault: unknown = argument.defaultValue;
  return (variables: Variables): number => {
    const name = value?.kind === Kind.VARIABLE ? value.name.value : undefined;
    const literal = value?.kind === Kind.INT ? Number(value.value) : undefined;
    const asked = name === undefined ? literal : (variables?.[name] ?? defaults.get(name));
    const length = typeof asked === 'number' ? asked : typeof byDefault === 'number' ? byDefault : DEFAULT_PAGE;
    return Math.min(Math.max(length, 0), LIST_LENGTH_MAX);
  };
}

/** What a list gives that is not told how much (kernel/runtime/graphql/connection.ts). */
const DEFAULT_PAGE = 20;

/** Fragments share nodes: each is summed once. */
function costOf(node: CostNode, variables: Variables, summed: Map<CostNode, number>): number {
  const known = summed.get(node);
  if (known !== undefined) return known;
  const inside = node.inside.reduce((sum, next) => sum + costOf(next, variables, summed), 0);
  const cost = node.times(variables) * (node.own + inside);
  summed.set(node, cost);
  return cost;
}

function typeNamed(name: string | undefined, { walk }: Place): GraphQLNamedType | undefined {
  return name === undefined ? undefined : walk.schema.getType(name);
}

function defaultsOf({ variableDefinitions }: OperationDefinitionNode): ReadonlyMap<string, unknown> {
  const defaults = (variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)] as const] : [],
  );
  return new Map(defaults);
}

function countAliases(document: DocumentNode): number {
  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      const alias = selection.kind === Kind.FIELD && selection.alias ? 1 : 0;
      const below = 'selectionSet' in selection && selection.selectionSet ? count(selection.selectionSet) : 0;
      return sum + alias + below;
    }, 0);
  return document.definitions.reduce((sum, node) => ('selectionSet' in node ? sum + count(node.selectionSet) : sum), 0);
}

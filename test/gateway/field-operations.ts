import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';

/** A way from a root to a field: each step is a field, and the type that a fragment narrows its parent to. */
interface Way {
  readonly root: 'query' | 'mutation' | 'subscription';
  readonly steps: readonly { readonly on: string; readonly field: string }[];
}

/** An operation that asks for one field, and all the coordinates that it goes through. */
export interface FieldOperation {
  readonly root: Way['root'];
  readonly query: string;
  readonly coordinates: readonly string[];
}

/**
 * For each field of a schema an operation that asks for it, by the shortest way over fields that `mayUse` lets through; null where there
 * is none. Required arguments are filled with something of their type.
 */
export function createFieldOperations(schema: GraphQLSchema, mayUse: (coordinate: string) => boolean) {
  const ways = waysToTypes(schema, mayUse);
  return (coordinate: string): FieldOperation | null => {
    const [typeName = '', field = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const way = ways.get(typeName) ?? implementationWay(type, ways, schema);
    return way ? operationFor({ ...way, steps: [...way.steps, { on: typeName, field }] }, schema) : null;
  };
}

/** An interface is reached where something that implements it is. */
function implementationWay(type: GraphQLNamedType | undefined, ways: ReadonlyMap<string, Way>, schema: GraphQLSchema): Way | undefined {
  if (!isInterfaceType(type)) return undefined;
  return schema
    .getPossibleTypes(type)
    .map(({ name }) => ways.get(name))
    .find((way) => way !== undefined);
}

function waysToTypes(schema: GraphQLSchema, mayUse: (coordinate: string) => boolean): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way>();
  const roots = { query: schema.getQueryType(), subscription: schema.getSubscriptionType(), mutation: schema.getMutationType() } as const;
  for (const [root, type] of Object.entries(roots)) {
    if (!type) continue;
    ways.set(type.name, { root: root as Way['root'], steps: [] }); // The keys above.
    const waiting: GraphQLNamedType[] = [type];
    for (let at = waiting.shift(); at; at = waiting.shift()) {
      const here = ways.get(at.name);
      if (!here || !('getFields' in at)) continue;
      for (const field of Object.values(at.getFields()) as GraphQLField<unknown, unknown>[]) {
        if (field.name === 'node' || !mayUse(`${at.name}.${field.name}`)) continue;
        const given = getNamedType(field.type);
        for (const reached of isUnionType(given) ? given.getTypes() : [given]) {
          if (!isObjectType(reached) || ways.has(reached.name)) continue;
          ways.set(reached.name, { root: here.root, steps: [...here.steps, { on: at.name, field: field.name }] });
          waiting.push(reached);
        }
      }
    }
  }
  return ways;
}

function operationFor({ root, steps }: Way, schema: GraphQLSchema): FieldOperation {
  const selection = steps.reduceRight((inside, { on, field }, index) => {
    const type = schema.getType(on);
    const definition = type && 'getFields' in type ? (type.getFields()[field] as GraphQLField<unknown, unknown> | undefined) : undefined;
    if (!definition) throw new Error(`there is no ${on}.${field}`);
    const below = isLeafType(getNamedType(definition.type)) ? '' : ` { ${inside || '__typename'} }`;
    const asked = `${field}${argumentsOf(definition.args)}${below}`;
    return index === 0 ? asked : `... on ${on} { ${asked} }`;
  }, '');
  return { root, query: `${root} { ${selection} }`, coordinates: steps.map(({ on, field }) => `${on}.${field}`) };
}

function argumentsOf(args: readonly GraphQLArgument[]): string {
  const given = args.filter((argument) => isRequiredArgument(argument) || ['id', 'orderId', 'guid'].includes(argument.name));
  return given.length === 0 ? '' : `(${given.map(({ name, type }) => `${name}: ${valueOf(type)}`).join(', ')})`;
}

const SCALARS: Readonly<Record<string, string>> = {
  Int: '1',
  Boolean: 'true',
  DateTime: '"2026-01-01T00:00:00Z"',
  MinorUnits: '"100"',
  CurrencyCode: '"UAH"',
  BusinessDay: '"2026-01-01"',
  Sequence: '"1"',
  Jwk: '{ kty: "RSA" }',
};

function valueOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return `[${valueOf(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (!isInputObjectType(type)) return SCALARS[type.name] ?? '"x"';
  const fields = Object.values(type.getFields()).filter(isRequiredInputField);
  return `{ ${fields.map((field) => `${field.name}: ${valueOf(field.type)}`).join(', ')} }`;
}

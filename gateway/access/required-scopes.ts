import {
  type DocumentNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

import type { FieldScopes, ScopeRequirement } from './field-scopes.ts';

/** One field of an operation that asks for scopes. */
export interface ScopedField {
  /** `Type.field`, for the error. */
  readonly coordinate: string;
  readonly requirement: ScopeRequirement;
}

/**
 * The fields of a document that ask for scopes, of every operation and fragment in it: a document of several operations is refused for
 * any of them. A field asks for what it says itself, what its type says, and, on an interface, what any implementation of it says.
 */
export function scopedFieldsOf(document: DocumentNode, schema: GraphQLSchema, scopes: FieldScopes): readonly ScopedField[] {
  const found = new Map<string, ScopedField>();
  const typeInfo = new TypeInfo(schema);
  const note = (coordinate: string) => {
    const requirement = scopes.get(coordinate);
    if (requirement) found.set(coordinate, { coordinate, requirement });
  };
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field({ name }) {
        const parent = typeInfo.getParentType();
        const type = getNamedType(typeInfo.getType());
        for (const concrete of concreteTypes(parent, schema)) note(`${concrete.name}.${name.value}`);
        for (const concrete of concreteTypes(type, schema)) note(concrete.name);
      },
      InlineFragment() {
        for (const concrete of concreteTypes(getNamedType(typeInfo.getType()), schema)) note(concrete.name);
      },
    }),
  );
  return [...found.values()];
}

/** A type with, for an interface, everything that implements it. The members of a union are named by fragments. */
function concreteTypes(type: GraphQLNamedType | null | undefined, schema: GraphQLSchema): readonly GraphQLNamedType[] {
  if (!type) return [];
  if (!isAbstractType(type) || !('getFields' in type)) return isObjectType(type) ? [type] : [];
  return [type, ...schema.getPossibleTypes(type)];
}

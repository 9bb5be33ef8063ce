import { type DefinitionNode, type DirectiveNode, Kind, parse, type ValueNode } from 'graphql';

/** What a field wants of a credential: all scopes of at least one of these sets. Empty: nothing. */
export type ScopeRequirement = readonly (readonly string[])[];

/** The scopes that the supergraph asks for, by `Type.field` and by `Type`. Only what asks for any is in it. */
export type FieldScopes = ReadonlyMap<string, ScopeRequirement>;

const DIRECTIVE = 'requiresScopes';

/** Reads every `@requiresScopes` of the supergraph. */
export function readFieldScopes(supergraph: string): FieldScopes {
  const scopes = new Map<string, ScopeRequirement>();
  for (const definition of parse(supergraph, { noLocation: true }).definitions) {
    if (!hasFields(definition)) continue;
    const { name, directives, fields } = definition;
    for (const { coordinate, given } of [
      { coordinate: name.value, given: directives },
      ...(fields ?? []).map((field) => ({ coordinate: `${name.value}.${field.name.value}`, given: field.directives })),
    ]) {
      const requirement = requirementOf(given);
      if (requirement) scopes.set(coordinate, requirement);
    }
  }
  return scopes;
}

function hasFields(definition: DefinitionNode) {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

function requirementOf(directives: readonly DirectiveNode[] | undefined): ScopeRequirement | null {
  const directive = directives?.find(({ name }) => name.value === DIRECTIVE);
  const sets = directive?.arguments?.find(({ name }) => name.value === 'scopes')?.value;
  return sets ? itemsOf(sets).map((set) => itemsOf(set).map(textOf)) : null;
}

/** The composer writes lists of lists; a list of one may be written without its brackets. */
function itemsOf(value: ValueNode): readonly ValueNode[] {
  return value.kind === Kind.LIST ? value.values : [value];
}

function textOf(value: ValueNode): string {
  if (value.kind !== Kind.STRING) throw new Error('a scope in the supergraph is not a string');
  return value.value;
}

/** Whether these scopes are enough. */
export function satisfies(requirement: ScopeRequirement, scopes: readonly string[]): boolean {
  return requirement.length === 0 || requirement.some((set) => set.every((scope) => scopes.includes(scope)));
}

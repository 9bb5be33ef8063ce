import { buildSchema, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';

import type { Caller } from '../../schema/caller.ts';
import { scopesOf } from '../../schema/scopes.ts';
import { readFieldScopes, satisfies, type ScopeRequirement } from './field-scopes.ts';

/** What each kind of credential is, but for operations, whose tokens say their scopes. */
export const CREDENTIALS = {
  none: { kind: 'anonymous' },
  pk_: { kind: 'customer', merchantUid: '', orderId: null, keyId: '' },
  'pk_ with client secret, page token': { kind: 'customer', merchantUid: '', orderId: '', keyId: '' },
  sk_: { kind: 'merchant', merchantUid: '', keyId: '' },
  bk_: { kind: 'bank', bankGuid: '', keyId: '' },
} as const satisfies Readonly<Record<string, Caller>>;
export type Credential = keyof typeof CREDENTIALS;

/** One field of the API, and who may ask for it. Whose data it answers with is the resolver's to decide. */
export interface AccessRow {
  /** `Type.field`. */
  readonly coordinate: string;
  readonly requirement: ScopeRequirement;
  readonly allowed: Readonly<Record<Credential, boolean>>;
}

/** Every field of every type, with what it, its type and what it gives ask for. `api` is the public schema of the supergraph. */
export function accessMatrix({ supergraph, api }: { readonly supergraph: string; readonly api: string }): readonly AccessRow[] {
  const scopes = readFieldScopes(supergraph);
  return coordinatesOf(buildSchema(api)).map((coordinate) => {
    const requirement = scopes.get(coordinate) ?? [];
    const allowed = Object.entries(CREDENTIALS).map(([name, caller]) => [name, satisfies(requirement, scopesOf(caller))]);
    return { coordinate, requirement, allowed: Object.fromEntries(allowed) as AccessRow['allowed'] }; // One for each credential.
  });
}

/** `Type.field` of everything that can be selected. */
export function coordinatesOf(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'))
    .flatMap((type) => ('getFields' in type ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : []));
}

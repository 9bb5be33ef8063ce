import { GraphQLError } from 'graphql';

import type { SubgraphSchemaTypes } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { ParticipantsBuilder, ParticipantsContext } from './builder.ts';

type WithJwk = Omit<SubgraphSchemaTypes<ParticipantsContext>, 'Scalars'> & {
  Scalars: SubgraphSchemaTypes<ParticipantsContext>['Scalars'] & { Jwk: { Input: unknown; Output: unknown } };
};

/** A JWK travels as it is: what is in it that should not be is for the use case to say, with a code. */
export function addJwk(builder: ParticipantsBuilder) {
  const own = builder as unknown as PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<WithJwk>>; // The same builder, which may name one scalar more.
  return own.scalarType('Jwk', {
    description: 'A public key as a JSON Web Key (RFC 7517): a JSON object, or the same as JSON text.',
    serialize: (value) => value,
    parseValue: (value) => (typeof value === 'string' ? parseJson(value) : value),
  });
}

export type JwkRef = ReturnType<typeof addJwk>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphQLError('not a Jwk', { extensions: { code: 'BAD_USER_INPUT' } });
  }
}

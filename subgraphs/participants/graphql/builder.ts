import { GraphQLError } from 'graphql';

import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphSchemaTypes } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { ParticipantsDeps } from '../app/deps.ts';
import { PARTICIPANT_FAILURE_CODES } from '../app/failure-codes.ts';
import type { Bank } from '../domain/bank.ts';
import type { Merchant } from '../domain/merchant.ts';

/** The context of one operation; the loaders gather what its entities ask for into one read. */
export interface ParticipantsContext extends RequestContext {
  readonly participants: ParticipantsDeps;
  loadBank(guid: string): Promise<Bank | null>;
  loadMerchant(uid: string): Promise<Merchant | null>;
}

type ParticipantsSchemaTypes = Omit<SubgraphSchemaTypes<ParticipantsContext>, 'Scalars'> & {
  Scalars: SubgraphSchemaTypes<ParticipantsContext>['Scalars'] & { Jwk: { Input: unknown; Output: unknown } };
};

export type ParticipantsTypes = PothosSchemaTypes.ExtendDefaultTypes<ParticipantsSchemaTypes>;
export type ParticipantsBuilder = PothosSchemaTypes.SchemaBuilder<ParticipantsTypes>;

export function createParticipantsBuilder(): ParticipantsBuilder {
  const [first, ...rest] = PARTICIPANT_FAILURE_CODES;
  const shared = createSubgraphBuilder<ParticipantsContext>({ errorCodes: [first, ...rest], mutations: true, subscriptions: false });
  const builder = shared.builder as unknown as ParticipantsBuilder; // The same builder, which knows one scalar more once it is added below.
  builder.scalarType('Jwk', {
    description: 'A public key as a JSON Web Key (RFC 7517): a JSON object, or the same as JSON text.',
    serialize: (value) => value,
    parseValue: (value) => (typeof value === 'string' ? parseJson(value) : value),
  });
  return builder;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphQLError('not a Jwk', { extensions: { code: 'BAD_USER_INPUT' } });
  }
}

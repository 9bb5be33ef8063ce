import type { FieldMap } from '@pothos/core';

import type { RequestContext, SubgraphBuilder, SubgraphSchemaTypes, UserError } from './schema-types.ts';

/** What a mutation resolves to: the result where there is one, and why not where there is none. */
export type MutationPayload<Result extends object> = Result & {
  /** True when the idempotency key was known and this is the first answer again. */
  readonly replayed: boolean;
  readonly errors: readonly UserError[];
};

/** Of the input field `idempotencyKey`, which every mutation has. */
export const IDEMPOTENCY_KEY_DESCRIPTION =
  'Names this request: sent again with the same input it is answered with what it did the first time. 1 to 128 characters, kept 30 days.';

type ResultFields<Context extends RequestContext, Result extends object> = (
  t: PothosSchemaTypes.ObjectFieldBuilder<PothosSchemaTypes.ExtendDefaultTypes<SubgraphSchemaTypes<Context>>, MutationPayload<Result>>,
) => FieldMap;

/**
 * The payload type of the mutation `name`: its result fields (nullable: they are null when it was refused), `replayed`, and `errors`
 * of the type `{Name}Error`, which implements UserError. Returns the reference for the mutation's `type`.
 */
export function mutationPayload<Result extends object, Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  name: string,
  fields: ResultFields<Context, Result>,
) {
  const error = builder.objectRef<UserError>(`${name}Error`).implement({
    description: `Why ${name} was refused.`,
    interfaces: ['UserError'],
  });
  const payload = builder.objectRef<MutationPayload<Result>>(`${name}Payload`);
  payload.implement({
    description: `What ${name} did.`,
    fields: (t) => ({
      ...fields(t),
      replayed: t.boolean({
        description: 'Whether the idempotency key was known: this is the first answer again.',
        resolve: (result) => result.replayed,
      }),
      errors: t.field({
        type: [error],
        description: 'Why it was refused; empty when it was not.',
        resolve: (result) => [...result.errors],
      }),
    }),
  });
  return payload;
}

import type { Result } from '../../../kernel/core/result.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { ParticipantFailureCode } from '../app/failure-codes.ts';
import type { Changed } from '../app/ports.ts';
import type { FieldFailure } from '../domain/field-failure.ts';
import type { ParticipantsBuilder } from './builder.ts';
import { userErrors } from './failure-messages.ts';

/** What a mutation answers: the id of what it changed, or why it did not. */
export interface Payload {
  readonly id: string | null;
  readonly replayed: boolean;
  readonly errors: readonly UserError[];
}

export function payloadOf(outcome: Result<Changed, readonly FieldFailure<ParticipantFailureCode>[]>): Payload {
  return outcome.ok ? { ...outcome.value, errors: [] } : { id: null, replayed: false, errors: userErrors(outcome.failure) };
}

/** The error type of one mutation, `{mutation}Error`. */
export function mutationError(builder: ParticipantsBuilder, mutation: string) {
  return builder.objectRef<UserError>(`${mutation}Error`).implement({
    description: `Why ${mutation} was refused.`,
    interfaces: ['UserError'],
    isTypeOf: () => true,
  });
}

export const IDEMPOTENCY_KEY_DESCRIPTION =
  'Names this request: sent again with the same input it is answered with what it did the first time. 1 to 128 characters, kept 30 days.';
export const REPLAYED_DESCRIPTION = 'Whether this is the answer of an earlier request with the same idempotency key.';
export const ERRORS_DESCRIPTION = 'Why it was refused; empty when it was done.';

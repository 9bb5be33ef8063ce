import type { Result } from '../../../kernel/core/result.ts';
import type { MutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { ParticipantFailureCode } from '../app/failure-codes.ts';
import type { Changed } from '../app/ports.ts';
import type { FieldFailure } from '../domain/field-failure.ts';
import { userErrors } from './failure-messages.ts';

/** What a mutation changed, by its id; null when it was refused. */
export interface ChangedThing {
  readonly id: string | null;
}

export function payloadOf(outcome: Result<Changed, readonly FieldFailure<ParticipantFailureCode>[]>): MutationPayload<ChangedThing> {
  return outcome.ok ? { ...outcome.value, errors: [] } : { id: null, replayed: false, errors: userErrors(outcome.failure) };
}

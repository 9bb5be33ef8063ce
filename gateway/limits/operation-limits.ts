import type { GraphQLError } from 'graphql';

import { requestError } from '../../kernel/runtime/graphql/errors.ts';
import type { Charge } from './cost-budget.ts';
import { ALIASES_MAX, DEPTH_MAX, nestingOf, OPERATION_COST_MAX, VARIABLES_DEPTH_MAX } from './limits.ts';
import type { OperationShape, Variables } from './operation-shape.ts';

/** Why an operation is refused by what it asks for, before anything of it runs; null when it is not. `cost` is of these variables. */
export function overLimit(shape: OperationShape, cost: number, variables: Variables): GraphQLError | null {
  if (shape.depth > DEPTH_MAX) return refusal('OPERATION_TOO_DEEP', 'Selections', shape.depth, DEPTH_MAX);
  if (shape.aliases > ALIASES_MAX) return refusal('OPERATION_TOO_MANY_ALIASES', 'Aliases', shape.aliases, ALIASES_MAX);
  if (cost > OPERATION_COST_MAX) return refusal('OPERATION_TOO_COSTLY', 'Cost', cost, OPERATION_COST_MAX);
  const depth = variables ? nestingOf(variables, VARIABLES_DEPTH_MAX) : 0;
  return depth > VARIABLES_DEPTH_MAX ? refusal('VARIABLES_TOO_DEEP', 'Variables', depth, VARIABLES_DEPTH_MAX) : null;
}

function refusal(code: string, what: string, found: number, max: number): GraphQLError {
  return requestError(code, `${what}: ${Number.isFinite(found) ? found : 'far too many'}, at most ${max}.`, { max });
}

/** The refusal of a charge that the key's budget does not hold. */
export function rateLimited({ retryAfterMs }: Charge): GraphQLError {
  return requestError('RATE_LIMITED', 'The budget of this key is used up for the moment.', { retryable: true, retryAfterMs });
}

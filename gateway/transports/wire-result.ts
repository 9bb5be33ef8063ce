import { type ExecutionResult, type FormattedExecutionResult, GraphQLError } from 'graphql';

/** The error of an operation whose subgraph could not be asked. Asking again may help. */
export function unavailable(subgraph: string): GraphQLError {
  return new GraphQLError(`The ${subgraph} service cannot answer right now.`, { extensions: { code: 'SUBGRAPH_UNAVAILABLE' } });
}

/** The error of an operation whose subgraph did not answer in time. What it did is not known; asking again may help. */
export function tooSlow(subgraph: string): GraphQLError {
  return new GraphQLError(`The ${subgraph} service did not answer in time.`, { extensions: { code: 'SUBGRAPH_TIMEOUT' } });
}

/** Errors as they came over the wire, as the objects that the planner and graphql-ws work with. */
export function reviveErrors({ errors, ...result }: FormattedExecutionResult): ExecutionResult {
  const revived = errors?.map(
    ({ message, path, extensions }) => new GraphQLError(message, { path: path ?? null, extensions: extensions ?? null }),
  );
  return revived ? { ...result, errors: revived } : result;
}

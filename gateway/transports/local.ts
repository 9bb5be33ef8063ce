import {
  execute,
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  subscribe,
  validate,
  ValuesOfCorrectTypeRule,
} from 'graphql';

import type { RequestContext } from '../../kernel/runtime/graphql/schema-types.ts';
import type { ResultStream, SubgraphRequest, SubgraphTransport } from './transport.ts';

/** What the in-process transport needs of a subgraph; every `Subgraph` has it. */
export interface ExecutableSubgraph {
  readonly schema: GraphQLSchema;
  contextFor(request: RequestContext): object;
}

/**
 * Calls a subgraph of this process without a socket. Every operation gets a context of its own. Back-pressure reaches from the client's
 * socket to the subgraph's log reader.
 */
export function createLocalTransport(subgraph: ExecutableSubgraph): SubgraphTransport {
  const wrongLiterals = createLiteralCheck(subgraph.schema);
  return {
    request(request) {
      const errors = wrongLiterals(request.document);
      if (errors.length > 0) return { errors };
      const operation = {
        schema: subgraph.schema,
        document: request.document,
        variableValues: request.variables ?? null,
        operationName: request.operationName ?? null,
        contextValue: subgraph.contextFor(contextOf(request)),
      };
      const result = (request.operation === 'subscription' ? subscribe(operation) : execute(operation)) as  // graphql-js: a value or a promise of either.
        ExecutionResult | Promise<ExecutionResult | ResultStream>;
      return result instanceof Promise ? result.then(withVariableCodes) : withVariableCodes(result);
    },
    close: () => Promise.resolve(),
  };
}

/**
 * The gateway has checked an operation against the supergraph, where custom scalars take anything; only their subgraph knows what fits.
 * The planner hands out the same document for the same query, so each is looked at once.
 */
function createLiteralCheck(schema: GraphQLSchema): (document: DocumentNode) => readonly GraphQLError[] {
  const checked = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  return (document) => {
    let errors = checked.get(document);
    if (!errors) {
      errors = validate(schema, document, [ValuesOfCorrectTypeRule]).map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
      checked.set(document, errors);
    }
    return errors;
  };
}

function contextOf({ caller, requestId, credentialEndsInMs }: SubgraphRequest): RequestContext {
  return { caller, requestId, credentialEndsInMs };
}

/** A result without `data` did not get as far as a resolver: a variable does not fit its type. Refused subscriptions have their code. */
function withVariableCodes<Result extends ExecutionResult | ResultStream>(result: Result): Result {
  if ('data' in result || !('errors' in result) || !result.errors) return result;
  const errors = result.errors.map((error) => (error.extensions['code'] || error.path ? error : withCode(error, 'BAD_USER_INPUT')));
  return { ...result, errors };
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, { extensions: { ...error.extensions, code } });
}

import {
  createSourceEventStream,
  execute,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  validate,
  ValuesOfCorrectTypeRule,
} from 'graphql';

import type { RequestContext } from '../../kernel/runtime/graphql/schema-types.ts';
import { createSharedWork } from '../../kernel/runtime/shared-work.ts';
import { createOperationKeys } from '../equal-operations.ts';
import { isStream, mapStream } from '../stream.ts';
import type { ResultStream, SubgraphRequest, SubgraphTransport } from './transport.ts';

/** What the in-process transport needs of a subgraph; every `Subgraph` has it. */
export interface ExecutableSubgraph {
  readonly schema: GraphQLSchema;
  contextFor(request: RequestContext): object;
}

/**
 * Calls a subgraph of this process without a socket. Every operation gets a context of its own. Back-pressure reaches from the client's
 * socket to the subgraph's log reader. An event is executed once for all equal subscriptions that it reaches.
 */
export function createLocalTransport(subgraph: ExecutableSubgraph): SubgraphTransport {
  const wrongLiterals = createLiteralCheck(subgraph.schema);
  const subscribe = createSubscribe();
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
      const result = request.operation === 'subscription' ? subscribe(operation, request) : execute(operation);
      return result instanceof Promise ? result.then(withVariableCodes) : withVariableCodes(result);
    },
    close: () => Promise.resolve(),
  };
}

type EventResult = ExecutionResult | Promise<ExecutionResult>;

function createSubscribe() {
  const equals = createSharedWork<(event: unknown) => EventResult, unknown, EventResult>();
  const keyOf = createOperationKeys();
  return async (operation: ExecutionArgs, request: SubgraphRequest): Promise<ExecutionResult | ResultStream> => {
    const events = await createSourceEventStream(operation);
    if (!isStream<unknown>(events)) return events;
    const place = equals.join(keyOf(request), () => (event) => execute({ ...operation, rootValue: event }));
    return mapStream(events, { change: (event) => place.of(event, () => place.shared(event)), over: () => place.leave() });
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

import { execute, type ExecutionResult, type GraphQLSchema, subscribe } from 'graphql';

import type { Caller } from '../../schema/caller.ts';
import type { ResultStream, SubgraphTransport } from './transport.ts';

/** What the in-process transport needs of a subgraph; every `Subgraph` has it. */
export interface ExecutableSubgraph {
  readonly schema: GraphQLSchema;
  contextFor(asked: { caller: Caller; requestId: string }): object;
}

/**
 * Calls a subgraph of this process without a socket. Every operation gets a context of its own, so a data loader never outlives the
 * event of a subscription that it was filled for. Back-pressure reaches from the client's socket to the subgraph's log reader.
 */
export function createLocalTransport(subgraph: ExecutableSubgraph): SubgraphTransport {
  return {
    request(request) {
      const operation = {
        schema: subgraph.schema,
        document: request.document,
        variableValues: request.variables ?? null,
        operationName: request.operationName ?? null,
        contextValue: subgraph.contextFor({ caller: request.caller, requestId: request.requestId }),
      };
      if (request.operation !== 'subscription') return execute(operation) as ExecutionResult | Promise<ExecutionResult>; // graphql-js types it as PromiseOrValue.
      return subscribe(operation) as Promise<ExecutionResult | ResultStream>; // An AsyncGenerator is such a stream.
    },
    close: () => Promise.resolve(),
  };
}

import type { DocumentNode, ExecutionResult, OperationTypeNode } from 'graphql';

import type { Logger } from '../../kernel/runtime/logger.ts';
import type { RequestSigner } from '../../kernel/runtime/signed-request.ts';
import type { Caller } from '../../schema/caller.ts';

/** One operation of a query plan, on its way to one subgraph. The planner made the document, so nobody validates it again. */
export interface SubgraphRequest {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
  readonly operation: `${OperationTypeNode}`;
  readonly caller: Caller;
  readonly requestId: string;
  /** How long the caller's credential is still good, in milliseconds; undefined when it has no end. */
  readonly credentialEndsInMs?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The events of a subscription. `return()` frees the source at once, also while `next()` waits. */
export type ResultStream = AsyncIterableIterator<ExecutionResult>;

/**
 * How the gateway reaches one subgraph. Errors come back inside the result; a transport rejects only when the subgraph could not be
 * asked at all.
 */
export interface SubgraphTransport {
  request(request: SubgraphRequest): ExecutionResult | Promise<ExecutionResult | ResultStream>;
  close(): Promise<void>;
}

/** A subgraph of another process. */
export interface RemoteSubgraph {
  readonly name: string;
  /** Base URL, http or https; the subgraph answers GraphQL at `/graphql` below it. */
  readonly url: string;
  readonly signer: RequestSigner;
  readonly logger: Logger;
}

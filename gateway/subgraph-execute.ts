import { type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';

import type { Logger } from '../kernel/runtime/logger.ts';
import type { GatewayContext } from './gateway-context.ts';
import { isStream } from './stream.ts';
import type { ResultStream, SubgraphRequest, SubgraphTransport } from './transports/transport.ts';
import { tooSlow, unavailable } from './transports/wire-result.ts';

/** The part of Hive's execution request that a transport needs. */
export interface PlannedRequest {
  readonly document: SubgraphRequest['document'];
  readonly variables?: SubgraphRequest['variables'];
  readonly operationName?: string;
  readonly operationType?: OperationTypeNode;
  readonly context?: GatewayContext;
  readonly signal?: AbortSignal;
}

export type SubgraphExecute = (subgraph: string, planned: PlannedRequest) => Promise<ExecutionResult | ResultStream>;

export interface SubgraphExecuteOptions {
  /** How to reach each subgraph of the supergraph, by its name. */
  readonly transports: Readonly<Record<string, SubgraphTransport>>;
  /** How long a subgraph may take for its part of an answer. Then the rest is answered without it. */
  readonly subgraphAnswerMs: number;
  readonly logger: Logger;
}

/** Asks one subgraph for its part of a plan. Never rejects for a subgraph: what fails or is slow is an error beside the other parts. */
export function createSubgraphExecute(options: SubgraphExecuteOptions): SubgraphExecute {
  const { transports, subgraphAnswerMs, logger } = options;
  return async (subgraph, { document, variables, operationName, operationType, context, signal }) => {
    const transport = transports[subgraph];
    if (!transport) throw new Error(`the supergraph names the subgraph ${subgraph}, which has no transport`);
    if (!context) throw new Error('a planned operation arrived without its context');
    const operation = operationType ?? getOperationAST(document, operationName)?.operation ?? OperationTypeNode.QUERY;
    const { caller, requestId, credentialEndsInMs } = context;
    const request = { document, variables, operationName, operation, caller, requestId, credentialEndsInMs, signal };
    const answer = transport.request(request);
    if (!(answer instanceof Promise)) return answer;
    const failed = (error: unknown): ExecutionResult => {
      logger.error({ subgraph, requestId, err: error }, 'a subgraph could not be asked');
      return { errors: [unavailable(subgraph)] };
    };
    const late = (): ExecutionResult => {
      logger.warn({ subgraph, requestId, subgraphAnswerMs }, 'a subgraph is too slow');
      return { errors: [tooSlow(subgraph)] };
    };
    return await within(answer, subgraphAnswerMs, late).catch(failed);
  };
}

/** The answer, or what `late` says when it is not there in time. A stream that opens after that is closed again. */
async function within(
  answer: Promise<ExecutionResult | ResultStream>,
  limitMs: number,
  late: () => ExecutionResult,
): Promise<ExecutionResult | ResultStream> {
  const { promise: timeUp, resolve } = Promise.withResolvers<ExecutionResult>();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    resolve(late());
  }, limitMs);
  const closeLateStream = (result: ExecutionResult | ResultStream) => {
    if (isLate && isStream<ExecutionResult>(result)) void result.return?.(); // Nobody reads it.
  };
  answer.then(closeLateStream, () => undefined).catch(() => undefined); // Its failure is whoever races it's to see, and nobody's when it is late.
  try {
    return await Promise.race([answer, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

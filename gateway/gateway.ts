import { createGatewayRuntime, type GatewayConfigSupergraph, type GatewayPlugin, type GatewayRuntime } from '@graphql-hive/gateway-runtime';
import { type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';

import type { Logger } from '../kernel/runtime/logger.ts';
import type { Caller } from '../schema/caller.ts';
import type { GatewayContext } from './gateway-context.ts';
import { createHiveLogger } from './hive-logger.ts';
import type { CostBudgets } from './limits/cost-budget.ts';
import { guardOperations } from './operation-guard.ts';
import { publicResult } from './public-errors.ts';
import { endAfter, isStream, mapStream } from './stream.ts';
import type { ResultStream, SubgraphRequest, SubgraphTransport } from './transports/transport.ts';

export interface GatewayOptions {
  /** Composed SDL with the join directives. */
  readonly supergraph: string;
  /** `rust` is what the hub runs. `js` is Hive's default, kept for comparison in benchmarks. */
  readonly planner: 'rust' | 'js';
  /** How to reach each subgraph of the supergraph, by its name. */
  readonly transports: Readonly<Record<string, SubgraphTransport>>;
  readonly sandbox: boolean;
  readonly budgets: CostBudgets;
  readonly logger: Logger;
}

/** The planning half of the gateway: a query in, a result or a stream of results out. Hosts put HTTP and WebSocket around it. */
export type Gateway = GatewayRuntime<GatewayContext>;

/** Where the public API answers. */
export const GRAPHQL_PATH = '/graphql';

/** Plans and executes operations over the subgraphs. Resolves when the supergraph is loaded, so that the first operation may come. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const execute = createSubgraphExecute(options);
  const gateway = createGatewayRuntime<GatewayContext>({
    ...(await plannerOf(options, execute)),
    supergraph: options.supergraph,
    plugins: () => [guardOperations(options), resultsForOutside(options)],
    disableIntrospection: { disableIf: ({ context }) => !mayIntrospect((context as GatewayContext).caller, options) },
    graphiql: options.sandbox ? { title: 'DCM hub' } : false,
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    maskedErrors: false, // resultsForOutside does it, with the request id.
    subgraphErrors: false,
    requestId: false,
    batching: false,
    cors: false,
    logging: createHiveLogger(options.logger),
  } satisfies GatewayConfigSupergraph<GatewayContext>);
  await gateway.getSchema();
  return gateway;
}

type PlannerConfig = Pick<GatewayConfigSupergraph<GatewayContext>, 'unifiedGraphHandler' | 'transports'>;

/** Each planner is loaded only where it plans. The casts: Hive types an executor as generic over any context; ours knows its own. */
async function plannerOf({ planner }: GatewayOptions, execute: SubgraphExecute): Promise<PlannerConfig> {
  if (planner === 'rust') {
    const { createRustPlanner } = await import('./rust-planner.ts');
    return { unifiedGraphHandler: createRustPlanner(execute as Parameters<typeof createRustPlanner>[0]) };
  }
  const getSubgraphExecutor = ({ subgraphName }: { subgraphName: string }) => {
    return (planned: PlannedRequest) => execute(subgraphName, planned);
  };
  return { transports: (() => ({ getSubgraphExecutor })) as unknown as NonNullable<PlannerConfig['transports']> };
}

/** The part of Hive's execution request that a transport needs. */
interface PlannedRequest {
  readonly document: SubgraphRequest['document'];
  readonly variables?: SubgraphRequest['variables'];
  readonly operationName?: string;
  readonly operationType?: OperationTypeNode;
  readonly context?: GatewayContext;
  readonly signal?: AbortSignal;
}

type SubgraphExecute = (subgraph: string, planned: PlannedRequest) => Promise<ExecutionResult | ResultStream>;

function createSubgraphExecute({ transports, planner }: GatewayOptions): SubgraphExecute {
  return async (subgraph, { document, variables, operationName, operationType, context, signal }) => {
    const transport = transports[subgraph];
    if (!transport) throw new Error(`the supergraph names the subgraph ${subgraph}, which has no transport`);
    if (!context) throw new Error('a planned operation arrived without its context');
    const operation = operationType ?? getOperationAST(document, operationName)?.operation ?? OperationTypeNode.QUERY;
    const { caller, requestId } = context;
    const result = await transport.request({ document, variables, operationName, operation, caller, requestId, signal });
    return isStream<ExecutionResult>(result) ? singleEvents(result, planner) : result;
  };
}

/**
 * An event without data says that the subgraph could not tell what happened. The client gets its error and then the end of the
 * stream, so that it resumes at its last cursor instead of going on over a hole.
 *
 * The Rust planner keeps the data of the last event that had any, and would send it again as new: to it, no data is `{}`.
 */
function singleEvents(stream: AsyncIterable<ExecutionResult>, planner: GatewayOptions['planner']): ResultStream {
  const ended = endAfter(stream, (event) => event.data === null || event.data === undefined);
  return planner === 'rust' ? mapStream(ended, (event) => ({ ...event, data: event.data ?? {} })) : ended;
}

/** A browser key never may: whoever has it is everybody. */
function mayIntrospect(caller: Caller, { sandbox }: Pick<GatewayOptions, 'sandbox'>): boolean {
  return caller.kind === 'operations' || (sandbox && caller.kind !== 'customer');
}

/** Turns every result, also each event of a stream, into what outsiders may see. */
function resultsForOutside(options: Pick<GatewayOptions, 'logger' | 'sandbox'>): GatewayPlugin<GatewayContext> {
  return {
    onExecutionResult(execution) {
      const { result, context } = execution;
      if (!result) return;
      const { requestId, caller, overHttp } = context as unknown as GatewayContext; // The hosts put it there; the hook's type does not know them.
      const scope = { requestId, overHttp: overHttp ?? false, suggestions: mayIntrospect(caller, options), logger: options.logger };
      const outside = (inside: ExecutionResult) => publicResult(inside, scope);
      execution.setResult(isStream<ExecutionResult>(result) ? mapStream(result, outside) : outside(result as ExecutionResult)); // A result is one or the other.
    },
  };
}

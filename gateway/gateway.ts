import { createGatewayRuntime, type GatewayConfigSupergraph, type GatewayPlugin, type GatewayRuntime } from '@graphql-hive/gateway-runtime';
import { type ExecutionResult, GraphQLError } from 'graphql';

import type { Metrics } from '../kernel/runtime/metrics.ts';
import type { Caller } from '../schema/caller.ts';
import type { BrowserDocuments } from './browser-documents.ts';
import type { GatewayContext } from './gateway-context.ts';
import { createHiveLogger } from './hive-logger.ts';
import type { CostBudgets } from './limits/cost-budget.ts';
import { observeOperations } from './observe-operations.ts';
import { observedSubgraphs } from './observe-subgraphs.ts';
import { limitStreams } from './limits/stream-limit.ts';
import { guardOperations } from './operation-guard.ts';
import { publicResult } from './public-errors.ts';
import { isStream, mapStream, type StreamSteps } from './stream.ts';
import { createSubgraphExecute, type PlannedRequest, type SubgraphExecute, type SubgraphExecuteOptions } from './subgraph-execute.ts';

export interface GatewayOptions extends SubgraphExecuteOptions {
  /** Composed SDL with the join directives. */
  readonly supergraph: string;
  /** `rust` is what the hub runs. `js` is Hive's default, kept for comparison in benchmarks. */
  readonly planner: 'rust' | 'js';
  readonly sandbox: boolean;
  readonly budgets: CostBudgets;
  readonly browserDocuments: BrowserDocuments;
  /** False where a browser key may run any document. */
  readonly browsersAreHeldToThem: boolean;
  /** How many streams one key may have open at this process. Without it, any number. */
  readonly streamsPerKeyMax?: number;
  /** Without scopes, limits and budgets: in a benchmark only, for what they cost. */
  readonly unguarded?: true;
  readonly metrics: Metrics;
}

/** The planning half of the gateway: a query in, a result or a stream of results out. Hosts put HTTP and WebSocket around it. */
export type Gateway = GatewayRuntime<GatewayContext>;

/** Where the public API answers. */
export const GRAPHQL_PATH = '/graphql';

/** Plans and executes operations over the subgraphs. Resolves when the supergraph is loaded, so that the first operation may come. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const execute = observedSubgraphs(createSubgraphExecute(options), options.metrics);
  const gateway = createGatewayRuntime<GatewayContext>({
    ...(await plannerOf(options, execute)),
    supergraph: options.supergraph,
    plugins: () => [
      ...(options.unguarded ? [] : [guardOperations(options), limitStreams(options)]),
      observeOperations(options),
      resultsForOutside(options),
    ],
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

/** A browser key never may: whoever has it is everybody. */
function mayIntrospect(caller: Caller, { sandbox }: Pick<GatewayOptions, 'sandbox'>): boolean {
  return caller.kind === 'operations' || (sandbox && caller.kind !== 'customer');
}

/**
 * An event without data says that the subgraph could not tell what happened. The client gets its error and then the end of the stream,
 * so that it resumes at its last cursor instead of going on over a hole. So does a source that failed; what failed is for the log alone.
 */
function eventsOutside(outside: (inside: ExecutionResult) => ExecutionResult): StreamSteps<ExecutionResult, ExecutionResult> {
  return {
    change: (event) => outside(event.data === undefined ? { ...event, data: null } : event),
    isLast: ({ data }) => data === null,
    failed: (error) => {
      const originalError = error instanceof Error ? error : new Error(String(error));
      return outside({ data: null, errors: [new GraphQLError('The stream failed.', { originalError })] });
    },
  };
}

/** Turns every result, also each event of a stream, into what outsiders may see. */
function resultsForOutside(options: Pick<GatewayOptions, 'logger' | 'sandbox' | 'metrics'>): GatewayPlugin<GatewayContext> {
  const errors = options.metrics.counter({
    name: 'graphql_errors_total',
    help: 'Top-level errors as they left, by code.',
    labels: ['code'],
  });
  return {
    onExecutionResult(execution) {
      const { result, context } = execution;
      if (!result) return;
      const { requestId, caller, overHttp } = context as unknown as GatewayContext; // The hosts put it there; the hook's type does not know them.
      const scope = {
        requestId,
        overHttp: overHttp ?? false,
        suggestions: mayIntrospect(caller, options),
        logger: options.logger,
        left: (code: string) => errors.inc({ code }),
      };
      const outside = (inside: ExecutionResult) => publicResult(inside, scope);
      // A result is one or the other.
      execution.setResult(
        isStream<ExecutionResult>(result) ? mapStream(result, eventsOutside(outside)) : outside(result as ExecutionResult),
      );
    },
  };
}

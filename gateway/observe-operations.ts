import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, getOperationAST, Kind } from 'graphql';

import type { Logger } from '../kernel/runtime/logger.ts';
import type { Metrics } from '../kernel/runtime/metrics.ts';
import { currentTraceparent, type StepNotes, tracedIn, withRequestId } from '../kernel/runtime/tracing.ts';
import type { GatewayContext } from './gateway-context.ts';
import { isStream } from './stream.ts';

type Outcome = 'ok' | 'partial' | 'error';
type Run = (args: ExecutionArgs) => unknown;

/**
 * Counts and times every operation that got past the guard, and begins its trace. An operation is named by its kind and its root field, words
 * of the schema: its own name and its aliases are the client's, who may write anything there.
 */
export function observeOperations({
  metrics,
  logger,
}: {
  readonly metrics: Metrics;
  readonly logger: Logger;
}): GatewayPlugin<GatewayContext> {
  const duration = metrics.histogram({
    name: 'graphql_operation_duration_seconds',
    help: 'Time of operations, of a subscription until it is open, by kind and root field.',
    labels: ['operation', 'outcome'],
  });

  const labelOf = createLabels();

  function observed(run: Run): Run {
    return (args) => {
      const operation = labelOf(args);
      const context = args.contextValue as GatewayContext; // What the hosts put there.
      const started = performance.now();
      const step = { name: operation, kind: 'server' } as const;
      return withRequestId(context.requestId, () =>
        tracedIn(null, step, async (notes) => {
          // The planner calls the subgraphs from threads of its own, which know of no context.
          Object.assign(context, { traceparent: currentTraceparent() });
          const result = await run(args);
          const outcome = outcomeOf(result);
          const durationMs = performance.now() - started;
          duration.observe({ operation, outcome }, durationMs / 1_000);
          logger.debug({ operation, outcome, durationMs: Math.round(durationMs) }, 'operation answered');
          note(notes, result, outcome);
          return result;
        }),
      );
    };
  }

  return {
    onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn(observed(executeFn as Run) as typeof executeFn), // Envelop types both as any function.
    onSubscribe: ({ subscribeFn, setSubscribeFn }) => setSubscribeFn(observed(subscribeFn as Run) as typeof subscribeFn),
  };
}

function note(notes: StepNotes, result: unknown, outcome: Outcome): void {
  if (outcome === 'ok') return;
  const code = (result as ExecutionResult).errors?.[0]?.extensions['code']; // Only results have an outcome other than ok.
  notes.failed(typeof code === 'string' ? code : 'INTERNAL');
}

function outcomeOf(result: unknown): Outcome {
  if (isStream(result)) return 'ok';
  const { data, errors } = result as ExecutionResult; // A result is one or the other.
  if (!errors?.length) return 'ok';
  return data ? 'partial' : 'error';
}

/** `query order`, `mutation orderCreate`; of several root fields `query (several)`, so that there are no more labels than fields. */
function createLabels(): (args: Pick<ExecutionArgs, 'document' | 'operationName'>) => string {
  const labels = new WeakMap<DocumentNode, Map<string, string>>();
  return ({ document, operationName }) => {
    const ofDocument = labels.get(document) ?? new Map<string, string>();
    labels.set(document, ofDocument);
    const label = ofDocument.get(operationName ?? '') ?? labelOf(document, operationName);
    ofDocument.set(operationName ?? '', label);
    return label;
  };
}

function labelOf(document: DocumentNode, operationName: string | null | undefined): string {
  const operation = getOperationAST(document, operationName);
  const fields = operation?.selectionSet.selections ?? [];
  const [first] = fields;
  const field = fields.length === 1 && first?.kind === Kind.FIELD ? first.name.value : '(several)';
  return `${operation?.operation ?? 'query'} ${field}`;
}

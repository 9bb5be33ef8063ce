import { type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';

import type { Metrics } from '../kernel/runtime/metrics.ts';
import { tracedIn } from '../kernel/runtime/tracing.ts';
import { isStream } from './stream.ts';
import type { SubgraphExecute } from './subgraph-execute.ts';

/** The same, with each call of a subgraph timed, counted, and a step of its operation's trace. */
export function observedSubgraphs(execute: SubgraphExecute, metrics: Metrics): SubgraphExecute {
  const duration = metrics.histogram({
    name: 'subgraph_request_duration_seconds',
    help: 'Time of the parts of operations that the gateway asked a subgraph for.',
    labels: ['subgraph', 'kind', 'outcome'],
  });
  return (subgraph, planned) => {
    const kind = planned.operationType ?? getOperationAST(planned.document, planned.operationName)?.operation ?? OperationTypeNode.QUERY;
    const started = performance.now();
    const step = { name: `subgraph ${subgraph} ${kind}`, kind: 'client', attributes: { 'hub.subgraph': subgraph } } as const;
    return tracedIn(planned.context?.traceparent, step, async (notes) => {
      const result = await execute(subgraph, planned);
      const failure = failureOf(result);
      duration.observe({ subgraph, kind, outcome: failure ?? 'ok' }, (performance.now() - started) / 1_000);
      if (failure) notes.failed(failure);
      return result;
    });
  };
}

/** Away and late are the subgraph's; any other error may be the client's as well. */
function failureOf(result: Awaited<ReturnType<SubgraphExecute>>): string | null {
  if (isStream<ExecutionResult>(result) || !result.errors?.length) return null;
  const codes = result.errors.map(({ extensions }) => extensions['code']);
  return codes.find((code) => code === 'SUBGRAPH_UNAVAILABLE' || code === 'SUBGRAPH_TIMEOUT')?.toString() ?? 'error';
}

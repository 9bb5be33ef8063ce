import type { UnifiedGraphHandler } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler as planInRust } from '@graphql-hive/router-runtime';
import type { ExecutionResult, GraphQLError } from 'graphql';

import { isStream, mapStream } from './stream.ts';

/** Runs one operation of a plan on one subgraph. */
type OnSubgraphExecute = Parameters<UnifiedGraphHandler>[0]['onSubgraphExecute'];

/**
 * Hive's planner in Rust, which hands each operation of a plan straight to `onSubgraphExecute`, past Hive's own hooks and loggers.
 *
 * It also puts right one fault of router-runtime 1.4.23: all events of a subscription run in one execution context, so the error list
 * of that context goes out with every later event, growing for ever. Each event gets a list of its own here. The other half of the fix
 * is `singleEvents` in gateway.ts; test/gateway/rust-planner.test.ts has a test for each symptom.
 */
export function createRustPlanner(onSubgraphExecute: OnSubgraphExecute): UnifiedGraphHandler {
  return async (options) => {
    const handled = await planInRust({ ...options, onSubgraphExecute });
    const { executor } = handled;
    if (!executor) throw new Error('the Rust planner gave no executor');
    return {
      ...handled,
      executor: async (request) => {
        const result: unknown = await executor(request);
        return isStream<ExecutionResult>(result) ? mapStream(result, withOwnErrors) : result;
      },
    } as typeof handled; // The executor's generic result type cannot be written down from outside.
  };
}

function withOwnErrors(event: ExecutionResult): ExecutionResult {
  if (!event.errors?.length) return event;
  const shared = event.errors as GraphQLError[]; // The planner's own array, which it hands out again with the next event.
  const errors = shared.splice(0);
  return { ...event, data: event.data ?? null, errors };
}

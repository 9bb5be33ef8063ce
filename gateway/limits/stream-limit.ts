import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import type { ExecutionArgs, ExecutionResult } from 'graphql';

import { requestError } from '../../kernel/runtime/graphql/errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { isStream, mapStream } from '../stream.ts';

type Subscribe = (
  args: ExecutionArgs,
) => ExecutionResult | AsyncIterable<ExecutionResult> | Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;

/** How many streams each key may have open at one gateway process: STREAM_LIMIT for one more, before anything of it is opened. */
export function limitStreams({ streamsPerKeyMax = Infinity }: { readonly streamsPerKeyMax?: number }): GatewayPlugin<GatewayContext> {
  const open = new Map<string, number>();

  const begin = (key: string) => open.set(key, (open.get(key) ?? 0) + 1);
  const end = (key: string) => {
    const left = (open.get(key) ?? 0) - 1;
    if (left > 0) open.set(key, left);
    else open.delete(key);
  };

  function counted(subscribe: Subscribe): Subscribe {
    return async (args) => {
      const { budgetKey } = args.contextValue as GatewayContext; // What the hosts put there.
      if ((open.get(budgetKey) ?? 0) >= streamsPerKeyMax) return { errors: [tooMany(streamsPerKeyMax)] };
      begin(budgetKey);
      let result: Awaited<ReturnType<Subscribe>> | undefined;
      try {
        result = await subscribe(args);
      } finally {
        if (!isStream(result)) end(budgetKey);
      }
      return isStream<ExecutionResult>(result) ? mapStream(result, { change: (event) => event, over: () => end(budgetKey) }) : result;
    };
  }

  return {
    onSubscribe: ({ subscribeFn, setSubscribeFn }) => setSubscribeFn(counted(subscribeFn as Subscribe) as typeof subscribeFn), // Envelop types both as any function.
  };
}

function tooMany(max: number) {
  return requestError('STREAM_LIMIT', `A key has at most ${max} streams open.`, { retryable: true, max });
}

import { z } from 'zod';

import { answer, type ActorAnswer } from './http-server.ts';

/** Ways in which a receiver may check test callbacks wrongly: not their signatures, not their age, or as if the hub never came again. */
export const WRONG_CHECKS = ['trust-anyone', 'trust-any-time', 'refuse-repeats'] as const;

/** How an actor is told to answer. `lose-answer` does everything that `accept` does and then cuts the connection. */
export const BEHAVIOURS = ['accept', 'refuse', 'fail', 'delay', 'hang', 'lose-answer', ...WRONG_CHECKS] as const;

const SAID_LENGTH_MAX = 10_000;

const orderSchema = z.object({
  /**
   * A callback type (`pay-in`, `merchant-pay-in`, `pay-out`, `credit`, `reject-notice`, `expiration`, `alias-updated`,
   * `link-creditor`, `receiver-data`, `pay-request`, `gross-settlement`, `return-request`, `merchant-pay-out`, `callback-test`), `consent` for the customer who is asked
   * for it, `return` for what a bank does about a return that it is asked for, `settlement` for what a bank does about a register that it owes,
   * `reconciliation` for its comparing of books afterwards, or `*` for all.
   */
  callback: z.string().default('*'),
  behave: z.enum(BEHAVIOURS),
  status: z.number().int().min(200).max(599).optional(),
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** The body of a refusal or failure, as it is, in place of the sandbox's own words. */
  said: z.string().max(SAID_LENGTH_MAX).optional(),
  /** How many callbacks it holds for; without it, until the next order or a reset. */
  times: z.number().int().positive().optional(),
});

/** Money is never played with: what checks wrongly does so with tests alone. */
export const behaviourOrderSchema = orderSchema.refine(
  ({ callback, behave }) => callback === 'callback-test' || !WRONG_CHECKS.some((wrong) => wrong === behave),
  { message: 'this is for callback-test alone', path: ['behave'] },
);
export type BehaviourOrder = z.infer<typeof behaviourOrderSchema>;

export interface Behaviour {
  readonly behave: (typeof BEHAVIOURS)[number];
  readonly status: number;
  readonly delayMs: number;
  readonly said?: string | undefined;
}

const DEFAULT_STATUS: Record<(typeof BEHAVIOURS)[number], number> = {
  accept: 200,
  refuse: 400,
  fail: 500,
  delay: 200,
  hang: 200,
  'lose-answer': 200,
  'trust-anyone': 200,
  'trust-any-time': 200,
  'refuse-repeats': 200,
};

export interface BehaviourBook {
  order(order: BehaviourOrder): void;
  /** What to do with this callback; counts it against `times`. */
  next(callback: string): Behaviour;
  clear(): void;
}

/** Orders for one callback type go before orders for all; the newest order of a kind replaces the one before it. */
export function createBehaviourBook(): BehaviourBook {
  const orders = new Map<string, { readonly behaviour: Behaviour; left: number }>();
  return {
    order({ callback, behave, status, delayMs, said, times }) {
      const behaviour = { behave, status: status ?? DEFAULT_STATUS[behave], delayMs: delayMs ?? (behave === 'delay' ? 1000 : 0), said };
      orders.set(callback, { behaviour, left: times ?? Number.POSITIVE_INFINITY });
    },
    next(callback) {
      for (const key of [callback, '*']) {
        const order = orders.get(key);
        if (!order) continue;
        order.left -= 1;
        if (order.left <= 0) orders.delete(key);
        return order.behaviour;
      }
      return { behave: 'accept', status: DEFAULT_STATUS.accept, delayMs: 0 };
    },
    clear: () => orders.clear(),
  };
}

/**
 * Answers as ordered. `work` is what an honest actor does with the callback, and its answer; `refuse` and `fail` do not do it,
 * `lose-answer` does it and cuts the connection, `hang` does nothing and leaves the caller waiting until it gives up.
 */
export async function answerAs(
  behaviour: Behaviour,
  work: () => Promise<ActorAnswer>,
  pause: (milliseconds: number) => Promise<void>,
): Promise<ActorAnswer> {
  switch (behaviour.behave) {
    case 'accept':
    // Of these three `work` is told.
    case 'trust-anyone':
    case 'trust-any-time':
    case 'refuse-repeats':
      return work();
    case 'delay':
      await pause(behaviour.delayMs);
      return work();
    case 'refuse':
    case 'fail':
      return answer(behaviour.status, behaviour.said ?? { error: `the sandbox was told to ${behaviour.behave}` });
    case 'lose-answer':
      return { ...(await work()), answered: 'lost' };
    case 'hang':
      return { status: 0, body: null, answered: 'never' };
    default:
      return behaviour.behave satisfies never;
  }
}

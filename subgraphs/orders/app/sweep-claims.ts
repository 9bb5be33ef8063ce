import { addMilliseconds } from '../../../kernel/core/time.ts';
import type { CallbackMaker } from './change-order.ts';
import type { ClaimOutcomes, ClaimSweepStore, Clocks, SilentClaim, Transaction } from './ports.ts';
import { recordPaymentOutcomes, type PaymentOutcome } from './record-payment-outcomes.ts';

/** How long a claim may stay silent before payments is asked about it, and how long until it is asked again. */
export const CLAIM_CHECK_AFTER_MS = 120_000;
export const CLAIM_SWEEP_BATCH_MAX = 50;

/** The reject reason when payments has none: it wrote a tombstone for a payment that never came. */
const ABANDONED = 'CLAIM_ABANDONED';

export interface ClaimSweepReport {
  readonly taken: number;
  readonly recorded: number;
  /** Claims for which there was no usable answer. They are asked about again, and never released without one. */
  readonly failed: readonly { readonly claim: SilentClaim; readonly error: unknown }[];
}

/** Asks payments about claims that have been silent for too long, outside any transaction, and records what it says as the event would. */
export async function sweepClaims(deps: {
  readonly claims: ClaimSweepStore;
  readonly outcomes: ClaimOutcomes;
  readonly transaction: Transaction;
  readonly clocks: Clocks;
  readonly callbackFor: CallbackMaker;
}): Promise<ClaimSweepReport> {
  const now = deps.clocks.wall.now();
  const taken = await deps.claims.takeSilentClaims(now, addMilliseconds(now, CLAIM_CHECK_AFTER_MS), CLAIM_SWEEP_BATCH_MAX);
  const answers = await Promise.all(
    taken.map(async (claim) => {
      try {
        const outcome = outcomeOf(claim, await deps.outcomes.ask(claim));
        // One transaction each: a contradiction about one order must not hold up the others.
        if (outcome) await deps.transaction((orders) => recordPaymentOutcomes({ ...deps, orders }, [outcome]));
        return { claim, recorded: outcome !== null };
      } catch (error) {
        return { claim, recorded: false, error };
      }
    }),
  );
  return {
    taken: taken.length,
    recorded: answers.filter((answer) => answer.recorded).length,
    failed: answers.flatMap(({ claim, error }) => (error === undefined ? [] : [{ claim, error }])),
  };
}

function outcomeOf(claim: SilentClaim, answer: Awaited<ReturnType<ClaimOutcomes['ask']>>): PaymentOutcome | null {
  const { orderId, paymentGuid } = claim;
  switch (answer.state) {
    case 'PENDING':
      return null;
    case 'SUCCESS':
      return { state: 'SUCCESS', orderId, paymentGuid };
    case 'REJECT':
      return { state: 'REJECT', orderId, paymentGuid, reason: answer.reason ?? ABANDONED };
    default:
      return answer.state satisfies never;
  }
}

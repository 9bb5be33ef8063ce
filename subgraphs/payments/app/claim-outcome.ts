import { type PaymentGuid, UNKNOWN_PAYMENT } from '../domain/payment.ts';
import type { KillSwitch } from './kill-points.ts';
import type { KnownMessage, PaymentStore, StepTools } from './ports.ts';
import { prepareStep } from './prepare-step.ts';
import { rejectReason } from './reason-text.ts';

export interface ClaimOutcomeDeps {
  readonly store: PaymentStore;
  readonly tools: StepTools;
  readonly kill: KillSwitch;
}

export interface ClaimOutcome {
  readonly state: 'PENDING' | 'SUCCESS' | 'REJECT';
  /** In the words of the event that tells of it, so that whoever hears first says the same. */
  readonly reason: string | null;
}

/**
 * What became of a claim. For a guid that is not in the record it writes a tombstone under the same key first, so that a message that
 * comes later cannot become PENDING; only then does it say REJECT, and orders may let the order go.
 */
export function createClaimOutcome(deps: ClaimOutcomeDeps): (guid: PaymentGuid) => Promise<ClaimOutcome> {
  return async (guid) => {
    const known = await deps.store.known(guid);
    if (known) return await outcomeOf(deps, guid, known);
    const at = deps.tools.clock.now();
    const prepared = await prepareStep(deps.tools, {
      guid,
      before: { payment: UNKNOWN_PAYMENT, version: 0, eventVersion: 0 },
      command: { type: 'abandon-claim', atMs: at.getTime() },
      at,
      source: null,
    });
    if (!prepared.ok || !prepared.value) throw new Error('a claim without a payment can always be given up');
    const saved = await deps.store.save(prepared.value);
    if (saved.kind === 'saved') await deps.kill('after-tombstone');
    const now = await deps.store.known(guid);
    if (!now) throw new Error(`the tombstone of ${guid} is not in the record`);
    return await outcomeOf(deps, guid, now);
  };
}

async function outcomeOf(deps: ClaimOutcomeDeps, guid: PaymentGuid, known: KnownMessage): Promise<ClaimOutcome> {
  switch (known.state) {
    case 'TOMBSTONE':
    case 'REJECT': {
      const stored = await deps.store.load(guid);
      return { state: 'REJECT', reason: stored && rejectReason(stored.payment) };
    }
    case 'PENDING':
    case 'SUCCESS':
      return { state: known.state, reason: null };
    default:
      return known.state satisfies never;
  }
}

import type { Instant } from '../../../kernel/core/time.ts';
import type { AliasAccount } from '../domain/alias.ts';
import type { Clock } from './ports.ts';

/** Whoever wants to know where a number leads: a payer's bank, for the payer's account. */
export interface Asking {
  readonly bankGuid: string;
  readonly debtorAccount: string;
}

export type PaidLookUp = Asking;

export type LookUpOutcome =
  | { readonly kind: 'found'; readonly account: AliasAccount }
  | { readonly kind: 'unknown' }
  /** Nothing was looked up: the bank or the account has asked for too much. */
  | { readonly kind: 'limited'; readonly waitMs: number };

/** What a bank or an account may still ask. */
export interface LookUpLevel {
  readonly bankGuid: string;
  /** Null: of everything that the bank asks. */
  readonly account: string | null;
  /** Below zero: in debt. */
  readonly tokens: number;
  readonly fullAt: Instant;
}

export interface LookUps {
  /** Looks where a number leads and charges both buckets for it, in one durable step, or refuses and charges neither. */
  take(o: { readonly phone: string; readonly askedBy: Asking; readonly at: Instant }): Promise<LookUpOutcome>;
  /** The buckets that are not full, those first that will be full last. */
  emptiest(at: Instant): Promise<readonly LookUpLevel[]>;
  /** Removes some buckets that have long been full; whether there may be more. */
  forgetFull(at: Instant): Promise<boolean>;
}

export interface LookUpDeps {
  readonly lookUps: LookUps;
  readonly clock: Clock;
  /** Counts how look-ups ended. */
  readonly observe: (outcome: LookUpOutcome['kind']) => void;
}

/** Where a number leads, for payments, within the limits of whoever asks. Wall-clock time: the sandbox's clock lifts no limit. */
export async function lookUpAccount(
  { lookUps, clock, observe }: LookUpDeps,
  request: { readonly phone: string; readonly askedBy: Asking },
): Promise<LookUpOutcome> {
  const outcome = await lookUps.take({ ...request, at: clock.now() });
  observe(outcome.kind);
  return outcome;
}

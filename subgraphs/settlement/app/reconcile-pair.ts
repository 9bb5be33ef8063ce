import { isUuid } from '../../../kernel/core/ids.ts';
import type { Currency, Money } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import {
  PREFIX,
  RANGE_PAYMENTS_MAX,
  RANGES_PER_REQUEST_MAX,
  type RangeSummary,
  type ReconciledPayment,
} from '../../../protocol/reconciliation.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { DayState } from '../domain/business-day.ts';
import type { Pair } from '../domain/register-plan.ts';
import { isParty } from '../domain/register.ts';

/** The payments of one direction of a pair on the days of a period. */
export interface ReconciledPeriod extends Pair {
  readonly from: BusinessDay;
  readonly to: BusinessDay;
}

/** A reconciled period in sum. */
export interface PeriodTotals {
  readonly count: number;
  readonly amount: Money;
}

/** Part of a period, by a prefix of the payments' guids: listed where it has few payments, else in parts (protocol/reconciliation.ts). */
export interface PairRange extends RangeSummary {
  readonly parts: readonly RangeSummary[];
  readonly payments: readonly (ReconciledPayment & { readonly currency: Currency })[];
}

/** Reads what is booked, as it is compared. */
export interface ReconciliationReads {
  totals(period: ReconciledPeriod): Promise<PeriodTotals>;
  /** In the order of the prefixes, each a valid one. */
  ranges(
    period: ReconciledPeriod,
    o: { readonly prefixes: readonly string[]; readonly paymentsMax: number },
  ): Promise<readonly PairRange[]>;
}

/**
 * The period, for one of its banks or operations, once its last day is closed; null for everybody else and until then. A period that cannot change any more
 * can be compared in as many questions as it takes.
 */
export async function visiblePeriod(
  dayState: (day: BusinessDay) => Promise<DayState | null>,
  caller: Caller,
  period: ReconciledPeriod,
): Promise<ReconciledPeriod | null> {
  const { debtorBankGuid, creditorBankGuid, from, to } = period;
  const own = caller.kind === 'operations' || (caller.kind === 'bank' && isParty(period, caller.bankGuid));
  if (!own || from > to || !isUuid(debtorBankGuid) || !isUuid(creditorBankGuid)) return null;
  // Days close in their order.
  return (await dayState(to)) === 'CLOSED' ? period : null;
}

/** Ranges of a visible period. RANGES_INVALID: too many of them, or one that is no prefix of a guid. */
export async function rangesOf(
  reads: ReconciliationReads,
  period: ReconciledPeriod,
  prefixes: readonly string[],
): Promise<Result<readonly PairRange[], { readonly code: 'RANGES_INVALID' }>> {
  const good = prefixes.length <= RANGES_PER_REQUEST_MAX && prefixes.every((prefix) => PREFIX.test(prefix));
  if (!good) return fail({ code: 'RANGES_INVALID' });
  return ok(await reads.ranges(period, { prefixes: [...new Set(prefixes)], paymentsMax: RANGE_PAYMENTS_MAX }));
}

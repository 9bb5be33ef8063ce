import type { BusinessDay } from '../../../kernel/core/time.ts';

/** A return is never charged, so nobody agrees on a fee for one. */
export const FEE_KINDS = ['trade', 'p2p'] as const;
export type FeeKind = (typeof FEE_KINDS)[number];

/** Rates are millionths: 2500 is 0.25 %. */
export const RATE_UNIT = 1_000_000n;

/**
 * What two banks agreed on for payments of one kind in one direction: the initiator bank keeps this from what it pays. A rule holds from its
 * first day until its last, or until the next rule of the same pair and kind begins.
 */
export interface FeeRule {
  readonly id: string;
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly kind: FeeKind;
  /** Millionths of the amount. */
  readonly rate: bigint;
  readonly fixedMinor: bigint;
  readonly minMinor: bigint;
  /** Null for none. */
  readonly maxMinor: bigint | null;
  readonly validFrom: BusinessDay;
  /** The last day; null for no end. */
  readonly validUntil: BusinessDay | null;
}

/** What a payment is charged: the rate that it was charged at, and the amount that is kept back. */
export interface Fee {
  readonly rate: bigint;
  readonly minor: bigint;
}

export const NO_FEE: Fee = { rate: 0n, minor: 0n };

interface Charged {
  readonly pmType: FeeKind | 'return';
  readonly initiatorBankGuid: string;
  readonly receiverBankGuid: string;
}

/**
 * Finds the rule for a payment on the day of its success: of the rules of its banks and kind that have begun, the one that began last, if it has not
 * ended.
 */
export function createFeeTable(rules: readonly FeeRule[]): (payment: Charged, day: BusinessDay) => FeeRule | null {
  const latestFirst = rules.toSorted((one, other) => (one.validFrom > other.validFrom ? -1 : 1));
  const byPair = Map.groupBy(latestFirst, (rule) => [rule.kind, rule.debtorBankGuid, rule.creditorBankGuid].join('|'));
  return ({ pmType, initiatorBankGuid, receiverBankGuid }, day) => {
    const begun = byPair.get([pmType, initiatorBankGuid, receiverBankGuid].join('|'))?.find((rule) => rule.validFrom <= day);
    return begun && (begun.validUntil === null || begun.validUntil >= day) ? begun : null;
  };
}

/**
 * The fee of an amount: rate and fixed part together, then not less than the minimum and not more than the maximum. The part by rate is rounded
 * to the nearest kopiyka, halves up. A fee leaves at least one kopiyka to pay.
 */
export function feeOf(amountMinor: bigint, rule: FeeRule | null): Fee {
  if (rule === null) return NO_FEE;
  const byRate = (amountMinor * rule.rate * 2n + RATE_UNIT) / (RATE_UNIT * 2n);
  const asked = atLeast(byRate + rule.fixedMinor, rule.minMinor);
  const minor = atMost(rule.maxMinor === null ? asked : atMost(asked, rule.maxMinor), amountMinor - 1n);
  return { rate: rule.rate, minor };
}

/** `2500n` as `0.2500`, per cent with four decimals: how registers print a rate. */
export function percentOfRate(rate: bigint): string {
  const digits = rate.toString().padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

const atLeast = (value: bigint, least: bigint): bigint => (value < least ? least : value);
const atMost = (value: bigint, most: bigint): bigint => (value > most ? most : value);

export type FeeRuleFailure = {
  readonly code: 'FEE_RATE_INVALID' | 'FEE_AMOUNT_INVALID' | 'FEE_LIMITS_INVALID' | 'FEE_DAYS_INVALID' | 'FEE_BANKS_INVALID';
};

/** Why a rule cannot be agreed on, or null. It begins today at the earliest: what was booked keeps its fee. */
export function feeRuleProblem(rule: Omit<FeeRule, 'id'>, today: BusinessDay): FeeRuleFailure['code'] | null {
  if (rule.rate < 0n || rule.rate > RATE_UNIT) return 'FEE_RATE_INVALID';
  if (rule.fixedMinor < 0n || rule.minMinor < 0n) return 'FEE_AMOUNT_INVALID';
  if (rule.maxMinor !== null && rule.maxMinor < rule.minMinor) return 'FEE_LIMITS_INVALID';
  if (rule.validFrom < today || (rule.validUntil !== null && rule.validUntil < rule.validFrom)) return 'FEE_DAYS_INVALID';
  return null;
}

import { fail, ok, type Result } from './result.ts';

/** ISO 4217 codes that the hub carries. Every one of them has two decimals, which the functions below rely on. */
export const CURRENCIES = ['UAH'] as const;
export type Currency = (typeof CURRENCIES)[number];

/** An amount in minor units (kopiykas). Never a float, never without its currency. */
export type Money = { readonly minor: bigint; readonly currency: Currency };

/** The largest amount a JSON number can carry exactly to the kopiyka: 2^53 - 1 minor units. */
export const MINOR_MAX = 9_007_199_254_740_991n;

export type AmountFailure = { readonly code: 'AMOUNT_SYNTAX' | 'AMOUNT_NOT_POSITIVE' | 'AMOUNT_TOO_LARGE' };

const DECIMAL = /^(?<whole>0|[1-9]\d*)(?:\.(?<cents>\d{1,2}))?$/;

/**
 * Reads the source text of a JSON number as minor units: at most two decimals, no exponent, no sign, positive,
 * and small enough that a double holds it exactly.
 */
export function minorFromDecimal(text: string): Result<bigint, AmountFailure> {
  const match = DECIMAL.exec(text);
  if (!match?.groups) return fail({ code: 'AMOUNT_SYNTAX' });
  const minor = BigInt(match.groups['whole'] ?? '0') * 100n + BigInt((match.groups['cents'] ?? '').padEnd(2, '0'));
  if (minor === 0n) return fail({ code: 'AMOUNT_NOT_POSITIVE' });
  if (minor > MINOR_MAX) return fail({ code: 'AMOUNT_TOO_LARGE' });
  return ok(minor);
}

/** `150075n` as `1500.75`: the form that people and GraphQL's `Money.decimal` read. Always two decimals. */
export function decimalFromMinor(minor: bigint): string {
  const sign = minor < 0n ? '-' : '';
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * The JSON number of the guide's wire messages (`5`, `1500.75`). Exact for amounts up to MINOR_MAX, because the shortest
 * decimal that gives this double back has at most two decimals there.
 */
export function wireNumberFromMinor(minor: bigint): number {
  return Number(decimalFromMinor(minor));
}

import { CURRENCIES, minorFromDecimal, type Currency, type Money } from '../kernel/core/money.ts';
import { fail, ok, type Result } from '../kernel/core/result.ts';
import type { JsonValue, StrictJson } from './strict-json.ts';

/** Limits of texts on the wire, in characters (UTF-16 units). */
export const JTI_LENGTH_MAX = 128;
export const EXTERNAL_ID_LENGTH_MAX = 128;
export const REF_LENGTH_MAX = 64;
export const MERCHANT_UID_LENGTH_MAX = 64;
/** What the payment systems of Ukraine carry as purpose of a payment. */
export const PURPOSE_LENGTH_MAX = 420;
export const NAME_LENGTH_MAX = 140;
export const URL_LENGTH_MAX = 2048;

const CONTROL_CHARACTER = /\p{Cc}/u;
const CURRENCY = /^[A-Z]{3}$/;

/** True for a text of 1 to `lengthMax` characters without control characters that is not only blanks. */
export function isText(value: JsonValue | undefined, lengthMax: number): value is string {
  return typeof value === 'string' && value.length <= lengthMax && value.trim() !== '' && !CONTROL_CHARACTER.test(value);
}

/** Reads an amount from the source text of its JSON number, and its currency. */
export function readMoney(
  json: StrictJson,
  amountPath: string,
  currency: JsonValue | undefined,
): Result<Money, { readonly code: 'INVALID_AMOUNT' | 'INVALID_CURRENCY' | 'UNSUPPORTED_CURRENCY' }> {
  const minor = minorFromDecimal(json.numberText(amountPath) ?? '');
  if (!minor.ok) return fail({ code: 'INVALID_AMOUNT' });
  if (typeof currency !== 'string' || !CURRENCY.test(currency)) return fail({ code: 'INVALID_CURRENCY' });
  const supported: Currency | undefined = CURRENCIES.find((candidate) => candidate === currency);
  if (supported === undefined) return fail({ code: 'UNSUPPORTED_CURRENCY' });
  return ok({ minor: minor.value, currency: supported });
}

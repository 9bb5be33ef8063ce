import { type Money, wireNumberFromMinor } from '../kernel/core/money.ts';
import { fail, ok, type Result } from '../kernel/core/result.ts';
import { isBankCode } from './bic.ts';
import type { ErrorCode } from './errors.ts';
import { isUkrainianIban } from './iban.ts';
import { isJsonObject, type JsonValue } from './strict-json.ts';
import type { ReadToken } from './token.ts';
import {
  isText,
  MERCHANT_UID_LENGTH_MAX,
  NAME_LENGTH_MAX,
  PURPOSE_LENGTH_MAX,
  readMoney,
  REF_LENGTH_MAX,
  URL_LENGTH_MAX,
} from './wire-fields.ts';

/** How far `iat` may be from the hub's clock when an order is seen for the first time. Seconds. */
export const ORDER_IAT_TOLERANCE_SECONDS = 300;
export const ORDER_LIFETIME_MIN_SECONDS = 60;
export const ORDER_LIFETIME_MAX_SECONDS = 30 * 86_400;

/** Eight digits (company), nine or ten (passport card, person), or the old passport: two letters and six digits. */
const TAX_NUMBER = /^(?:\d{8,10}|[А-ЯІЇЄҐ]{2}\d{6})$/;
const MCC = /^\d{1,4}$/;

/** The one the merchant collects for (`fri` in the order, `ultimate_creditor` in callbacks). */
export interface UltimateBeneficiary {
  readonly name: string;
  readonly taxNumber: string;
  readonly iban: string;
  readonly bic: string;
  readonly mcc: number;
}

/** The claims of an order that a merchant signed (guide 6.1, 12.1). */
export interface OrderClaims {
  readonly merchantUid: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly money: Money;
  readonly reference: string;
  readonly purpose: string;
  readonly redirectUrl: string;
  readonly ultimateBeneficiary: UltimateBeneficiary | null;
}

export type OrderClaimsFailureCode = Extract<
  ErrorCode,
  | 'INVALID_SUB'
  | 'INVALID_EXPIRY'
  | 'INVALID_IAT'
  | 'INVALID_AMOUNT'
  | 'INVALID_CURRENCY'
  | 'UNSUPPORTED_CURRENCY'
  | 'INVALID_REF'
  | 'INVALID_PURPOSE'
  | 'INVALID_URL'
  | 'INVALID_BENEFICIARY'
  | 'ORDER_IAT_STALE'
  | 'ORDER_IAT_FUTURE'
>;
export interface OrderClaimsFailure {
  readonly code: OrderClaimsFailureCode;
}

/** Reads an order that the hub has not seen before: form and times. A repeat of a known order is read with `readOrderClaimsForm`. */
export function readOrderClaims(token: ReadToken, now: Date): Result<OrderClaims, OrderClaimsFailure> {
  const claims = readOrderClaimsForm(token);
  return claims.ok ? checkOrderTimes(claims.value, now) : claims;
}

/**
 * Reads the claims of an order, one code each, without looking at the clock: a merchant may repeat an order long after `iat` to learn
 * its id. Whether `sub` is the signer, and `url` an origin that the merchant registered, is for the caller to check.
 */
export function readOrderClaimsForm(token: ReadToken): Result<OrderClaims, OrderClaimsFailure> {
  const { sub, exp, iat, cur, ref, prp, url, fri } = token.claims;
  if (!isText(sub, MERCHANT_UID_LENGTH_MAX)) return fail({ code: 'INVALID_SUB' });
  const expiresAt = readSeconds(exp);
  if (!expiresAt) return fail({ code: 'INVALID_EXPIRY' });
  const issuedAt = readSeconds(iat);
  if (!issuedAt) return fail({ code: 'INVALID_IAT' });
  const money = readMoney(token.payload, 'amt', cur);
  if (!money.ok) return money;
  if (!isText(ref, REF_LENGTH_MAX)) return fail({ code: 'INVALID_REF' });
  if (!isText(prp, PURPOSE_LENGTH_MAX)) return fail({ code: 'INVALID_PURPOSE' });
  if (!isRedirectUrl(url)) return fail({ code: 'INVALID_URL' });
  const ultimateBeneficiary = fri === undefined || fri === null ? null : readBeneficiary(fri);
  if (ultimateBeneficiary === undefined) return fail({ code: 'INVALID_BENEFICIARY' });
  return ok({
    merchantUid: sub,
    issuedAt,
    expiresAt,
    money: money.value,
    reference: ref,
    purpose: prp,
    redirectUrl: url,
    ultimateBeneficiary,
  });
}

/** The times of an order at first sight: `iat` within five minutes of now, `exp` one minute to 30 days ahead. */
export function checkOrderTimes(claims: OrderClaims, now: Date): Result<OrderClaims, OrderClaimsFailure> {
  const age = (now.getTime() - claims.issuedAt.getTime()) / 1000;
  if (age > ORDER_IAT_TOLERANCE_SECONDS) return fail({ code: 'ORDER_IAT_STALE' });
  if (age < -ORDER_IAT_TOLERANCE_SECONDS) return fail({ code: 'ORDER_IAT_FUTURE' });
  return isOrderLifetime(claims.expiresAt, now) ? ok(claims) : fail({ code: 'INVALID_EXPIRY' });
}

/** True when an order made now may expire at this instant: one minute to 30 days ahead. */
export function isOrderLifetime(expiresAt: Date, now: Date): boolean {
  const lifetime = (expiresAt.getTime() - now.getTime()) / 1000;
  return lifetime >= ORDER_LIFETIME_MIN_SECONDS && lifetime <= ORDER_LIFETIME_MAX_SECONDS;
}

/** True for an absolute http(s) address without credentials: a place to send the customer back to. */
export function isRedirectUrl(value: JsonValue | undefined): value is string {
  if (typeof value !== 'string' || value.length > URL_LENGTH_MAX || !URL.canParse(value)) return false;
  const url = new URL(value);
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '';
}

/** The claims in the wire form, for whoever signs an order. */
export function orderClaimsPayload(claims: OrderClaims): Record<string, unknown> {
  const { ultimateBeneficiary: beneficiary } = claims;
  return {
    sub: claims.merchantUid,
    exp: Math.floor(claims.expiresAt.getTime() / 1000),
    iat: Math.floor(claims.issuedAt.getTime() / 1000),
    amt: wireNumberFromMinor(claims.money.minor),
    cur: claims.money.currency,
    ref: claims.reference,
    prp: claims.purpose,
    url: claims.redirectUrl,
    ...(beneficiary ? { fri: wireBeneficiary(beneficiary) } : {}),
  };
}

export interface WireBeneficiary {
  readonly frn: string;
  readonly frc: string;
  readonly fra: string;
  readonly frb: string;
  readonly frm: number;
}

/** The `fri` object of orders and order JSON. */
export function wireBeneficiary(beneficiary: UltimateBeneficiary): WireBeneficiary {
  const { name, taxNumber, iban, bic, mcc } = beneficiary;
  return { frn: name, frc: taxNumber, fra: iban, frb: bic, frm: mcc };
}

function readSeconds(value: JsonValue | undefined): Date | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) return undefined;
  const instant = new Date(value * 1000);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** The `fri` object; undefined when a member is missing or wrong. The category code may be a number or its digits. */
export function readBeneficiary(fri: JsonValue): UltimateBeneficiary | undefined {
  if (!isJsonObject(fri)) return undefined;
  const { frn: name, frc: taxNumber, fra: iban, frb: bic, frm } = fri;
  const mcc = typeof frm === 'number' ? String(frm) : frm;
  if (!isText(name, NAME_LENGTH_MAX) || typeof mcc !== 'string' || !MCC.test(mcc)) return undefined;
  if (typeof taxNumber !== 'string' || !TAX_NUMBER.test(taxNumber)) return undefined;
  if (typeof iban !== 'string' || !isUkrainianIban(iban)) return undefined;
  if (typeof bic !== 'string' || !isBankCode(bic)) return undefined;
  return { name, taxNumber, iban, bic, mcc: Number(mcc) };
}

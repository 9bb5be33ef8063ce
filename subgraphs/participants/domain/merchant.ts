import type { Instant } from '../../../kernel/core/time.ts';
import { failureAt, type FieldFailure } from './field-failure.ts';
import { isName, isTaxNumber } from './text-field.ts';
import { isWebAddress, isWebOrigin, type AddressPolicy } from './web-address.ts';

export const REDIRECT_ORIGINS_MAX = 20;
/** ISO 18245 merchant category codes have four digits. */
const MCC_MAX = 9999;

/** What a merchant says about itself. */
export interface MerchantProfile {
  readonly name: string;
  readonly taxNumber: string;
  /** The account that orders credit, held at the merchant's bank. */
  readonly iban: string;
  /** ISO 18245 merchant category code. */
  readonly mcc: number;
  /** The bank that serves the merchant: the receiver bank of its payments. */
  readonly bankGuid: string;
  readonly callbackUrl: string;
  /** Origins that a customer may be sent back to after paying. */
  readonly redirectOrigins: readonly string[];
  readonly logoUrl: string | null;
}

export interface Merchant extends MerchantProfile {
  readonly uid: string;
  readonly registeredAt: Instant;
}

export const MERCHANT_FAILURE_CODES = [
  'NAME_INVALID',
  'TAX_NUMBER_INVALID',
  'IBAN_INVALID',
  'IBAN_FOREIGN',
  'MCC_INVALID',
  'BANK_NOT_FOUND',
  'CALLBACK_URL_INVALID',
  'REDIRECT_ORIGIN_INVALID',
  'LOGO_URL_INVALID',
] as const;
export type MerchantFailureCode = (typeof MERCHANT_FAILURE_CODES)[number];
export type MerchantFailure = FieldFailure<MerchantFailureCode>;

/** Everything that is wrong with a profile by itself. `ibanBankCode` is null when the account is not an IBAN. */
export function merchantProfileFailures(
  profile: MerchantProfile,
  ibanBankCode: string | null,
  policy: AddressPolicy,
): readonly MerchantFailure[] {
  const failures: MerchantFailure[] = [];
  if (!isName(profile.name)) failures.push(failureAt('NAME_INVALID', 'name'));
  if (!isTaxNumber(profile.taxNumber)) failures.push(failureAt('TAX_NUMBER_INVALID', 'taxNumber'));
  if (ibanBankCode === null) failures.push(failureAt('IBAN_INVALID', 'iban'));
  if (!Number.isInteger(profile.mcc) || profile.mcc < 0 || profile.mcc > MCC_MAX) failures.push(failureAt('MCC_INVALID', 'mcc'));
  if (!isWebAddress(profile.callbackUrl, policy)) failures.push(failureAt('CALLBACK_URL_INVALID', 'callbackUrl'));
  if (profile.redirectOrigins.length > REDIRECT_ORIGINS_MAX) failures.push(failureAt('REDIRECT_ORIGIN_INVALID', 'redirectOrigins'));
  profile.redirectOrigins.forEach((origin, i) => {
    if (!isWebOrigin(origin, policy)) failures.push(failureAt('REDIRECT_ORIGIN_INVALID', 'redirectOrigins', `${i}`));
  });
  if (profile.logoUrl !== null && !isWebAddress(profile.logoUrl, policy)) failures.push(failureAt('LOGO_URL_INVALID', 'logoUrl'));
  return failures;
}

/**
 * The account must be at the merchant's bank: that bank credits it. `ibanBankCode` is null when the account is not an IBAN,
 * `bankCodes` when no bank has that guid.
 */
export function merchantBankFailures(ibanBankCode: string | null, bankCodes: readonly string[] | null): readonly MerchantFailure[] {
  if (bankCodes === null) return [failureAt('BANK_NOT_FOUND', 'bankGuid')];
  return ibanBankCode === null || bankCodes.includes(ibanBankCode) ? [] : [failureAt('IBAN_FOREIGN', 'iban')];
}

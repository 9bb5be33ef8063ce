import type { Instant } from '../../../kernel/core/time.ts';
import { failureAt, type FieldFailure } from './field-failure.ts';
import { isEmail, isName, isTaxNumber, readAppScheme } from './text-field.ts';
import { isWebAddress, type AddressPolicy } from './web-address.ts';

/** The callbacks that a bank can take, each at an address of its own. */
export const BANK_ROUTES = [
  'payIn',
  'payOut',
  'credit',
  'payRequest',
  'aliasUpdated',
  'linkCreditor',
  'receiverData',
  'grossSettlement',
  'returnRequest',
] as const;
export type BankRoute = (typeof BANK_ROUTES)[number];

export const BANK_CODES_MAX = 20;

/** What a bank says about itself. */
export interface BankProfile {
  readonly name: string;
  /** The bank's own six-digit code, which the guide calls BIC. */
  readonly bic: string;
  /** Every bank code whose accounts are this bank's; contains `bic`. */
  readonly bankCodes: readonly string[];
  readonly taxCode: string;
  /** The IBAN that other banks pay gross registers to. */
  readonly chargingAccount: string;
  /** Where registers and reports are mailed. */
  readonly email: string;
  readonly routes: Readonly<Record<BankRoute, string | null>>;
  /** The bare URL scheme of the bank's app, or null for a bank whose customers cannot pay by deep link. */
  readonly appScheme: string | null;
  readonly logoUrl: string | null;
}

export interface Bank extends BankProfile {
  readonly guid: string;
  readonly registeredAt: Instant;
}

/** Readings of the wire's own notations, which the protocol knows how to check. */
export interface BankProfileReadings {
  /** Those of `bic` and `bankCodes` that are no bank codes. */
  readonly malformedCodes: readonly string[];
  /** The bank code inside `chargingAccount`, or null when that is not an IBAN. */
  readonly chargingAccountBankCode: string | null;
}

export const BANK_FAILURE_CODES = [
  'NAME_INVALID',
  'BIC_INVALID',
  'BIC_TAKEN',
  'BANK_CODES_INVALID',
  'BANK_CODES_WITHOUT_BIC',
  'BANK_CODE_TAKEN',
  'TAX_CODE_INVALID',
  'CHARGING_ACCOUNT_INVALID',
  'CHARGING_ACCOUNT_FOREIGN',
  'EMAIL_INVALID',
  'ROUTE_INVALID',
  'APP_SCHEME_INVALID',
  'LOGO_URL_INVALID',
] as const;
export type BankFailureCode = (typeof BANK_FAILURE_CODES)[number];
export type BankFailure = FieldFailure<BankFailureCode>;

/** Everything that is wrong with a profile by itself, all at once, so that whoever registers a bank is not told piece by piece. */
export function bankProfileFailures(profile: BankProfile, readings: BankProfileReadings, policy: AddressPolicy): readonly BankFailure[] {
  const failures: BankFailure[] = [];
  if (!isName(profile.name)) failures.push(failureAt('NAME_INVALID', 'name'));
  if (readings.malformedCodes.includes(profile.bic)) failures.push(failureAt('BIC_INVALID', 'bic'));
  failures.push(...bankCodeFailures(profile, readings));
  if (!isTaxNumber(profile.taxCode)) failures.push(failureAt('TAX_CODE_INVALID', 'taxCode'));
  failures.push(...chargingAccountFailures(profile, readings));
  if (!isEmail(profile.email)) failures.push(failureAt('EMAIL_INVALID', 'email'));
  for (const route of BANK_ROUTES) {
    const address = profile.routes[route];
    if (address !== null && !isWebAddress(address, policy)) failures.push(failureAt('ROUTE_INVALID', 'routes', route));
  }
  if (profile.appScheme !== null && readAppScheme(profile.appScheme) === null) {
    failures.push(failureAt('APP_SCHEME_INVALID', 'appScheme'));
  }
  if (profile.logoUrl !== null && !isWebAddress(profile.logoUrl, policy)) failures.push(failureAt('LOGO_URL_INVALID', 'logoUrl'));
  return failures;
}

/** What the registered banks say about the codes of a new one. */
export function bankCodeConflicts(profile: BankProfile, taken: ReadonlySet<string>): readonly BankFailure[] {
  if (taken.has(profile.bic)) return [failureAt('BIC_TAKEN', 'bic')];
  return profile.bankCodes.flatMap((code, i) => (taken.has(code) ? [failureAt('BANK_CODE_TAKEN', 'bankCodes', `${i}`)] : []));
}

function bankCodeFailures(profile: BankProfile, readings: BankProfileReadings): readonly BankFailure[] {
  const distinct = new Set(profile.bankCodes).size === profile.bankCodes.length;
  const wellFormed = !profile.bankCodes.some((code) => readings.malformedCodes.includes(code));
  if (!distinct || !wellFormed || profile.bankCodes.length > BANK_CODES_MAX) {
    return [failureAt('BANK_CODES_INVALID', 'bankCodes')];
  }
  return profile.bankCodes.includes(profile.bic) ? [] : [failureAt('BANK_CODES_WITHOUT_BIC', 'bankCodes')];
}

function chargingAccountFailures(profile: BankProfile, readings: BankProfileReadings): readonly BankFailure[] {
  const code = readings.chargingAccountBankCode;
  if (code === null) return [failureAt('CHARGING_ACCOUNT_INVALID', 'chargingAccount')];
  return profile.bankCodes.includes(code) ? [] : [failureAt('CHARGING_ACCOUNT_FOREIGN', 'chargingAccount')];
}

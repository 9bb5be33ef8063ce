/** Versions of the structure: 001 plain text, 002 as an address, 003 with locks and validity (NBU Board resolutions 11 of 2021 and 97 of 2025). */
export type NbuQrVersion = '001' | '002' | '003';
/** UCT: a credit transfer, ICT: an instant one, XCT: either, as the payer's bank can. */
export type NbuQrFunction = 'UCT' | 'ICT' | 'XCT';
export type NbuQrEncoding = 'utf-8' | 'windows-1251';

/** What a payer's app may be forbidden to change, with the number of its line, which is also its bit in the lock mask. */
export const LOCKABLE = { name: 6, account: 7, amount: 8, receiverCode: 9, categoryPurpose: 10, purpose: 12, display: 13 } as const;
export type NbuQrLockable = keyof typeof LOCKABLE;

/**
 * A request for a transfer, as an NBU QR code carries it. It only proposes: the payer confirms. Texts that are absent are empty.
 * Times are Kyiv local time as `YYYY-MM-DDTHH:mm:ss`, because the structure names no zone.
 */
export interface NbuQrRequest {
  readonly version: NbuQrVersion;
  readonly function: NbuQrFunction;
  readonly name: string;
  /** IBAN of the receiver. */
  readonly account: string;
  /** In kopiykas; null when the payer says how much. */
  readonly amountMinor: bigint | null;
  /** EDRPOU, tax number or passport number of the receiver. */
  readonly receiverCode: string;
  readonly purpose: string;
  readonly reference: string;
  readonly display: string;
  /** ISO 20022 category and purpose, `CCCC/PPPP`; 003 only, as everything below. */
  readonly categoryPurpose: string;
  readonly uniqueRecipientId: string;
  /** The fields that the payer must not change; null when the code says nothing about it. */
  readonly locked: readonly NbuQrLockable[] | null;
  readonly validUntil: string | null;
  readonly createdAt: string | null;
  readonly signature: string;
}

/** Why a code was not written or not read; `field` names the line when it is about one. */
export interface NbuQrFailure {
  readonly code: 'NOT_NBU_QR' | 'UNSUPPORTED_VERSION' | 'TOO_LONG' | 'INVALID_FIELD';
  readonly field?: string;
}

export const SERVICE_MARK = 'BCD';
export const PREFIXES = { '002': 'https://bank.gov.ua/qr/', '003': 'https://qr.bank.gov.ua/' } as const;
/** The whole code as it is put into the picture, in bytes. */
export const CODE_BYTES_MAX = { '001': 500, '002': 500, '003': 507 } as const;
export const AMOUNT_MINOR_MAX = 99_999_999_999n;

interface TextLimits {
  readonly name: number;
  readonly purpose: number;
  readonly display: number;
}
/** In characters. What we write stays below what secondary sources agree on. */
export const WRITTEN_MAX: Readonly<Record<NbuQrVersion, TextLimits>> = {
  '001': { name: 70, purpose: 140, display: 0 },
  '002': { name: 70, purpose: 140, display: 0 },
  '003': { name: 140, purpose: 280, display: 140 },
};
/** Other writers use lines that were reserved, and the longest purpose that the payment systems carry. */
export const READ_MAX: TextLimits = { name: 140, purpose: 420, display: 140 };
export const REFERENCE_LENGTH_MAX = 35;

export const RECEIVER_CODE = /^[\p{L}\d]{1,10}$/u;
export const CATEGORY_PURPOSE = /^[A-Z]{4}\/[A-Z]{4}$/;
export const FUNCTIONS: readonly NbuQrFunction[] = ['UCT', 'ICT', 'XCT'];

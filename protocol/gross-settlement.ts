import { z } from 'zod';

import { decimalFromMinor, minorFromDecimal } from '../kernel/core/money.ts';
import { fail, ok, type Result } from '../kernel/core/result.ts';
import { callbackHead, callbackHeadSchema, type CallbackIdentity } from './callbacks.ts';
import { isJsonObject, type StrictJson } from './strict-json.ts';
import { EXTERNAL_ID_LENGTH_MAX, isText, PURPOSE_LENGTH_MAX } from './wire-fields.ts';

/** Where a bank reads and settles its registers at the edge. */
export function grossSettlementPath(bankGuid: string): string {
  return `/api/v1/counterparty/${bankGuid}/gross-settlement`;
}

/**
 * The guide's words for a register's state. `Sent (Interbank)` is printed there for payments *inside* one bank, `Sent` for those between two; both are
 * kept as printed.
 */
export const REGISTER_STATUSES = {
  SENT: 'Sent',
  SENT_NO_PM: 'Sent (no PM)',
  SENT_INTRABANK: 'Sent (Interbank)',
  PROCESSING: 'Processing',
  PAID: 'Paid',
} as const;

/** A register without its payments. Amounts are in kopiykas. */
export interface WireRegister {
  readonly number: string;
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly state: keyof typeof REGISTER_STATUSES;
  readonly debtor: { readonly name: string; readonly bic: string };
  readonly creditor: { readonly name: string; readonly bic: string; readonly taxCode: string };
  readonly chargingAccount: string;
  readonly purpose: string;
  readonly totalMinor: bigint;
  readonly feeMinor: bigint;
  readonly currency: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A payment as a register lists it. */
export interface WireRegisterRow {
  readonly externalId: string;
  readonly guid: string;
  /** Unique end-to-end transaction reference of ISO 20022, derived from the guid. */
  readonly uetr: string;
  readonly pmType: string;
  readonly amountMinor: bigint;
  readonly feeMinor: bigint;
  /** Per cent with four decimals. */
  readonly feePercent: string;
  readonly currency: string;
  readonly purpose: string;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly createdAt: Date;
}

/** The members of a register in `gross_settlement_list` (guide 9.2). In registers amounts are strings. */
export function registerHeader(register: WireRegister) {
  const { debtor, creditor, totalMinor, feeMinor } = register;
  return {
    id: register.number,
    debtor_name: debtor.name,
    debtor_bic: debtor.bic,
    creditor_name: creditor.name,
    creditor_bic: creditor.bic,
    creditor_code: creditor.taxCode,
    charging_account: register.chargingAccount,
    purpose: register.purpose,
    period_start: register.day,
    period_end: register.day,
    total_amount: decimalFromMinor(totalMinor),
    total_amount_to_pay: decimalFromMinor(totalMinor - feeMinor),
    total_fee_amount: decimalFromMinor(feeMinor),
    currency: register.currency,
    status: REGISTER_STATUSES[register.state],
    created_at: register.createdAt.toISOString(),
    updated_at: register.updatedAt.toISOString(),
    deleted_at: null,
  };
}

/** The members of a row (guide 9.1), and `uetr`. `issuer_fee` is the rate in per cent, `fee_amount` what was kept back. */
export function registerRow(register: Pick<WireRegister, 'number' | 'debtor' | 'creditor'>, row: WireRegisterRow) {
  return {
    payment_message_external_id: row.externalId,
    payment_message_guid: row.guid,
    uetr: row.uetr,
    pm_type: row.pmType,
    amount: decimalFromMinor(row.amountMinor),
    fee_amount: decimalFromMinor(row.feeMinor),
    amount_to_pay: decimalFromMinor(row.amountMinor - row.feeMinor),
    issuer_fee: row.feePercent,
    currency: row.currency,
    purpose: row.purpose,
    recipient_iban: row.creditorAccount,
    recipient_agent_id: register.creditor.bic,
    debtor_iban: row.debtorAccount,
    debtor_agent_id: register.debtor.bic,
    register_id: register.number,
    created_at: row.createdAt.toISOString(),
  };
}

/** Some of a register's payments, and how many there are. */
export interface RegisterRows {
  readonly rows: readonly WireRegisterRow[];
  readonly offset: number;
  readonly total: number;
  /** The hub's token over the register's payments (register-proof.ts); null for a moment after it was made. */
  readonly seal: string | null;
}

/** A register with payments, as `gross_settlement_by_id` answers it. A long one comes in parts: `payments_offset`, `payments_total`. */
export function registerBody(register: WireRegister, { rows, offset, total, seal }: RegisterRows) {
  return {
    ...registerHeader(register),
    payments: rows.map((row) => registerRow(register, row)),
    payments_offset: offset,
    payments_total: total,
    seal,
  };
}

/** Payload of the callback "Gross_Settlement" (guide 9.1), as JSON text. */
export function grossSettlementPayload(identity: CallbackIdentity, register: WireRegister, rows: RegisterRows): string {
  return JSON.stringify({
    ...callbackHead('gross-settlement', identity),
    ...registerBody(register, rows),
  });
}

const decimal = z.string().regex(/^\d+\.\d{2}$/);
const headerMembers = {
  id: z.string(),
  debtor_name: z.string(),
  debtor_bic: z.string(),
  creditor_name: z.string(),
  creditor_bic: z.string(),
  creditor_code: z.string(),
  charging_account: z.string(),
  purpose: z.string(),
  period_start: z.iso.date(),
  period_end: z.iso.date(),
  total_amount: decimal,
  total_amount_to_pay: decimal,
  total_fee_amount: decimal,
  currency: z.string(),
  status: z.enum(REGISTER_STATUSES),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  deleted_at: z.null(),
};

export const registerRowSchema = z.looseObject({
  payment_message_external_id: z.string(),
  payment_message_guid: z.uuid(),
  uetr: z.uuidv4(),
  pm_type: z.enum(['trade', 'p2p', 'return']),
  amount: decimal,
  fee_amount: decimal,
  amount_to_pay: decimal,
  issuer_fee: z.string(),
  currency: z.string(),
  purpose: z.string(),
  recipient_iban: z.string(),
  recipient_agent_id: z.string(),
  debtor_iban: z.string(),
  debtor_agent_id: z.string(),
  register_id: z.string(),
  created_at: z.iso.datetime(),
});

const bodyMembers = {
  ...headerMembers,
  payments: z.array(registerRowSchema),
  payments_offset: z.number().int(),
  payments_total: z.number().int(),
  /** Absent in what an older hub sent. */
  seal: z.string().nullable().optional(),
};

/** The answer of `gross_settlement_list`, newest first. */
export const registerListSchema = z.array(z.looseObject(headerMembers));
/** The answer of `gross_settlement_by_id`. */
export const registerSchema = z.looseObject(bodyMembers);
/** The callback, as a bank reads it. */
export const grossSettlementSchema = z.looseObject({
  ...callbackHeadSchema('gross-settlement'),
  ...bodyMembers,
});

/** A settlement payment as the body of pay and confirm describes it. Currency and account are as they were written: another one than asked for is wrong. */
export interface WireSettlementPayment {
  readonly externalId: string;
  readonly creditorIban: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly purpose: string;
  readonly creationDate: string;
}

export type SettlementBodyFailure = {
  readonly code:
    | 'BODY_NOT_JSON'
    | 'INVALID_EXTERNAL_ID'
    | 'INVALID_CREDITOR_ACCOUNT'
    | 'INVALID_AMOUNT'
    | 'INVALID_CURRENCY'
    | 'INVALID_PURPOSE'
    | 'INVALID_SETTLEMENT_DATE'
    | 'INVALID_RAIL_STATUS';
};

const SHORT_TEXT_MAX = 64;
const isoDateTime = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** Reads the body of `gross_settlement_pay` (guide 9.4), or of a confirmation but for its status. The amount is read from its source text. */
export function readSettlementPayment(json: StrictJson): Result<WireSettlementPayment, SettlementBodyFailure> {
  const members = json.value;
  if (!isJsonObject(members)) return fail({ code: 'BODY_NOT_JSON' });
  const { payment_message_external_id: externalId, creditor_iban: creditorIban, currency, purpose, creation_date: creationDate } = members;
  if (!isText(externalId, EXTERNAL_ID_LENGTH_MAX)) return fail({ code: 'INVALID_EXTERNAL_ID' });
  if (!isText(creditorIban, SHORT_TEXT_MAX)) return fail({ code: 'INVALID_CREDITOR_ACCOUNT' });
  const amountMinor = readAmount(json.numberText('amount') ?? '');
  if (amountMinor === null) return fail({ code: 'INVALID_AMOUNT' });
  if (!isText(currency, SHORT_TEXT_MAX)) return fail({ code: 'INVALID_CURRENCY' });
  if (!isText(purpose, PURPOSE_LENGTH_MAX)) return fail({ code: 'INVALID_PURPOSE' });
  if (!isText(creationDate, SHORT_TEXT_MAX) || !isoDateTime.safeParse(creationDate).success)
    return fail({ code: 'INVALID_SETTLEMENT_DATE' });
  return ok({ externalId, creditorIban, amountMinor, currency, purpose, creationDate });
}

/** Zero is an amount here, though never the right one. */
function readAmount(text: string): bigint | null {
  const minor = minorFromDecimal(text);
  if (minor.ok) return minor.value;
  return minor.failure.code === 'AMOUNT_NOT_POSITIVE' ? 0n : null;
}

/** Where a bank downloads the settlement payment of a register as pacs.008. */
export function registerTransferPath(bankGuid: string, number: string): string {
  return `${grossSettlementPath(bankGuid)}/${number}/pacs008`;
}

/** Final statuses of ISO 20022 (ExternalPaymentTransactionStatus1Code), and what each means for a register. */
export const RAIL_STATUSES = { ACSC: 'ACCEPTED', ACCC: 'ACCEPTED', RJCT: 'REJECTED', CANC: 'REJECTED' } as const;
export type RailStatus = keyof typeof RAIL_STATUSES;

/** Reads the `status` of a confirmation (guide 9.5). A status that is not final confirms nothing. */
export function readRailStatus(json: StrictJson): Result<RailStatus, SettlementBodyFailure> {
  const status = isJsonObject(json.value) ? json.value['status'] : undefined;
  return typeof status === 'string' && Object.hasOwn(RAIL_STATUSES, status)
    ? ok(status as RailStatus) // One of the keys, as the line above found.
    : fail({ code: 'INVALID_RAIL_STATUS' });
}

/** The guide's answer to pay, confirm and confirm_internal: the value is a string there. */
export const CREATED_ANSWER = { created: 'true' } as const;

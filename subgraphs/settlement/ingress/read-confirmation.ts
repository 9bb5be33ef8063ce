import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { RAIL_STATUSES, readRailStatus, readSettlementPayment } from '../../../protocol/gross-settlement.ts';
import { readPacs002, REPORTED_STATUSES } from '../../../protocol/iso20022/pacs-002.ts';
import type { StrictJson } from '../../../protocol/strict-json.ts';
import type { RailOutcome, ReportedPayment } from '../domain/register.ts';

/** What a bank says about the end of a settlement payment. */
export interface Confirmation {
  readonly payment: ReportedPayment;
  readonly outcome: RailOutcome;
  readonly creationDate: string;
}

/** `path`: where a message of ISO 20022 is not as its structure. */
type ConfirmationFailure = { readonly code: ErrorCode; readonly path?: string };

/** XML begins with a bracket, also behind a byte order mark or white space; nothing else that a bank sends does. */
export function isXml(body: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(body.subarray(0, 64)));
}

/** Reads the rails' own report. One that is not final confirms nothing. */
export function readReport(body: Uint8Array): Result<Confirmation, ConfirmationFailure> {
  const read = readPacs002(body);
  if (!read.ok) return read;
  const { status, createdAt, ...payment } = read.value;
  const outcome = REPORTED_STATUSES[status];
  return outcome === 'PENDING' ? fail({ code: 'RAIL_STATUS_PENDING' }) : ok({ payment, outcome, creationDate: createdAt });
}

/** Reads the guide's body of a confirmation. */
export function readGuideConfirmation(body: StrictJson): Result<Confirmation, ConfirmationFailure> {
  const payment = readSettlementPayment(body);
  if (!payment.ok) return payment;
  const status = readRailStatus(body);
  if (!status.ok) return status;
  return ok({ payment: payment.value, outcome: RAIL_STATUSES[status.value], creationDate: payment.value.creationDate });
}

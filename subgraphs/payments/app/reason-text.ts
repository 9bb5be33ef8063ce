import { isErrorCode } from '../../../protocol/errors.ts';
import { REJECT_REASONS, type RejectReasonCode, rejectReasonText } from '../../../protocol/reject-reasons.ts';

/** The sentence for a stored reject code; the code itself where a newer process has stored one that this one does not know. */
export function reasonText(code: string): string {
  return isErrorCode(code) || isRejectReason(code) ? rejectReasonText(code) : code;
}

function isRejectReason(code: string): code is RejectReasonCode {
  return Object.hasOwn(REJECT_REASONS, code);
}

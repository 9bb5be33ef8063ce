import { isErrorCode } from '../../../protocol/errors.ts';
import { REJECT_REASONS, type RejectReasonCode, rejectReasonText } from '../../../protocol/reject-reasons.ts';
import { CLAIM_ABANDONED, type Payment } from '../domain/payment.ts';

/** Why a payment came to nothing, in the words of its event; null for one that may still succeed or has. */
export function rejectReason(payment: Payment): string | null {
  switch (payment.state) {
    case 'TOMBSTONE':
      return reasonText(CLAIM_ABANDONED);
    case 'REJECT':
      return reasonText(payment.reasonCode);
    case 'UNKNOWN':
    case 'PENDING':
    case 'SUCCESS':
      return null;
    default:
      return payment satisfies never;
  }
}

/** The sentence for a stored reject code; the code itself where a newer process has stored one that this one does not know. */
export function reasonText(code: string): string {
  return isErrorCode(code) || isRejectReason(code) ? rejectReasonText(code) : code;
}

function isRejectReason(code: string): code is RejectReasonCode {
  return Object.hasOwn(REJECT_REASONS, code);
}

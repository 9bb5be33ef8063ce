import { ERROR_CATALOGUE, type ErrorCode, isErrorCode } from './errors.ts';

interface RejectReason {
  /** The `reason` of the Pay-out and of the reject notices; the guide's sentence where it has one. */
  readonly reason: string;
  /** One sentence for the documentation. */
  readonly description: string;
}

/** Why a payment that was accepted became REJECT. */
export const REJECT_REASONS = {
  RECEIVER_BANK_REFUSED: {
    reason: "Payment message is refused by the receiver's bank",
    description: 'The receiver’s bank answered the Pay-in callback with 4xx.',
  },
  RECEIVER_BANK_NO_ANSWER: {
    reason: "No response on the callback from the receiver's bank",
    description: 'The receiver’s bank gave no clear answer to the Pay-in callback until its last try.',
  },
  MERCHANT_REFUSED: {
    reason: 'No response on the callback from the merchant',
    description: 'The merchant answered its Pay-in callback with 4xx; the guide has one sentence for both merchant cases.',
  },
  MERCHANT_NO_ANSWER: {
    reason: 'No response on the callback from the merchant',
    description: 'The merchant gave no clear answer to its Pay-in callback until its last try.',
  },
  KEY_REVOKED: {
    reason: 'The signing key of the payment message was revoked',
    description: 'A message that the edge had promised was signed with a key that the core knows to be revoked.',
  },
  CLAIM_ABANDONED: {
    reason: 'Payment message was not completed in time',
    description: 'The order was claimed for this payment, but the payment was never recorded, and the order was released.',
  },
} as const satisfies Record<string, RejectReason>;
export type RejectReasonCode = keyof typeof REJECT_REASONS;

/** The `reason` of a successful Pay-out: e-commerce, and p2p, which has no merchant. The guide's exact words. */
export const SUCCESS_REASON = "Payment message is approved by the receiver's bank. Merchant is informed by the callback";
export const P2P_SUCCESS_REASON = "Payment message is approved by the receiver's bank";
/** Of a return, whose receiver's bank is that of the first payer. */
export const RETURN_SUCCESS_REASON = 'Return is approved by the bank of the original payer';

/**
 * The sentence for a reject code. Besides the codes above these are the codes of ERROR_CATALOGUE: a promised message that fails a check
 * becomes REJECT with that code, because its sender already has its 202.
 */
export function rejectReasonText(code: RejectReasonCode | ErrorCode): string {
  return isErrorCode(code) ? ERROR_CATALOGUE[code].message : REJECT_REASONS[code].reason;
}

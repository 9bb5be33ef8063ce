import type { Answer, CallbackType, Tries } from './delivery.ts';
import type { PmType } from './payment.ts';

/** What an answer does to the payment and its deliveries. */
export type Effect =
  | 'next' /* the next callback of the flow, strictly serial */
  | 'succeed' /* the point of no return */
  | 'reject'
  | 'done'
  | 'retry'
  | 'review' /* a person decides */
  | 'close'; /* closed as failed, and shown */

/** What one try said, and whether the schedule has another try. */
export interface Try {
  readonly answer: Answer;
  readonly lastTry: boolean;
  /** The tries of the delivery with this one included. */
  readonly tries: Tries;
}

/** Refusals in a row after which a callback behind the point of no return goes to a person. */
const REFUSALS_BEFORE_REVIEW = 2;

/** Pay-out opens the Credit callback when it has its first answer of any kind, and this long after the point of no return at the latest. */
export const CREDIT_WAIT_MS = 15_000;

/** Why a payment was rejected in the cascade. The merchant's text is the guide's. */
export const REJECT_REASONS = {
  'pay-in': {
    REFUSED: { code: 'PAY_IN_REFUSED', reason: "Payment message is refused by the receiver's bank" },
    EXHAUSTED: { code: 'PAY_IN_NOT_ANSWERED', reason: "No response on the callback from the receiver's bank" },
  },
  'merchant-pay-in': {
    REFUSED: { code: 'MERCHANT_REFUSED', reason: 'No response on the callback from the merchant' },
    EXHAUSTED: { code: 'MERCHANT_NOT_ANSWERED', reason: 'No response on the callback from the merchant' },
  },
} as const;

/** The reason that Pay-out and Credit carry after the point of no return, in the guide's words. */
export function successReason(pmType: PmType): string {
  return pmType === 'trade'
    ? "Payment message is approved by the receiver's bank. Merchant is informed by the callback"
    : "Payment message is approved by the receiver's bank";
}

/** The cascade table of the payment rules: what a try of a callback means in a flow. */
export function effectOf(pmType: PmType, callbackType: CallbackType, attempt: Try): Effect {
  switch (callbackType) {
    case 'pay-in':
      return pmType === 'trade' ? beforeTheMerchant(attempt) : creditsTheReceiver(attempt);
    case 'merchant-pay-in':
      return attempt.answer === 'accepted' ? 'succeed' : beforeTheMerchant(attempt);
    case 'pay-out':
    case 'credit':
      return changesNothing(attempt, 'review');
    case 'reject-notice':
      return changesNothing(attempt, 'close');
    default:
      return callbackType satisfies never;
  }
}

/** Nothing has moved yet: a refusal and silence both reject. */
function beforeTheMerchant({ answer, lastTry }: Try): Effect {
  if (answer === 'accepted') return 'next';
  return answer === 'refused' || lastTry ? 'reject' : 'retry';
}

/** A receiver bank of a p2p payment or a return credits on its own 2xx, so after an unknown try only a person can say that it did not. */
function creditsTheReceiver({ answer, lastTry, tries }: Try): Effect {
  if (answer === 'accepted') return 'succeed';
  if (answer === 'refused') return tries.unclearTries === 0 ? 'reject' : 'review';
  return lastTry ? 'review' : 'retry';
}

/** The result stands whatever the receiver says; only how it is told is open. */
function changesNothing({ answer, lastTry, tries }: Try, atTheEnd: 'review' | 'close'): Effect {
  if (answer === 'accepted') return 'done';
  if (lastTry) return atTheEnd;
  return atTheEnd === 'review' && tries.refusedInRow >= REFUSALS_BEFORE_REVIEW ? 'review' : 'retry';
}

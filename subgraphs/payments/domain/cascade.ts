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

/** Why the cascade rejects a payment. The sentences that go with the codes are part of the wire protocol. */
const REJECT_CODES = {
  'pay-in': { refused: 'RECEIVER_BANK_REFUSED', unanswered: 'RECEIVER_BANK_NO_ANSWER' },
  'merchant-pay-in': { refused: 'MERCHANT_REFUSED', unanswered: 'MERCHANT_NO_ANSWER' },
} as const;
type PayInType = keyof typeof REJECT_CODES;
export type CascadeRejectCode = (typeof REJECT_CODES)[PayInType]['refused' | 'unanswered'];

/** The two callbacks that can reject a payment. */
export function isPayIn(callbackType: CallbackType): callbackType is PayInType {
  return Object.hasOwn(REJECT_CODES, callbackType);
}

export function rejectCodeOf(callbackType: PayInType, how: 'refused' | 'unanswered'): CascadeRejectCode {
  return REJECT_CODES[callbackType][how];
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
    case 'merchant-pay-out':
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

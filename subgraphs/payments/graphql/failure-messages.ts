import { userError } from '../../../kernel/runtime/graphql/errors.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { AskFailureCode } from '../app/ask-for-return.ts';
import type { OperationFailureCode } from '../app/operate-delivery.ts';
import type { ParkedAskFailureCode } from '../app/parked-messages.ts';

type PaymentFailure = OperationFailureCode | ParkedAskFailureCode | AskFailureCode;

interface FailureText {
  readonly message: string;
  readonly path?: readonly string[];
  readonly retryable?: boolean;
}

const KEY = ['input', 'idempotencyKey'];
const DELIVERY = ['input', 'deliveryId'];
const PAYMENT = ['input', 'paymentGuid'];
const AMOUNT = ['input', 'amount'];
const REQUEST = ['input', 'returnRequestGuid'];

/** What a mutation of payments can be refused with. Codes of the domain that no mutation can meet have a text all the same. */
const TEXTS: Readonly<Record<PaymentFailure, FailureText>> = {
  OPERATIONS_ONLY: { message: 'Only operations may do this.' },
  DELIVERY_NOT_FOUND: { message: 'There is no such delivery.', path: DELIVERY },
  DELIVERY_NOT_IN_REVIEW: { message: 'The delivery is not in manual review.', path: DELIVERY },
  DELIVERY_ALREADY_RESOLVED: { message: 'Somebody has resolved the delivery in another way.', path: DELIVERY },
  DELIVERY_ALREADY_ANSWERED: { message: 'The receiver has answered meanwhile; its answer counts.', path: DELIVERY },
  OUTCOME_NOT_APPLICABLE: {
    message: 'A Pay-in is ACCEPTED or REFUSED; everything else is DELIVERED_OTHERWISE or ABANDONED.',
    path: ['input', 'outcome'],
  },
  PARKED_MESSAGE_NOT_FOUND: { message: 'There is no such parked message.', path: PAYMENT },
  PARKED_MESSAGE_ALREADY_DECIDED: { message: 'Somebody has decided about the message already.', path: PAYMENT },
  PARKED_MESSAGE_ALREADY_ANSWERED: { message: 'There is a payment of this message meanwhile; it counts.', path: PAYMENT },
  PAYMENT_NOT_FOUND: { message: 'There is no such payment.', path: PAYMENT },
  RETURN_OF_RETURN: { message: 'A return cannot be returned.', path: PAYMENT },
  ORIGINAL_NOT_PAID: { message: 'Only a successful payment can be given back.', path: PAYMENT },
  RETURN_NOT_POSSIBLE: {
    message: 'The payer’s bank takes no payments now, so nothing can be given back to it.',
    path: PAYMENT,
    retryable: true,
  },
  RETURN_AMOUNT_INVALID: { message: 'The amount is positive, in the currency of the payment.', path: AMOUNT },
  RETURN_EXCEEDS_REST: { message: 'The amount is more than what was neither returned nor asked for already.', path: AMOUNT },
  RETURN_REQUEST_NOT_FOUND: { message: 'There is no such return request.', path: REQUEST },
  RETURN_REQUEST_ANSWERED: { message: 'The bank has answered the request with a return already.', path: REQUEST },
  REASON_INVALID: { message: 'The reason has 1 to 500 characters.', path: ['input', 'reason'] },
  IDEMPOTENCY_KEY_INVALID: { message: 'The idempotency key has 1 to 128 characters.', path: KEY },
  IDEMPOTENCY_MISMATCH: { message: 'This idempotency key was used with another input.', path: KEY },
  IDEMPOTENCY_IN_PROGRESS: { message: 'A request with this idempotency key is still running. Ask again.', path: KEY, retryable: true },
};

export const PAYMENT_ERROR_CODES: readonly [string, ...string[]] = [
  'OPERATIONS_ONLY',
  ...Object.keys(TEXTS).filter((code) => code !== 'OPERATIONS_ONLY'),
];

export function failureError({ code }: { readonly code: PaymentFailure }): UserError {
  const { message, ...more } = TEXTS[code];
  return userError(code, message, more);
}

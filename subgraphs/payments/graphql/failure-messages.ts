import { userError } from '../../../kernel/runtime/graphql/errors.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { OperationFailureCode } from '../app/operate-delivery.ts';
import type { ParkedAskFailureCode } from '../app/parked-messages.ts';

type PaymentFailure = OperationFailureCode | ParkedAskFailureCode;

interface FailureText {
  readonly message: string;
  readonly path?: readonly string[];
  readonly retryable?: boolean;
}

const KEY = ['input', 'idempotencyKey'];
const DELIVERY = ['input', 'deliveryId'];
const PARKED = ['input', 'paymentGuid'];

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
  PARKED_MESSAGE_NOT_FOUND: { message: 'There is no such parked message.', path: PARKED },
  PARKED_MESSAGE_ALREADY_DECIDED: { message: 'Somebody has decided about the message already.', path: PARKED },
  PARKED_MESSAGE_ALREADY_ANSWERED: { message: 'There is a payment of this message meanwhile; it counts.', path: PARKED },
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

import { userError } from '../../../kernel/runtime/graphql/errors.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { OrderMutationFailureCode } from '../app/failure-codes.ts';

interface FailureText {
  readonly message: string;
  readonly path?: readonly string[];
  readonly retryable?: boolean;
}

const KEY = ['input', 'idempotencyKey'];

const TEXTS: Readonly<Record<OrderMutationFailureCode, FailureText>> = {
  MERCHANT_ONLY: { message: 'Only a merchant has orders.' },
  IDEMPOTENCY_KEY_INVALID: { message: 'The idempotency key has 1 to 128 characters.', path: KEY },
  IDEMPOTENCY_MISMATCH: { message: 'This idempotency key was used with another input.', path: KEY },
  IDEMPOTENCY_IN_PROGRESS: { message: 'A request with this idempotency key is still running. Ask again.', path: KEY, retryable: true },
  INVALID_AMOUNT: { message: 'The amount is positive and at most 2^53 - 1 minor units.', path: ['input', 'amount', 'minor'] },
  INVALID_REF: { message: 'The reference has 1 to 64 characters and no control characters.', path: ['input', 'reference'] },
  INVALID_PURPOSE: { message: 'The purpose has 1 to 420 characters and no control characters.', path: ['input', 'purpose'] },
  INVALID_URL: {
    message: 'The redirect address is an absolute http(s) address on an origin that the merchant registered.',
    path: ['input', 'redirectUrl'],
  },
  INVALID_EXPIRY: { message: 'The expiry is one minute to 30 days ahead.', path: ['input', 'expiresAt'] },
  INVALID_BENEFICIARY: {
    message: 'The beneficiary needs a name, tax number, IBAN, bank code and category code.',
    path: ['input', 'beneficiary'],
  },
  REF_NOT_UNIQUE: { message: 'The merchant already has an order with this reference and other terms.', path: ['input', 'reference'] },
  MERCHANT_NOT_FOUND: { message: 'The merchant is not known here yet. Ask again in a moment.', retryable: true },
  ORDER_IAT_STALE: { message: 'The order was issued too long ago.' },
  ORDER_IAT_FUTURE: { message: 'The order is from the future.' },
  ORDER_NOT_FOUND: { message: 'There is no such order.', path: ['input', 'orderId'] },
  ORDER_IN_PROGRESS: { message: 'A payment holds the order. It can be canceled when that payment is rejected.', retryable: true },
  ORDER_ALREADY_PAID: { message: 'The order is paid.' },
  ORDER_IS_EXPIRED: { message: 'The order has expired.' },
};

/** Everything that a mutation of orders can be refused with. */
export const ORDER_ERROR_CODES: readonly [string, ...string[]] = [
  'ORDER_NOT_FOUND',
  ...Object.keys(TEXTS).filter((code) => code !== 'ORDER_NOT_FOUND'),
];

export function failureError({ code }: { readonly code: OrderMutationFailureCode }): UserError {
  const { message, ...more } = TEXTS[code];
  return userError(code, message, more);
}

import { userError } from '../../../kernel/runtime/graphql/errors.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { operateRegisterCallback } from '../app/operate-callback.ts';
import type { OperationsFailure } from '../app/operations.ts';

interface FailureText {
  readonly message: string;
  readonly path?: readonly string[];
  readonly retryable?: boolean;
}

const KEY = ['input', 'idempotencyKey'];

const CALLBACK = ['input', 'callbackGuid'];

type FailureCode = (OperationsFailure | CallbackFailure)['code'];
type CallbackFailure = Extract<Awaited<ReturnType<typeof operateRegisterCallback>>, { readonly ok: false }>['failure'];

const TEXTS: Readonly<Record<FailureCode, FailureText>> = {
  OPERATIONS_ONLY: { message: 'Only operations do this here; a bank settles over its own interface.' },
  IDEMPOTENCY_KEY_INVALID: { message: 'The idempotency key has 1 to 128 characters.', path: KEY },
  IDEMPOTENCY_MISMATCH: { message: 'This idempotency key was used with another input.', path: KEY },
  IDEMPOTENCY_IN_PROGRESS: { message: 'A request with this idempotency key is still running. Ask again.', path: KEY, retryable: true },
  INVALID_REASON: { message: 'The reason has 1 to 500 characters.', path: ['input', 'reason'] },
  FEE_RATE_INVALID: { message: 'The rate is between 0 and 1,000,000 millionths.', path: ['input', 'rateMillionths'] },
  FEE_AMOUNT_INVALID: { message: 'Fixed part and minimum are not negative.', path: ['input'] },
  FEE_LIMITS_INVALID: { message: 'The maximum is not below the minimum.', path: ['input', 'max'] },
  FEE_DAYS_INVALID: { message: 'A rule begins today at the earliest and does not end before it begins.', path: ['input', 'validFrom'] },
  FEE_BANKS_INVALID: { message: 'Both banks are registered, by their guids.', path: ['input'] },
  FEE_RULE_EXISTS: { message: 'A rule of this pair and kind begins on that day already.', path: ['input', 'validFrom'] },
  JOB_UNKNOWN: { message: 'There is no such job.', path: ['input', 'name'] },
  DAY_UNKNOWN: { message: 'That day was never open.', path: ['input', 'day'] },
  DAY_OPEN: { message: 'The day has not ended, or waits for payments that are not booked.', path: ['input', 'day'], retryable: true },
  MAIL_NOT_FOUND: { message: 'There is no such mail.', path: ['input', 'mailId'] },
  MAIL_SENT: { message: 'The mail was sent; say `again` to send another copy.', path: ['input', 'again'] },
  MAIL_UNDER_WAY: { message: 'The mail is being sent now.', path: ['input', 'mailId'], retryable: true },
  DELIVERY_NOT_FOUND: { message: 'There is no such callback.', path: CALLBACK },
  DELIVERY_NOT_IN_REVIEW: { message: 'The callback still waits for a try.', path: CALLBACK },
  DELIVERY_ALREADY_RESOLVED: { message: 'Somebody has resolved the callback in another way.', path: CALLBACK },
  DELIVERY_ALREADY_ANSWERED: { message: 'The bank has answered; its answer counts.', path: CALLBACK },
  REGISTER_NOT_FOUND: { message: 'There is no such register.', path: ['input', 'registerId'] },
  REGISTER_EMPTY: { message: 'The register has no payments.' },
  REGISTER_INTERNAL: { message: 'The register is of one bank: nothing goes over the rails that could be rejected.' },
  REGISTER_NOT_PAID: { message: 'Its bank has not said that it has paid.' },
  REGISTER_ALREADY_PAID: { message: 'The register is paid.' },
};

/** Everything that a mutation of settlement can be refused with. */
export const SETTLEMENT_ERROR_CODES: readonly [string, ...string[]] = [
  'OPERATIONS_ONLY',
  ...Object.keys(TEXTS).filter((code) => code !== 'OPERATIONS_ONLY'),
];

export function failureError({ code }: { readonly code: FailureCode }): UserError {
  const { message, ...more } = TEXTS[code];
  return userError(code, message, more);
}

import { userError } from '../../../kernel/runtime/graphql/errors.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { AliasCallbackFailure } from '../app/callbacks.ts';
import type { OperationsFailure } from '../app/operations.ts';

interface FailureText {
  readonly message: string;
  readonly path?: readonly string[];
  readonly retryable?: boolean;
}

const KEY = ['input', 'idempotencyKey'];

const CALLBACK = ['input', 'callbackGuid'];

type FailureCode = OperationsFailure['code'] | AliasCallbackFailure['code'];

const TEXTS: Readonly<Record<FailureCode, FailureText>> = {
  OPERATIONS_ONLY: { message: 'Only operations change aliases here; a bank does it over its own interface.' },
  IDEMPOTENCY_KEY_INVALID: { message: 'The idempotency key has 1 to 128 characters.', path: KEY },
  IDEMPOTENCY_MISMATCH: { message: 'This idempotency key was used with another input.', path: KEY },
  IDEMPOTENCY_IN_PROGRESS: { message: 'A request with this idempotency key is still running. Ask again.', path: KEY, retryable: true },
  INVALID_PHONE: { message: 'The number is a phone number with its country code: +380991234567.', path: ['input', 'phone'] },
  INVALID_ACCOUNT: { message: 'The account is a Ukrainian IBAN of 29 characters with a right checksum.', path: ['input', 'account'] },
  BANK_NOT_FOUND: { message: 'No registered bank has the bank code inside this IBAN.', path: ['input', 'account'] },
  DELIVERY_NOT_FOUND: { message: 'There is no such callback.', path: CALLBACK },
  DELIVERY_NOT_IN_REVIEW: { message: 'The callback still waits for a try.', path: CALLBACK },
  DELIVERY_ALREADY_RESOLVED: { message: 'Somebody has resolved the callback in another way.', path: CALLBACK },
  DELIVERY_ALREADY_ANSWERED: { message: 'The bank has answered; its answer counts.', path: CALLBACK },
  INVALID_REASON: { message: 'The reason has 1 to 500 characters.', path: ['input', 'reason'] },
};

/** Everything that a mutation of aliases can be refused with. */
export const ALIAS_ERROR_CODES: readonly [string, ...string[]] = [
  'OPERATIONS_ONLY',
  ...Object.keys(TEXTS).filter((code) => code !== 'OPERATIONS_ONLY'),
];

export function failureError({ code }: { readonly code: FailureCode }): UserError {
  const { message, ...more } = TEXTS[code];
  return userError(code, message, more);
}

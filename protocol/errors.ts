import { ALIAS_ERRORS } from './errors/alias-errors.ts';
import type { ErrorFamily } from './errors/error-group.ts';
import { ORDER_ERRORS } from './errors/order-errors.ts';
import { P2P_ERRORS } from './errors/p2p-errors.ts';
import { PAYMENT_MESSAGE_ERRORS } from './errors/payment-message-errors.ts';
import { type AUTHENTICATION_ERRORS, type BODY_ERRORS, REQUEST_ERRORS } from './errors/request-errors.ts';
import { RETURN_ERRORS } from './errors/return-errors.ts';
import { SETTLEMENT_ERRORS } from './errors/settlement-errors.ts';

export type { ErrorEntry, ErrorFamily } from './errors/error-group.ts';

/** Every code that a bank or a merchant can read in an answer of the hub. Codes are stable; messages are for people. */
export const ERROR_CATALOGUE = {
  ...REQUEST_ERRORS,
  ...PAYMENT_MESSAGE_ERRORS,
  ...RETURN_ERRORS,
  ...ORDER_ERRORS,
  ...ALIAS_ERRORS,
  ...SETTLEMENT_ERRORS,
  ...P2P_ERRORS,
} as const;
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Why a token was not believed: an authentication code, or what was wrong with the JSON inside. */
export type TokenFailureCode = keyof typeof AUTHENTICATION_ERRORS | keyof typeof BODY_ERRORS | 'BODY_TOO_LARGE';
export interface TokenFailure {
  readonly code: TokenFailureCode;
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code);
}

export interface ErrorAnswer {
  readonly status: number;
  /** JSON-ready: the guide's shape, with `code` always present. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The answer for a code: HTTP status and body in the guide's shape, with `code` always added. `extra` members follow (for the two
 * duplicates: `payment_message_guid`). `family` overrides the shape where an endpoint of another family answers a shared code.
 */
export function errorBody(code: ErrorCode, extra: Readonly<Record<string, unknown>> = {}, family?: ErrorFamily): ErrorAnswer {
  const entry = ERROR_CATALOGUE[code];
  return { status: entry.status, body: { ...shaped(family ?? entry.family, code, entry.message), ...extra } };
}

/**
 * The answer for a code at an endpoint of guide 8: its list of codes has one for every token that is not believed. `token_code` says which of
 * the many it was.
 */
export function p2pErrorBody(code: ErrorCode, extra: Readonly<Record<string, unknown>> = {}): ErrorAnswer {
  const { status, family } = ERROR_CATALOGUE[code];
  if (status === 401 && code !== 'AUTHORIZATION_FAILED') return errorBody('AUTHORIZATION_FAILED', { token_code: code });
  return errorBody(code, extra, status === 409 ? family : 'code-message');
}

function shaped(family: ErrorFamily, code: ErrorCode, message: string): Record<string, string> {
  switch (family) {
    case 'plain':
      return { error: message, code };
    case 'code-message':
      return { code, message };
    case 'description':
      return { error: code, description: message, code };
    default:
      return family satisfies never;
  }
}

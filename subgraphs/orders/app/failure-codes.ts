import type { CancelFailure } from '../domain/decide-order.ts';
import type { OrderCreationFailure } from './create-order.ts';
import type { OrderInputFailure } from './order-input.ts';
import type { IdempotencyFailure } from './ports.ts';

/** MERCHANT_ONLY: the caller has no orders of its own. IDEMPOTENCY_KEY_INVALID: not 1 to 128 characters. */
export type MutationFailure = { readonly code: 'MERCHANT_ONLY' | 'IDEMPOTENCY_KEY_INVALID' } | IdempotencyFailure;
export type OrderCreateFailure = MutationFailure | OrderInputFailure | OrderCreationFailure;
export type OrderCancelFailure = MutationFailure | CancelFailure;
export type OrderMutationFailureCode = (OrderCreateFailure | OrderCancelFailure)['code'];

export const IDEMPOTENCY_KEY_LENGTH_MAX = 128;

export function isIdempotencyKey(key: string): boolean {
  return key.length > 0 && key.length <= IDEMPOTENCY_KEY_LENGTH_MAX;
}

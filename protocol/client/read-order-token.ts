import { fail, ok, type Result } from '../../kernel/core/result.ts';
import type { TokenFailure } from '../errors.ts';
import { type OrderJson, orderJsonSchema } from '../order-answers.ts';
import { readToken } from '../token.ts';
import { checkHubSignature, type HubKeys } from './hub-signature.ts';

/** ORDER_SHAPE: signed by the hub, but not an order that this version knows. ORDER_IS_EXPIRED: `exp` has passed, nothing may be paid. */
export type OrderTokenFailure = TokenFailure | { readonly code: 'ORDER_SHAPE' | 'ORDER_IS_EXPIRED' };

/**
 * Reads the order inside a bank's deep link (guide 12.2): the order JSON as the hub signed it. It is believed only under a key of the
 * hub, and only until its `exp`.
 */
export async function readOrderToken(
  jwt: string,
  o: { readonly hubKeys: HubKeys; readonly now: Date },
): Promise<Result<OrderJson, OrderTokenFailure>> {
  const token = readToken(jwt);
  if (!token.ok) return token;
  const signed = await checkHubSignature(token.value, o.hubKeys);
  if (!signed.ok) return signed;
  const order = orderJsonSchema.safeParse(token.value.claims);
  if (!order.success) return fail({ code: 'ORDER_SHAPE' });
  return order.data.exp * 1000 > o.now.getTime() ? ok(order.data) : fail({ code: 'ORDER_IS_EXPIRED' });
}

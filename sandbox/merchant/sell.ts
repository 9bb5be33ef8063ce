import { z } from 'zod';

import { type HubGraphql, made, mutationPayload } from '../hub-graphql.ts';
import type { Good } from '../world.ts';

/** Somebody buys on the shop's page. Id and time are the page's, of this click: sent twice, it is one order, also when the shop was restarted. */
export interface Purchase {
  readonly good: Good;
  readonly purchaseId: string;
  readonly boughtAt: Date;
  readonly shopUrl: string;
}

/** What the shop's server tells its page: the order, and a credential that reads this order and nothing else. */
export interface Sale {
  readonly orderId: string;
  readonly clientSecret: string;
  readonly publishableKey: string;
}

const ORDER_CREATE = `mutation Sell($input: OrderCreateInput!) {
  orderCreate(input: $input) { order { orderId } clientSecret errors { code message } }
}`;
const LIFETIME_MS = 15 * 60_000;

/** Makes the order as a shop's server does: through GraphQL, as the holder of the secret key that never leaves the server. Fails with the hub's words. */
export async function sell(
  graphql: HubGraphql,
  { publishableKey }: Pick<Sale, 'publishableKey'>,
  { good, purchaseId, boughtAt, shopUrl }: Purchase,
): Promise<Sale> {
  const order = z.object({ orderId: z.string() }).nullable();
  const payload = mutationPayload({ order, clientSecret: z.string().nullable() });
  const input = {
    amount: { minor: String(good.priceMinor), currency: 'UAH' },
    reference: purchaseId,
    purpose: good.title,
    redirectUrl: shopUrl,
    expiresAt: new Date(boughtAt.getTime() + LIFETIME_MS).toISOString(),
    idempotencyKey: purchaseId,
  };
  const { orderCreate } = await graphql(ORDER_CREATE, { input }, z.object({ orderCreate: payload }));
  return {
    orderId: made(orderCreate.order, orderCreate.errors).orderId,
    clientSecret: made(orderCreate.clientSecret, orderCreate.errors),
    publishableKey,
  };
}

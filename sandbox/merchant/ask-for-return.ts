import { z } from 'zod';

import { type HubGraphql, mutationPayload } from '../hub-graphql.ts';

/** What a merchant wants given back; without an amount all that is left. */
export interface ReturnWish {
  readonly paymentGuid: string;
  readonly amountMinor: string | null;
  readonly reason: string;
}

const PAYMENT_RETURN = `mutation ($input: PaymentReturnInput!) {
  paymentReturn(input: $input) { returnRequest { guid status } errors { code message } }
}`;

/** Asks the hub for a return, and gives its answer: the request, or the reasons why there is none. */
export async function askForReturn(graphql: HubGraphql, { paymentGuid, amountMinor, reason }: ReturnWish): Promise<unknown> {
  const amount = amountMinor === null ? null : { minor: amountMinor, currency: 'UAH' };
  const input = { paymentGuid, amount, reason, idempotencyKey: crypto.randomUUID() };
  const request = z.object({ guid: z.string(), status: z.string() });
  const { paymentReturn } = await graphql(
    PAYMENT_RETURN,
    { input },
    z.object({ paymentReturn: mutationPayload({ returnRequest: request.nullable() }) }),
  );
  return paymentReturn;
}

import { expirationCallback } from '../../../protocol/order-answers.ts';
import type { CallbackMaker } from './change-order.ts';
import type { Clocks, Ids } from './ports.ts';

/** Makes the callback that tells a merchant of an expired order. It is due at once, and its bytes never change. */
export function createCallbackMaker(deps: { readonly ids: Ids; readonly clocks: Clocks }): CallbackMaker {
  return ({ facts }) => ({
    deliveryId: deps.ids.next(),
    orderId: facts.id,
    merchantUid: facts.merchant.uid,
    url: facts.merchant.callbackUrl,
    body: expirationCallback({
      orderId: facts.id,
      money: facts.terms.amount,
      reference: facts.terms.reference,
      purpose: facts.terms.purpose,
      receiverAccount: facts.merchant.iban,
    }),
    dueAt: deps.clocks.wall.now(),
  });
}

import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import { expirationCallback } from '../../../protocol/order-answers.ts';
import { classifyAnswer, waitBefore } from '../../../protocol/retry.ts';
import type { CallbackMaker } from './change-order.ts';
import type { CallbackNext, Clocks, Ids } from './ports.ts';

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

/** What follows from an attempt. A refusal is tried again like silence: nothing depends on this callback, it only wants to be heard. */
export function nextOfCallback(attempt: {
  readonly attempt: number;
  readonly status: number | null;
  readonly retryAfterSeconds?: number | undefined;
  readonly now: Instant;
}): CallbackNext {
  if (classifyAnswer(attempt.status) === 'accepted') return { state: 'DELIVERED', endedAt: attempt.now };
  const waitMs = waitBefore(attempt.attempt + 1, attempt.retryAfterSeconds);
  return waitMs === undefined
    ? { state: 'FAILED', endedAt: attempt.now }
    : { state: 'PENDING', dueAt: addMilliseconds(attempt.now, waitMs) };
}

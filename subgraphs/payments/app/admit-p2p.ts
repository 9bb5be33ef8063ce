import { fail, ok } from '../../../kernel/core/result.ts';
import type { Clock } from './ports.ts';
import { hasExpired, isPayable } from '../domain/p2p-order.ts';
import { matchesPayRequest } from '../domain/pay-request.ts';
import type { Admit } from './admission.ts';
import { factsOfMessage } from './message-facts.ts';
import type { P2pReads } from './p2p-ports.ts';

/**
 * p2p: the message must be about what a completed pay request of this bank was told. Order and pay request are compared here; that nothing of it
 * changes before the payment holds the order, the first commit sees to.
 */
export function createAdmitP2p(deps: { readonly reads: P2pReads; readonly businessClock: Clock }): Admit {
  return async (candidate, receiverBank) => {
    const { message, received } = candidate;
    const bankGuid = received.senderGuid;
    const found = await deps.reads.order(message.orderId);
    const request = found && (await deps.reads.requestFor({ orderGuid: message.orderId, bankGuid, debtorAccount: message.debtorAccount }));
    // Whether an order exists is for those to know who were told of it.
    if (!found || !request) {
      const isMaker = found?.order.facts.bankGuid === bankGuid;
      return fail({ code: found && (isMaker || found.order.facts.target.type === 'link') ? 'PAY_REQUEST_MISMATCH' : 'ORDER_NOT_FOUND' });
    }
    const { order, holder } = found;
    const { facts } = order;
    if (holder !== null && holder !== candidate.guid) return fail({ code: 'DUPLICATE_ORDER', existingGuid: holder });
    const now = deps.businessClock.now();
    if (order.status === 'EXPIRED' || hasExpired(order, now)) return fail({ code: 'ORDER_IS_EXPIRED' });
    if (!isPayable(order) || request.status !== 'COMPLETED') return fail({ code: 'PAY_REQUEST_MISMATCH' });
    if (message.creditorAccount !== request.receiver.account) return fail({ code: 'CREDITOR_ACCOUNT_MISMATCH' });
    if (receiverBank.guid !== request.receiver.bankGuid) return fail({ code: 'CREDITOR_AGENT_MISMATCH' });
    if (message.money.currency !== facts.currency) return fail({ code: 'CURRENCY_MISMATCH' });
    if (facts.amountMinor !== null && message.money.minor !== facts.amountMinor) return fail({ code: 'AMOUNT_MISMATCH' });
    const { debtorAccount, creditorAccount, orderId: orderGuid } = message;
    if (!matchesPayRequest(request, { bankGuid, debtorAccount, creditorAccount, orderGuid, receiverBankGuid: receiverBank.guid }))
      return fail({ code: 'PAY_REQUEST_MISMATCH' });
    const taken = await deps.reads.paymentByExternalId(bankGuid, message.externalId);
    if (taken !== null && taken !== candidate.guid) return fail({ code: 'EXTERNAL_ID_IS_ALREADY_TAKEN' });
    const payRequestGuid = request.facts.guid;
    const kind = { pmType: 'p2p', orderId: orderGuid, merchantUid: null, payRequestGuid } as const;
    return ok({
      facts: { ...factsOfMessage(candidate), ...kind, receiverBankGuid: receiverBank.guid },
      order: null,
      hold: { kind: 'p2p-order', orderGuid, payRequestGuid, now },
    });
  };
}

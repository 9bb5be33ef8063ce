import { fail, ok } from '../../../kernel/core/result.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { ClaimRefusal, ClaimRequest, ClaimResponse } from '../../../schema/commands/orders.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import type { Admit, Candidate } from './admission.ts';
import { factsOfMessage } from './message-facts.ts';
import type { ClaimOrder, PaymentStore } from './ports.ts';
import { rejectReason } from './reason-text.ts';

interface AdmitTradeDeps {
  readonly store: Pick<PaymentStore, 'load'>;
  readonly claimOrder: ClaimOrder;
}

/** E-commerce: orders holds the merchant's order for the payment, and gives what it was made with. */
export function createAdmitTrade(deps: AdmitTradeDeps): Admit {
  return async (candidate) => {
    const claim = await claimOrder(deps, candidate);
    if (claim.outcome === 'refused') {
      const code = codeOfRefusal(claim.code);
      return fail(claim.holderGuid === null ? { code } : { code, existingGuid: claim.holderGuid });
    }
    const { order } = claim;
    const { message } = candidate;
    const kind = { pmType: 'trade', orderId: message.orderId, merchantUid: order.merchantUid } as const;
    return ok({ facts: { ...factsOfMessage(candidate), ...kind, receiverBankGuid: order.receiverBankGuid }, order });
  };
}

/**
 * A rejected payment holds nothing. orders hears of the reject from the log, a moment later or when it is back; a bank that has its
 * Pay-out may be faster than that, so a claim that meets such a holder says what became of it.
 */
async function claimOrder(deps: AdmitTradeDeps, candidate: Candidate): Promise<ClaimResponse> {
  const request = claimRequest(candidate);
  const claim = await deps.claimOrder(request);
  if (claim.outcome !== 'refused' || claim.holderGuid === null) return claim;
  const rejected = await rejectedHolder(deps, claim.holderGuid);
  return rejected ? await deps.claimOrder({ ...request, rejected }) : claim;
}

async function rejectedHolder(deps: AdmitTradeDeps, guid: string): Promise<ClaimRequest['rejected']> {
  const holder = await deps.store.load(guid as PaymentGuid); // orders got it with the claim.
  const reason = holder && rejectReason(holder.payment);
  return reason ? { paymentGuid: guid, reason } : null;
}

function claimRequest({ guid, message, received }: Candidate): ClaimRequest {
  return {
    orderId: message.orderId,
    paymentGuid: guid,
    initiatorBankGuid: received.senderGuid,
    paymentExternalId: message.externalId,
    amountMinor: message.money.minor.toString(),
    currency: message.money.currency,
    creditorAccount: message.creditorAccount,
    creditorAgentBic: message.creditorAgentBic,
    debtorAccount: message.debtorAccount,
    rejected: null,
  };
}

function codeOfRefusal(code: ClaimRefusal): ErrorCode {
  return code === 'ORDER_ALREADY_HELD' ? 'DUPLICATE_ORDER' : code;
}

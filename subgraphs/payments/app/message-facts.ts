import type { PaymentMessage } from '../../../protocol/payment-message.ts';
import type { PaymentFacts, PaymentKind } from '../domain/payment.ts';
import type { Candidate } from './admission.ts';

/** What a message says by itself, whatever its kind. */
export function factsOfMessage({ guid, message, received }: Candidate) {
  return {
    guid,
    initiatorBankGuid: received.senderGuid,
    externalId: message.externalId,
    amount: message.money,
    debtorAccount: message.debtorAccount,
    creditorAccount: message.creditorAccount,
    purpose: message.purpose,
  };
}

/** A refused message concerns its sender alone: the other parties come from what an accepted one holds. */
export function factsOfRefused(candidate: Candidate): PaymentFacts {
  return { ...factsOfMessage(candidate), ...refusedKind(candidate.message), receiverBankGuid: null };
}

function refusedKind({ pmType, orderId }: PaymentMessage): PaymentKind {
  return pmType === 'trade' ? { pmType, orderId, merchantUid: null } : { pmType, orderId, merchantUid: null, payRequestGuid: null };
}

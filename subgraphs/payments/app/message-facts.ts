import type { PaymentMessage } from '../../../protocol/payment-message.ts';
import type { PaymentFacts, PaymentGuid, PaymentKind } from '../domain/payment.ts';
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

function refusedKind({ pmType, orderId, returned }: PaymentMessage): PaymentKind {
  switch (pmType) {
    case 'trade':
      return { pmType, orderId, merchantUid: null };
    case 'p2p':
      return { pmType, orderId, merchantUid: null, payRequestGuid: null };
    case 'return':
      if (!returned) throw new Error('a return names what it gives back');
      // As the sender wrote it: there need not be such a payment.
      return { pmType, orderId, merchantUid: null, originalGuid: returned.originalGuid as PaymentGuid, returnRequestGuid: null };
    default:
      return pmType satisfies never;
  }
}

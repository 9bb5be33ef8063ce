import { type Caller, participantOf } from '../../../schema/caller.ts';
import type { DeliveryView, PaymentView } from './payment-reads.ts';

/** Whose callback it is may see it, what was sent and what was answered; and operations. */
export function mayReadDelivery(caller: Caller, { receiver }: Pick<DeliveryView, 'receiver'>): boolean {
  return caller.kind === 'operations' || receiver.id === participantOf(caller);
}

/** The message itself has accounts and a phone number in the clear: it is for the bank that signed it, and for operations, who could prove nothing without it. */
export function mayReadMessage(caller: Caller, { initiatorBankGuid }: Pick<PaymentView, 'initiatorBankGuid'>): boolean {
  return caller.kind === 'operations' || (caller.kind === 'bank' && caller.bankGuid === initiatorBankGuid);
}

/** Everybody who sees a payment and is a participant is one of its sides; operations see it without its accounts. */
export function isParty(caller: Caller): boolean {
  return caller.kind === 'bank' || caller.kind === 'merchant';
}

import { ZERO_UUID } from '../../../kernel/core/ids.ts';
import { wireNumberFromMinor } from '../../../kernel/core/money.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import { wirePublicKey } from '../../../protocol/jwk-set.ts';
import {
  ORDER_EXPIRED_CODE,
  ORDER_EXPIRED_REASON,
  ORDER_PAID_REASON,
  WIRE_ORDER_STATUS,
  type OrderJson,
  type OrderStatus,
} from '../../../protocol/order-answers.ts';
import { wireBeneficiary } from '../../../protocol/order.ts';
import { selectEncryptionKey } from '../../../protocol/participant-key.ts';
import type { Order, PaymentGuid } from '../domain/order.ts';
import type { Participants } from './ports.ts';

/**
 * The order as the payer's bank reads it. The encryption key is that of today, not of the order's day: it is for a message that has not been
 * written yet. Null when the receiver's bank has no key to encrypt with, so no payment could be made.
 */
export function orderJson({ facts }: Order, participants: Participants, now: Instant): OrderJson | null {
  const { terms, merchant, receiverBank } = facts;
  const key = selectEncryptionKey(participants.bankByGuid(receiverBank.guid)?.keys ?? [], now);
  if (!key) return null;
  return {
    id: facts.id,
    exp: Math.floor(terms.expiresAt.getTime() / 1000),
    amt: wireNumberFromMinor(terms.amount.minor),
    cur: terms.amount.currency,
    ref: terms.reference,
    prp: terms.purpose,
    uid: merchant.uid,
    recn: merchant.name,
    recc: merchant.taxNumber,
    acc: merchant.iban,
    mcc: merchant.mcc,
    ...(merchant.logoUrl === null ? {} : { logo_url: merchant.logoUrl }),
    bic: receiverBank.bic,
    ...(terms.beneficiary ? { fri: wireBeneficiary(terms.beneficiary) } : {}),
    public_key: wirePublicKey(key),
    // A key entry without a list was registered before there was a choice: it is the guide's own form.
    encryption_profiles: key.encryptionProfiles.length > 0 ? key.encryptionProfiles : ['dcm-1'],
  };
}

/** The status as the guide's 12.4 shapes it. Accounts and external id are for the order's merchant alone. */
export function orderStatus(order: Order, asker: { readonly isMerchantOfOrder: boolean }): OrderStatus {
  const { facts } = order;
  const hold = order.status === 'IN_PROGRESS' || order.status === 'SUCCESS' ? order.hold : null;
  const forMerchant = (value: string | undefined): string => (asker.isMerchantOfOrder ? (value ?? '') : '');
  const expired = order.status === 'CANCELED' && order.cause === 'EXPIRED';
  return {
    amount: wireNumberFromMinor(facts.terms.amount.minor),
    // A payment that holds an order has its amount; without one there is nothing to compare.
    amount_matched: hold ? true : null,
    callback_guid: null,
    code: expired ? ORDER_EXPIRED_CODE : null,
    currency: facts.terms.amount.currency,
    order_id: facts.id,
    payment_message_external_id: forMerchant(hold?.externalId),
    payment_message_guid: hold?.paymentGuid ?? (ZERO_UUID as PaymentGuid), // The guide's word for "none".
    purpose: facts.terms.purpose,
    reason: reasonOf(order),
    receiver_account_iban: forMerchant(facts.merchant.iban),
    ref_found: null,
    ref_number: facts.terms.reference,
    sender_account_iban: forMerchant(hold?.debtorAccount),
    status: WIRE_ORDER_STATUS[order.status],
    ...returnsOf(order),
  };
}

/** The guide's shape stays as it is until something is asked to be given back. */
function returnsOf(order: Order): Pick<OrderStatus, 'returned_amount' | 'requested_return_amount'> {
  if (order.status !== 'SUCCESS') return {};
  const { requestedMinor, returnedMinor } = order.returns;
  if (requestedMinor === 0n && returnedMinor === 0n) return {};
  return { returned_amount: wireNumberFromMinor(returnedMinor), requested_return_amount: wireNumberFromMinor(requestedMinor) };
}

function reasonOf(order: Order): string {
  switch (order.status) {
    case 'SUCCESS':
      return ORDER_PAID_REASON;
    case 'CREATED':
      return order.rejects.at(-1)?.reason ?? '';
    case 'IN_PROGRESS':
      return '';
    case 'CANCELED':
      return order.cause === 'EXPIRED' ? ORDER_EXPIRED_REASON : 'Order is canceled by the merchant';
    default:
      return order satisfies never;
  }
}

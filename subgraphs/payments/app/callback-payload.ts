import {
  type BankCallbackPayment,
  bankRejectNoticePayload,
  type CallbackIdentity,
  creditPayload,
  type MerchantCallbackPayment,
  merchantPayInPayload,
  merchantPayOutPayload,
  merchantRejectNoticePayload,
  payInPayload,
  payOutPayload,
} from '../../../protocol/callbacks.ts';
import { type WirePublicKey, wirePublicKey } from '../../../protocol/jwk-set.ts';
import { selectEncryptionKey } from '../../../protocol/participant-key.ts';
import type { PaymentMessage } from '../../../protocol/payment-message.ts';
import { P2P_SUCCESS_REASON, RETURN_SUCCESS_REASON, SUCCESS_REASON } from '../../../protocol/reject-reasons.ts';
import type { OrderSnapshot } from '../../../schema/commands/orders.ts';
import type { PaymentEvent } from '../domain/events.ts';
import type { KnownPayment, PmType } from '../domain/payment.ts';
import type { Participants } from './ports.ts';
import { reasonText } from './reason-text.ts';

/** What callbacks tell of a payment besides its facts: the message as it was signed, and the order that it pays or gives money back for. */
export interface CallbackSource {
  readonly message: PaymentMessage;
  readonly order: OrderSnapshot | null;
}

export interface PayloadRequest {
  readonly payment: KnownPayment;
  readonly created: Extract<PaymentEvent, { type: 'DeliveryCreated' }>;
  readonly source: CallbackSource;
  readonly participants: Participants;
  readonly issuer: string;
  readonly at: Date;
}

/** The JSON text of one callback, made once per delivery: what is signed, stored and sent unchanged at every try. */
export function callbackPayload(request: PayloadRequest): string {
  const { payment, created } = request;
  const identity: CallbackIdentity = {
    issuer: request.issuer,
    audience: created.receiver.id,
    issuedAt: request.at,
    callbackGuid: created.deliveryId,
    sequence: created.sequence,
  };
  switch (created.callbackType) {
    case 'pay-in':
      return payInPayload(identity, toldToBanks(request));
    case 'merchant-pay-in':
      return merchantPayInPayload(identity, toldToMerchant(request));
    case 'pay-out':
      return payOutPayload(identity, toldToBanks(request), resultOf(payment));
    case 'merchant-pay-out':
      return merchantPayOutPayload(identity, toldToMerchant(request), resultOf(payment));
    case 'credit':
      return creditPayload(identity, toldToBanks(request));
    case 'reject-notice':
      return created.receiver.kind === 'bank'
        ? bankRejectNoticePayload(identity, toldToBanks(request), resultReason(payment))
        : merchantRejectNoticePayload(identity, toldToMerchant(request), resultReason(payment));
    default:
      return created.callbackType satisfies never;
  }
}

function resultOf(payment: KnownPayment): { readonly status: 'success' | 'reject'; readonly reason: string } {
  return { status: payment.state === 'REJECT' ? 'reject' : 'success', reason: resultReason(payment) };
}

/** The `reason` of the result, in the guide's words where it has them. */
function resultReason(payment: KnownPayment): string {
  if (payment.state === 'REJECT') return reasonText(payment.reasonCode);
  return SUCCESS_REASONS[payment.facts.pmType];
}

const SUCCESS_REASONS = { trade: SUCCESS_REASON, p2p: P2P_SUCCESS_REASON, return: RETURN_SUCCESS_REASON } as const satisfies Record<
  PmType,
  string
>;

function toldToBanks({ payment, source, participants, at }: PayloadRequest): BankCallbackPayment {
  const { facts } = payment;
  const receiver = participants.bankByCode(source.message.creditorAgentBic);
  const key = receiver && selectEncryptionKey(receiver.keys, at);
  return {
    guid: facts.guid,
    message: source.message,
    debtorAgentName: participants.bankByGuid(facts.initiatorBankGuid)?.name ?? '',
    creditorAgentName: receiver?.name ?? '',
    // In a return the merchant is who pays.
    creditorUid: facts.pmType === 'trade' ? facts.merchantUid : null,
    ultimateCreditor: facts.pmType === 'trade' ? (source.order?.ultimateBeneficiary ?? null) : null,
    publicKey: key ? wirePublicKey(key) : NO_PUBLIC_KEY,
  };
}

/** In the Pay-out of a refused message whose receiver bank nobody knows, or has no key for encryption now: nobody opens its fields. */
const NO_PUBLIC_KEY: WirePublicKey = { alg: 'RS256', e: '', n: '', kid: 'unknown', kty: 'RSA', use: 'sig' };

function toldToMerchant({ payment, source }: PayloadRequest): MerchantCallbackPayment {
  const { facts } = payment;
  if (!source.order) throw new Error(`payment ${facts.guid} has no order to tell its merchant about`);
  return {
    guid: facts.guid,
    externalId: facts.externalId,
    money: facts.amount,
    debtorAccount: facts.debtorAccount,
    creditorAccount: facts.creditorAccount,
    orderId: source.order.orderId,
    reference: source.order.reference,
    purpose: facts.purpose,
    returned: source.message.returned,
  };
}

import { z } from 'zod';

import { type Money, wireNumberFromMinor } from '../kernel/core/money.ts';
import { type WirePublicKey, wirePublicKeySchema } from './jwk-set.ts';
import type { UltimateBeneficiary } from './order.ts';
import { type PaymentMessage, type ReturnedPayment, wireEncryption } from './payment-message.ts';

export const CALLBACK_TYPES = ['pay-in', 'merchant-pay-in', 'pay-out', 'merchant-pay-out', 'credit', 'reject-notice'] as const;
export type CallbackType = (typeof CALLBACK_TYPES)[number];

/** What every callback says about itself. */
export interface CallbackIdentity {
  /** The hub (`iss`): HUB_NAME of header-token.ts, which receivers compare with. */
  readonly issuer: string;
  /** Guid of the bank or uid of the merchant it is for (`aud`). */
  readonly audience: string;
  readonly issuedAt: Date;
  /** One per delivery, stable over its attempts: receivers deduplicate by it. */
  readonly callbackGuid: string;
  /** 1 for the first callback of a payment, then one more each. */
  readonly sequence: number;
}

/** The six members that every callback begins with, whatever it tells of: who says it, to whom, when, which delivery it is, its kind and its place. */
export function callbackHead(type: string, { issuer, audience, issuedAt, callbackGuid, sequence }: CallbackIdentity) {
  return {
    iss: issuer,
    aud: audience,
    iat: Math.floor(issuedAt.getTime() / 1000),
    callback_guid: callbackGuid,
    callback_type: type,
    sequence,
  };
}

/** The same, as a receiver reads it. */
export function callbackHeadSchema<const Types extends readonly [string, ...string[]]>(...types: Types) {
  return {
    iss: z.string(),
    aud: z.string(),
    iat: z.number().int(),
    callback_guid: z.uuid(),
    callback_type: z.enum(types),
    sequence: z.number().int().positive(),
  };
}

/** A payment as its banks are told about it. */
export interface BankCallbackPayment {
  readonly guid: string;
  readonly message: Omit<PaymentMessage, 'createdAt' | 'debtorPhone'>;
  readonly debtorAgentName: string;
  readonly creditorAgentName: string;
  /** The merchant; null in p2p. */
  readonly creditorUid: string | null;
  readonly ultimateCreditor: UltimateBeneficiary | null;
  /** The receiver bank's key that the four fields are encrypted for. */
  readonly publicKey: WirePublicKey;
}

/** A payment as its merchant is told about it: no names, no ciphertexts. */
export interface MerchantCallbackPayment {
  readonly guid: string;
  readonly externalId: string;
  readonly money: Money;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly orderId: string;
  /** The merchant's own order number. */
  readonly reference: string;
  readonly purpose: string;
  /** Of a return: what it gives back, and the request that it answers. */
  readonly returned: ReturnedPayment | null;
}

// Each builder returns the JSON text of the payload, to be stored and signed as it is: attempts after the first repeat its bytes.

/** Callback 1, to the receiver's bank (guide 6.2.2): will you take this payment? */
export function payInPayload(identity: CallbackIdentity, payment: BankCallbackPayment): string {
  return bankPayload('pay-in', identity, payment, { status: 'success' });
}

/** Callback 2, to the merchant (guide 13). The hub has compared amount and reference: both technical fields are true. */
export function merchantPayInPayload(identity: CallbackIdentity, payment: MerchantCallbackPayment): string {
  return merchantPayload('merchant-pay-in', identity, payment, { status: 'success' });
}

/** Callback 3, to the payer's bank (guide 6.2.3): the result, final. */
export function payOutPayload(
  identity: CallbackIdentity,
  payment: BankCallbackPayment,
  outcome: { readonly status: 'success' | 'reject'; readonly reason: string },
): string {
  return bankPayload('pay-out', identity, payment, outcome);
}

/** To the merchant whose money a return gives back: the result, final. */
export function merchantPayOutPayload(
  identity: CallbackIdentity,
  payment: MerchantCallbackPayment,
  outcome: { readonly status: 'success' | 'reject'; readonly reason: string },
): string {
  return merchantPayload('merchant-pay-out', identity, payment, outcome);
}

/** Callback 4, to the receiver's bank (guide 6.2.4): the merchant may be credited. */
export function creditPayload(identity: CallbackIdentity, payment: BankCallbackPayment): string {
  return bankPayload('credit', identity, payment, { status: 'success' });
}

/** To the receiver's bank that had been sent a Pay-in: the payment was rejected after all. */
export function bankRejectNoticePayload(identity: CallbackIdentity, payment: BankCallbackPayment, reason: string): string {
  return bankPayload('reject-notice', identity, payment, { status: 'reject', reason });
}

/** To the merchant that had been sent a Pay-in: the payment was rejected after all. */
export function merchantRejectNoticePayload(identity: CallbackIdentity, payment: MerchantCallbackPayment, reason: string): string {
  return merchantPayload('reject-notice', identity, payment, { status: 'reject', reason });
}

interface Outcome {
  readonly status: 'success' | 'reject';
  readonly reason?: string;
}

function bankPayload(type: CallbackType, identity: CallbackIdentity, payment: BankCallbackPayment, outcome: Outcome): string {
  const { message, ultimateCreditor } = payment;
  return JSON.stringify({
    ...callbackHead(type, identity),
    payment_message: {
      jti: message.jti,
      payment_message_external_id: message.externalId,
      amount: wireNumberFromMinor(message.money.minor),
      currency: message.money.currency,
      debtor_agent: { debtor_agent_name: payment.debtorAgentName, debtor_agent_bic: message.debtorAgentBic },
      debtor: { debtor_name: message.debtorName, debtor_id: message.debtorId, debtor_account: message.debtorAccount },
      creditor_agent: { creditor_agent_name: payment.creditorAgentName, creditor_agent_bic: message.creditorAgentBic },
      creditor: {
        creditor_name: message.creditorName,
        creditor_id: message.creditorId,
        creditor_account: message.creditorAccount,
        creditor_uid: payment.creditorUid ?? undefined,
      },
      ultimate_creditor: ultimateCreditor ? wireUltimateCreditor(ultimateCreditor) : undefined,
      order_id: message.orderId,
      purpose: message.purpose,
      msg_creation_date: message.creationDate,
      msg_creation_time: message.creationTime,
      pm_type: message.pmType,
      ...wireReturned(message.returned),
      sender_account_type: message.senderAccountType,
      encryption: wireEncryption(message.encryption),
      public_key: payment.publicKey,
    },
    payment_message_guid: payment.guid,
    ...outcome,
  });
}

function wireReturned(returned: ReturnedPayment | null) {
  return returned ? { original_payment_message_guid: returned.originalGuid, return_request_guid: returned.requestGuid } : {};
}

function wireUltimateCreditor(beneficiary: UltimateBeneficiary) {
  return {
    ultimate_creditor_name: beneficiary.name,
    ultimate_creditor_id: beneficiary.taxNumber,
    ultimate_creditor_iban: beneficiary.iban,
    ultimate_creditor_bic: beneficiary.bic,
    ultimate_creditor_mcc: beneficiary.mcc,
  };
}

function merchantPayload(type: CallbackType, identity: CallbackIdentity, payment: MerchantCallbackPayment, outcome: Outcome): string {
  return JSON.stringify({
    ...callbackHead(type, identity),
    payment_message_external_id: payment.externalId,
    payment_message_guid: payment.guid,
    amount: wireNumberFromMinor(payment.money.minor),
    currency: payment.money.currency,
    sender_account_iban: payment.debtorAccount,
    receiver_account_iban: payment.creditorAccount,
    order_id: payment.orderId,
    ref_found: true,
    ref_number: payment.reference,
    amount_matched: true,
    purpose: payment.purpose,
    ...wireReturned(payment.returned),
    ...outcome,
  });
}

const outcomeSchema = {
  payment_message_guid: z.uuid(),
  status: z.enum(['success', 'reject']),
  reason: z.string().optional(),
};

const returnedSchema = { original_payment_message_guid: z.uuid().optional(), return_request_guid: z.uuid().optional() };

/** A callback to a bank, as the bank reads it. Members that are not listed may come with time and are kept. */
export const bankCallbackSchema = z.looseObject({
  ...callbackHeadSchema('pay-in', 'pay-out', 'credit', 'reject-notice'),
  ...outcomeSchema,
  payment_message: z.looseObject({
    jti: z.string(),
    payment_message_external_id: z.string(),
    amount: z.number(),
    currency: z.string(),
    debtor_agent: z.looseObject({ debtor_agent_name: z.string(), debtor_agent_bic: z.string() }),
    debtor: z.looseObject({ debtor_name: z.string(), debtor_id: z.string(), debtor_account: z.string() }),
    creditor_agent: z.looseObject({ creditor_agent_name: z.string(), creditor_agent_bic: z.string() }),
    creditor: z.looseObject({
      creditor_name: z.string(),
      creditor_id: z.string(),
      creditor_account: z.string(),
      creditor_uid: z.string().optional(),
    }),
    ultimate_creditor: z
      .looseObject({
        ultimate_creditor_name: z.string(),
        ultimate_creditor_id: z.string(),
        ultimate_creditor_iban: z.string(),
        ultimate_creditor_bic: z.string(),
        ultimate_creditor_mcc: z.number().int(),
      })
      .optional(),
    // In the Pay-out of a refused message as the bank itself wrote it, which need not be an id that anybody makes.
    order_id: z.guid(),
    purpose: z.string(),
    msg_creation_date: z.string(),
    msg_creation_time: z.string(),
    pm_type: z.enum(['trade', 'p2p', 'return']),
    ...returnedSchema,
    sender_account_type: z.string(),
    encryption: z.looseObject({
      profile: z.enum(['dcm-1', 'dcm-2']).optional(),
      nonce: z.string(),
      encrypted_key: z.string(),
      alg: z.string().optional(),
    }),
    public_key: wirePublicKeySchema,
  }),
});
export type BankCallback = z.infer<typeof bankCallbackSchema>;

/** A callback to a merchant, as the merchant reads it. Goods are delivered on order status `Success`, not on a callback alone. */
export const merchantCallbackSchema = z.looseObject({
  ...callbackHeadSchema('merchant-pay-in', 'merchant-pay-out', 'reject-notice'),
  ...outcomeSchema,
  payment_message_external_id: z.string(),
  amount: z.number(),
  currency: z.string(),
  sender_account_iban: z.string(),
  receiver_account_iban: z.string(),
  order_id: z.uuid(),
  ref_found: z.boolean(),
  ref_number: z.string(),
  amount_matched: z.boolean(),
  purpose: z.string(),
  ...returnedSchema,
});
export type MerchantCallback = z.infer<typeof merchantCallbackSchema>;

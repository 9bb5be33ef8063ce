import { callbackTestPayload } from '../callback-test.ts';
import {
  type BankCallbackPayment,
  bankRejectNoticePayload,
  type CallbackIdentity,
  creditPayload,
  type MerchantCallbackPayment,
  merchantPayInPayload,
  merchantRejectNoticePayload,
  payInPayload,
  payOutPayload,
} from '../callbacks.ts';
import { HUB_NAME } from '../header-token.ts';
import { wirePublicKey } from '../jwk-set.ts';
import { REJECT_REASONS, SUCCESS_REASON } from '../reject-reasons.ts';
import { vectorJwk } from './vector-keys.ts';

export interface CallbackVector {
  readonly name: string;
  readonly receiver: 'bank' | 'merchant';
  /** The payload of the callback's JWT, as text: what the hub signs. */
  readonly payload: string;
}

export const BANK_GUID = '0193c2a4-0000-7000-8000-0000000000b2';
export const MERCHANT_UID = '623e460b-9ffd-41df';

const MONEY = { minor: 150_075n, currency: 'UAH' } as const;

/** A payment as its banks are told about it. */
export function aBankPayment(change: Partial<BankCallbackPayment> = {}): BankCallbackPayment {
  const { kty, n, e, kid } = vectorJwk('receiver');
  return {
    guid: '8a6e0804-2bd0-8672-b79d-d97027f9071a',
    message: {
      jti: '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e',
      externalId: 'PAY-2026-000017',
      money: MONEY,
      debtorAgentBic: '305299',
      debtorName: 'bmFtZSBvZiB0aGUgcGF5ZXIgc2VhbGVk',
      debtorId: 'aWQgb2YgdGhlIHBheWVyIHNlYWxlZA==',
      debtorAccount: 'UA743052990000026007233566001',
      creditorAgentBic: '380634',
      creditorName: 'bmFtZSBvZiB0aGUgcmVjZWl2ZXIgc2VhbGVk',
      creditorId: 'aWQgb2YgdGhlIHJlY2VpdmVyIHNlYWxlZA==',
      creditorAccount: 'UA113806340000026001234567890',
      orderId: '0193c2a4-7b1e-7c3d-9f00-1a2b3c4d5e6f',
      purpose: 'Оплата замовлення № 42',
      creationDate: '2026-11-22',
      creationTime: '11:59:30',
      pmType: 'trade',
      returned: null,
      senderAccountType: 'limit-related',
      encryption: { profile: 'dcm-2', nonce: 'oKGio6Slpqeoqaqr', encryptedKey: 'a2V5' },
    },
    debtorAgentName: 'Банк платника',
    creditorAgentName: 'Банк отримувача',
    creditorUid: MERCHANT_UID,
    ultimateCreditor: null,
    publicKey: wirePublicKey({ kid, jwk: { kty, n, e } }),
    ...change,
  };
}

/** The same payment as its merchant is told about it. */
export function aMerchantPayment(): MerchantCallbackPayment {
  const { guid, message } = aBankPayment();
  return {
    guid,
    externalId: message.externalId,
    money: MONEY,
    debtorAccount: message.debtorAccount,
    creditorAccount: message.creditorAccount,
    orderId: message.orderId,
    reference: 'INV-2026-42',
    purpose: message.purpose,
    returned: null,
  };
}

export function anIdentity(change: Partial<CallbackIdentity> = {}): CallbackIdentity {
  return {
    issuer: HUB_NAME,
    audience: BANK_GUID,
    issuedAt: new Date('2026-11-22T10:00:00Z'),
    callbackGuid: '0193c2a4-9999-7000-8000-00000000000c',
    sequence: 1,
    ...change,
  };
}

/** One payload of every kind of callback. */
export function callbackVectors(): CallbackVector[] {
  const bank = aBankPayment();
  const dcm1 = aBankPayment({ message: { ...bank.message, encryption: { ...bank.message.encryption, profile: 'dcm-1' } } });
  const beneficiary = { name: 'ТОВ «Отримувач»', taxNumber: '12345678', iban: 'UA113806340000026001234567890', bic: '380634', mcc: 5732 };
  const toMerchant = anIdentity({ audience: MERCHANT_UID, sequence: 2 });
  const reason = REJECT_REASONS.MERCHANT_REFUSED.reason;
  return [
    { name: 'pay-in to the receiver bank', receiver: 'bank', payload: payInPayload(anIdentity(), bank) },
    { name: 'pay-in, fields encrypted in the form of the guide', receiver: 'bank', payload: payInPayload(anIdentity(), dcm1) },
    {
      name: 'pay-in for an ultimate beneficiary',
      receiver: 'bank',
      payload: payInPayload(anIdentity(), aBankPayment({ ultimateCreditor: beneficiary })),
    },
    { name: 'pay-in to the merchant', receiver: 'merchant', payload: merchantPayInPayload(toMerchant, aMerchantPayment()) },
    {
      name: 'pay-out of a success',
      receiver: 'bank',
      payload: payOutPayload(anIdentity({ sequence: 3 }), bank, { status: 'success', reason: SUCCESS_REASON }),
    },
    {
      name: 'pay-out of a reject',
      receiver: 'bank',
      payload: payOutPayload(anIdentity({ sequence: 3 }), bank, { status: 'reject', reason }),
    },
    { name: 'credit', receiver: 'bank', payload: creditPayload(anIdentity({ sequence: 4 }), bank) },
    {
      name: 'reject notice to the receiver bank',
      receiver: 'bank',
      payload: bankRejectNoticePayload(anIdentity({ sequence: 4 }), bank, reason),
    },
    {
      name: 'reject notice to the merchant',
      receiver: 'merchant',
      payload: merchantRejectNoticePayload(toMerchant, aMerchantPayment(), REJECT_REASONS.MERCHANT_NO_ANSWER.reason),
    },
    {
      name: 'a test, to any address of a bank or a merchant',
      receiver: 'bank',
      payload: callbackTestPayload(anIdentity(), { testGuid: '0193c2a4-7777-7000-8000-00000000000c' }),
    },
  ];
}

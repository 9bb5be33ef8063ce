import { describe, expect, test } from 'vitest';

import { bankCallbackSchema, merchantCallbackSchema, merchantPayInPayload, payInPayload, payOutPayload } from './callbacks.ts';
import { aBankPayment, aMerchantPayment, anIdentity, callbackVectors } from './vectors/callback-cases.ts';

const parsed = (payload: string) => JSON.parse(payload) as Record<string, Record<string, unknown>>; // An object, as every builder makes.

describe('callbacks', () => {
  test('a payload is made byte for byte the same from the same facts', () => {
    expect(callbackVectors()).toEqual(callbackVectors());
  });

  test('a callback says whom it is from and for, which delivery it is, and its place in the payment', () => {
    expect(parsed(payInPayload(anIdentity({ sequence: 7 }), aBankPayment()))).toMatchObject({
      iss: 'dcm-hub',
      aud: anIdentity().audience,
      iat: 1_795_341_600,
      callback_guid: anIdentity().callbackGuid,
      callback_type: 'pay-in',
      sequence: 7,
    });
  });

  test('a bank gets the members of the guide in its nesting, ciphertexts untouched, and no phone', () => {
    const { payment_message: message } = parsed(payInPayload(anIdentity(), aBankPayment()));
    const facts = aBankPayment().message;
    expect(Object.keys(message ?? {})).toEqual([
      'jti',
      'payment_message_external_id',
      'amount',
      'currency',
      'debtor_agent',
      'debtor',
      'creditor_agent',
      'creditor',
      'order_id',
      'purpose',
      'msg_creation_date',
      'msg_creation_time',
      'pm_type',
      'sender_account_type',
      'encryption',
      'public_key',
    ]);
    expect(message?.['debtor']).toEqual({
      debtor_name: facts.debtorName,
      debtor_id: facts.debtorId,
      debtor_account: facts.debtorAccount,
    });
    expect(message?.['encryption']).toEqual({ profile: 'dcm-2', nonce: 'oKGio6Slpqeoqaqr', encrypted_key: 'a2V5', alg: 'RSA-OAEP-256' });
  });

  test('p2p has neither merchant nor ultimate creditor', () => {
    const { payment_message: message } = parsed(payInPayload(anIdentity(), aBankPayment({ creditorUid: null })));
    expect(message?.['creditor']).not.toHaveProperty('creditor_uid');
    expect(message).not.toHaveProperty('ultimate_creditor');
  });

  test('a merchant gets no name, tax number or ciphertext', () => {
    const payload = merchantPayInPayload(anIdentity(), aMerchantPayment());
    const { debtorName, debtorId } = aBankPayment().message;
    expect(payload).not.toContain(debtorName);
    expect(payload).not.toContain(debtorId);
    expect(parsed(payload)).toMatchObject({ amount: 1500.75, amount_matched: true, ref_found: true, ref_number: 'INV-2026-42' });
  });

  test('only a result has a reason', () => {
    expect(parsed(payInPayload(anIdentity(), aBankPayment()))).not.toHaveProperty('reason');
    expect(parsed(payOutPayload(anIdentity(), aBankPayment(), { status: 'reject', reason: 'r' }))).toMatchObject({
      status: 'reject',
      reason: 'r',
    });
  });

  test('readers keep members that they do not know, and refuse a callback type that is not for them', () => {
    const payload = JSON.parse(payInPayload(anIdentity(), aBankPayment()));
    expect(bankCallbackSchema.parse({ ...payload, later: 1 })['later']).toBe(1);
    expect(bankCallbackSchema.safeParse({ ...payload, callback_type: 'merchant-pay-in' }).success).toBe(false);
    expect(merchantCallbackSchema.safeParse(payload).success).toBe(false);
  });
});

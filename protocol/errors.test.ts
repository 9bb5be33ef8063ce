import { describe, expect, test } from 'vitest';

import { ERROR_CATALOGUE, errorBody, type ErrorCode, isErrorCode } from './errors.ts';
import { P2P_SUCCESS_REASON, REJECT_REASONS, rejectReasonText, SUCCESS_REASON } from './reject-reasons.ts';

const CODES = Object.keys(ERROR_CATALOGUE).filter(isErrorCode);

/** As the guide prints them. */
const GUIDE_SPELLINGS = ['EXPIRES_AT_IS_NOT-FUTURE_DATE', 'ORDER NOT FOUND'];

describe('the catalogue of errors', () => {
  test.each(CODES)('%s has a status, a message and a sentence for the documentation', (code) => {
    const entry = ERROR_CATALOGUE[code];
    if (!GUIDE_SPELLINGS.includes(code)) expect(code).toMatch(/^[A-Z0-9]+(?:_[A-Z]+)*$/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.message).not.toBe('');
    expect(entry.description).toMatch(/^[A-Za-z].*[^.]\.$/);
  });

  test.each(CODES)('%s is in every answer as `code`, whatever the shape', (code) => {
    for (const family of [undefined, 'plain', 'code-message', 'description'] as const) {
      expect(errorBody(code, {}, family).body['code']).toBe(code);
    }
  });

  test.each<[ErrorCode, number, object]>([
    ['NOT_FOUND', 404, { error: 'not found' }],
    ['DUPLICATE_JTI', 409, { error: 'payment message with provided jti already exists' }],
    ['DUPLICATE_ORDER', 409, { error: 'payment message with provided order id already exists' }],
    [
      'ORDER_JSON_NOT_FOUND',
      404,
      { error: 'func GetMerchantsOrderNbuJSONHandler() failed. Error: failed to get order by ID: get order by guid err: order not found' },
    ],
  ])('%s is answered with %i in the exact words of the guide', (code, status, body) => {
    expect(errorBody(code)).toEqual({ status, body: { ...body, code } });
  });

  test('a duplicate names the existing payment', () => {
    expect(errorBody('DUPLICATE_JTI', { payment_message_guid: 'g' }).body).toEqual({
      error: 'payment message with provided jti already exists',
      code: 'DUPLICATE_JTI',
      payment_message_guid: 'g',
    });
  });

  test('the three shapes of the guide', () => {
    const message = ERROR_CATALOGUE.INVALID_AMOUNT.message;
    expect(errorBody('INVALID_AMOUNT').body).toEqual({ code: 'INVALID_AMOUNT', message });
    expect(errorBody('INVALID_AMOUNT', {}, 'plain').body).toEqual({ error: message, code: 'INVALID_AMOUNT' });
    expect(errorBody('INVALID_AMOUNT', {}, 'description').body).toEqual({
      error: 'INVALID_AMOUNT',
      description: message,
      code: 'INVALID_AMOUNT',
    });
  });

  test.each<[RegExp, number]>([
    [/^TOKEN_|^FOREIGN_PATH$|^ORDER_IAT_/, 401],
    [/^DUPLICATE_|^REF_NOT_UNIQUE$/, 409],
    [/^INVALID_|_MISMATCH$/, 400],
  ])('codes like %s are %i', (pattern, status) => {
    const matching = CODES.filter((code) => pattern.test(code));
    expect(matching.length).toBeGreaterThan(1);
    for (const code of matching) expect(ERROR_CATALOGUE[code].status).toBe(status);
  });

  test('a name that every object has is not a code', () => {
    expect(isErrorCode('toString')).toBe(false);
  });
});

describe('the reasons of rejected payments', () => {
  test('both merchant cases have the sentence of the guide', () => {
    expect(REJECT_REASONS.MERCHANT_REFUSED.reason).toBe('No response on the callback from the merchant');
    expect(REJECT_REASONS.MERCHANT_NO_ANSWER.reason).toBe('No response on the callback from the merchant');
  });

  test('successes have the sentences of the guide', () => {
    expect(SUCCESS_REASON).toBe("Payment message is approved by the receiver's bank. Merchant is informed by the callback");
    expect(P2P_SUCCESS_REASON).toBe("Payment message is approved by the receiver's bank");
  });

  test('a reject code of either catalogue has a sentence', () => {
    expect(rejectReasonText('KEY_REVOKED')).toBe(REJECT_REASONS.KEY_REVOKED.reason);
    expect(rejectReasonText('AMOUNT_MISMATCH')).toBe(ERROR_CATALOGUE.AMOUNT_MISMATCH.message);
  });

  test('no code is in both catalogues', () => {
    expect(Object.keys(REJECT_REASONS).filter(isErrorCode)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';

import { MERCHANT_FAILURE_CODES, merchantBankFailures, merchantProfileFailures, type MerchantProfile } from './merchant.ts';

const PROFILE: MerchantProfile = {
  name: 'Крамниця',
  taxNumber: '1234567890',
  iban: 'an IBAN of 300001',
  mcc: 5411,
  bankGuid: '01890000-0000-7000-8000-00000000000b',
  callbackUrl: 'https://shop.example/callback',
  redirectOrigins: ['https://shop.example'],
  logoUrl: 'https://shop.example/logo.svg',
};

const failuresOf = (profile: Partial<MerchantProfile>, ibanBankCode: string | null = '300001') =>
  merchantProfileFailures({ ...PROFILE, ...profile }, ibanBankCode, 'HTTPS_ONLY');

const REFUSED = [
  ['NAME_INVALID', ['name'], { name: '' }],
  ['TAX_NUMBER_INVALID', ['taxNumber'], { taxNumber: '123456789' }],
  ['MCC_INVALID', ['mcc'], { mcc: 10_000 }],
  ['MCC_INVALID', ['mcc'], { mcc: -1 }],
  ['MCC_INVALID', ['mcc'], { mcc: 1.5 }],
  ['CALLBACK_URL_INVALID', ['callbackUrl'], { callbackUrl: 'http://shop.example/callback' }],
  ['CALLBACK_URL_INVALID', ['callbackUrl'], { callbackUrl: 'https://127.0.0.1/callback' }],
  ['CALLBACK_URL_INVALID', ['callbackUrl'], { callbackUrl: 'https://localhost/callback' }],
  ['CALLBACK_URL_INVALID', ['callbackUrl'], { callbackUrl: 'https://shop.example/callback#done' }],
  ['CALLBACK_URL_INVALID', ['callbackUrl'], { callbackUrl: `https://shop.example/${'x'.repeat(2048)}` }],
  ['REDIRECT_ORIGIN_INVALID', ['redirectOrigins', '1'], { redirectOrigins: ['https://shop.example', 'https://shop.example/done'] }],
  ['REDIRECT_ORIGIN_INVALID', ['redirectOrigins', '0'], { redirectOrigins: ['null'] }],
  ['REDIRECT_ORIGIN_INVALID', ['redirectOrigins'], { redirectOrigins: Array.from({ length: 21 }, (_, i) => `https://shop${i}.example`) }],
  ['LOGO_URL_INVALID', ['logoUrl'], { logoUrl: 'logo.svg' }],
] as const;

describe('the profile of a merchant', () => {
  test('is accepted when every field is right', () => {
    expect(failuresOf({})).toEqual([]);
  });

  test.each(REFUSED)('%s at %j', (code, path, profile) => {
    expect(failuresOf(profile)).toContainEqual({ code, path });
  });

  test('IBAN_INVALID: has an account that is an IBAN', () => {
    expect(failuresOf({}, null)).toEqual([{ code: 'IBAN_INVALID', path: ['iban'] }]);
  });
});

describe("a merchant's account", () => {
  test('is at its own bank', () => {
    expect(merchantBankFailures('300002', ['300001', '300002'])).toEqual([]);
    expect(merchantBankFailures('300009', ['300001', '300002'])).toEqual([{ code: 'IBAN_FOREIGN', path: ['iban'] }]);
  });

  test('is at a registered bank', () => {
    expect(merchantBankFailures('300001', null)).toEqual([{ code: 'BANK_NOT_FOUND', path: ['bankGuid'] }]);
  });

  test('that is no IBAN is told once', () => {
    expect(merchantBankFailures(null, ['300001'])).toEqual([]);
  });
});

test('every code happens above', () => {
  const happened = [...REFUSED.map(([code]) => code), 'IBAN_INVALID', 'IBAN_FOREIGN', 'BANK_NOT_FOUND'];
  expect(new Set(happened)).toEqual(new Set(MERCHANT_FAILURE_CODES));
});

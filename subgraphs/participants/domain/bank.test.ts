import { describe, expect, test } from 'vitest';

import { BANK_FAILURE_CODES, bankCodeConflicts, bankProfileFailures, type BankProfile, type BankProfileReadings } from './bank.ts';

const PROFILE: BankProfile = {
  name: 'Перший банк',
  bic: '300001',
  bankCodes: ['300001', '300002'],
  taxCode: '12345678',
  chargingAccount: 'an IBAN of 300001',
  email: 'registers@bank.example',
  routes: {
    payIn: 'https://bank.example/pay-in',
    payOut: 'https://bank.example/pay-out',
    credit: null,
    payRequest: null,
    aliasUpdated: null,
    linkCreditor: null,
    receiverData: null,
    grossSettlement: null,
    returnRequest: null,
  },
  appScheme: 'firstbank',
  logoUrl: null,
};
const READINGS: BankProfileReadings = { malformedCodes: [], chargingAccountBankCode: '300001' };

const failuresOf = (profile: Partial<BankProfile>, readings: Partial<BankProfileReadings> = {}) =>
  bankProfileFailures({ ...PROFILE, ...profile }, { ...READINGS, ...readings }, 'HTTPS_ONLY');

const REFUSED = [
  ['NAME_INVALID', ['name'], { name: '' }, {}],
  ['NAME_INVALID', ['name'], { name: ' Bank' }, {}],
  ['NAME_INVALID', ['name'], { name: 'Ba\u0007nk' }, {}],
  ['NAME_INVALID', ['name'], { name: 'Б'.repeat(141) }, {}],
  ['BIC_INVALID', ['bic'], { bic: '30000', bankCodes: ['300001', '30000'] }, { malformedCodes: ['30000'] }],
  ['BANK_CODES_INVALID', ['bankCodes'], { bankCodes: ['300001', '3'] }, { malformedCodes: ['3'] }],
  ['BANK_CODES_INVALID', ['bankCodes'], { bankCodes: ['300001', '300001'] }, {}],
  ['BANK_CODES_INVALID', ['bankCodes'], { bankCodes: ['300001', ...Array.from({ length: 20 }, (_, i) => `${400_000 + i}`)] }, {}],
  ['BANK_CODES_WITHOUT_BIC', ['bankCodes'], { bankCodes: ['300002'] }, { chargingAccountBankCode: '300002' }],
  ['TAX_CODE_INVALID', ['taxCode'], { taxCode: '1234567' }, {}],
  ['CHARGING_ACCOUNT_INVALID', ['chargingAccount'], {}, { chargingAccountBankCode: null }],
  ['CHARGING_ACCOUNT_FOREIGN', ['chargingAccount'], {}, { chargingAccountBankCode: '300009' }],
  ['EMAIL_INVALID', ['email'], { email: 'registers' }, {}],
  ['EMAIL_INVALID', ['email'], { email: `${'a'.repeat(250)}@b.ua` }, {}],
  ['EMAIL_INVALID', ['email'], { email: 'other@bank.example,registers@bank.example' }, {}],
  ['EMAIL_INVALID', ['email'], { email: 'somebody,registers@bank.example' }, {}],
  ['EMAIL_INVALID', ['email'], { email: 'Bank<registers@bank.example>' }, {}],
  ['EMAIL_INVALID', ['email'], { email: '"registers"@bank.example' }, {}],
  ['EMAIL_INVALID', ['email'], { email: 'registers@[127.0.0.1]' }, {}],
  ['EMAIL_INVALID', ['email'], { email: 'registers@bank.example\nBcc:me@evil.example' }, {}],
  ['ROUTE_INVALID', ['routes', 'credit'], { routes: { ...PROFILE.routes, credit: 'http://bank.example/credit' } }, {}],
  ['ROUTE_INVALID', ['routes', 'payOut'], { routes: { ...PROFILE.routes, payOut: '/pay-out' } }, {}],
  ['APP_SCHEME_INVALID', ['appScheme'], { appScheme: 'javascript' }, {}],
  ['APP_SCHEME_INVALID', ['appScheme'], { appScheme: 'First Bank' }, {}],
  ['LOGO_URL_INVALID', ['logoUrl'], { logoUrl: 'https://user:secret@bank.example/logo.svg' }, {}],
] as const;

/** Addresses that no bank has on the public internet. */
const NOWHERE = [
  'https://127.0.0.1/pay-in',
  'https://2130706433/pay-in',
  'https://10.0.0.5:8443/pay-in',
  'https://169.254.169.254/latest/meta-data/',
  'https://203.0.113.7/pay-in',
  'https://[::1]/pay-in',
  'https://[::ffff:127.0.0.1]/pay-in',
  'https://localhost/pay-in',
  'https://localhost./pay-in',
  'https://core.localhost/pay-in',
  'https://metadata.google.internal/pay-in',
  'https://printer.local/pay-in',
  'https://intranet/pay-in',
];

describe('the profile of a bank', () => {
  test.each(NOWHERE)('has no callback at %s', (address) => {
    expect(failuresOf({ routes: { ...PROFILE.routes, payIn: address } })).toEqual([{ code: 'ROUTE_INVALID', path: ['routes', 'payIn'] }]);
  });

  test('is accepted when every field is right', () => {
    expect(failuresOf({})).toEqual([]);
  });

  test.each(REFUSED)('%s at %j', (code, path, profile, readings) => {
    expect(failuresOf(profile, readings)).toContainEqual({ code, path });
  });

  test('is told everything that is wrong at once', () => {
    expect(failuresOf({ name: '', email: '', taxCode: '' }).map(({ code }) => code)).toEqual([
      'NAME_INVALID',
      'TAX_CODE_INVALID',
      'EMAIL_INVALID',
    ]);
  });

  test('may have plain http addresses in the sandbox only', () => {
    const routes = { ...PROFILE.routes, payIn: 'http://127.0.0.1:4100/pay-in' };
    expect(bankProfileFailures({ ...PROFILE, routes }, READINGS, 'HTTP_ALLOWED')).toEqual([]);
    expect(failuresOf({ routes })).toEqual([{ code: 'ROUTE_INVALID', path: ['routes', 'payIn'] }]);
  });
});

describe('the codes of a bank', () => {
  test('belong to one bank', () => {
    expect(bankCodeConflicts(PROFILE, new Set(['300002']))).toEqual([{ code: 'BANK_CODE_TAKEN', path: ['bankCodes', '1'] }]);
    expect(bankCodeConflicts(PROFILE, new Set(['300001', '300002']))).toEqual([{ code: 'BIC_TAKEN', path: ['bic'] }]);
    expect(bankCodeConflicts(PROFILE, new Set())).toEqual([]);
  });
});

test('every code happens above', () => {
  const happened = [...REFUSED.map(([code]) => code), 'BIC_TAKEN', 'BANK_CODE_TAKEN'];
  expect(new Set(happened)).toEqual(new Set(BANK_FAILURE_CODES));
});

import { expect, test } from 'vitest';

import { BLANK_BANK, bankInputOf } from './bank-fields.ts';

const SIGN = '{"kty":"RSA","kid":"sign"}';
const ENCRYPT = '-----BEGIN PUBLIC KEY-----';

const inputOf = (change: Partial<typeof BLANK_BANK>) => bankInputOf({ ...BLANK_BANK, ...change }, 'key-1');

test('a bank has a key for each purpose until somebody says otherwise', () => {
  const { keys, terms } = inputOf({ signKey: SIGN, encryptKey: ENCRYPT, encryptKid: ' encrypt ' });
  expect(keys).toEqual([
    { jwk: SIGN, purpose: 'SIGN' },
    { pem: ENCRYPT, kid: 'encrypt', purpose: 'ENCRYPT', encryptionProfiles: ['dcm-1', 'dcm-2'] },
  ]);
  expect(terms).toMatchObject({ keyUse: 'SEPARATE', plainBodies: 'BOUND' });
});

test('one key for both purposes is sent once, for both', () => {
  const { keys, terms } = inputOf({ keyUse: 'SHARED', signKey: ENCRYPT, signKid: 'both', profiles: 'dcm-1' });
  expect(keys).toEqual([{ pem: ENCRYPT, kid: 'both', purpose: 'BOTH', encryptionProfiles: ['dcm-1'] }]);
  expect(terms.keyUse).toBe('SHARED');
});

test('where one key may do both and there are two, each has its own purpose', () => {
  const { keys } = inputOf({ keyUse: 'SHARED', signKey: SIGN, encryptKey: ENCRYPT });
  expect(keys.map(({ purpose }) => purpose)).toEqual(['SIGN', 'ENCRYPT']);
});

test('without keys none is sent: the hub may follow a key set', () => {
  expect(inputOf({ jwksUrl: ' https://bank.example/keys ' })).toMatchObject({ keys: [], jwksUrl: 'https://bank.example/keys' });
});

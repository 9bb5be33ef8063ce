import { expect, test } from 'vitest';

import { aliasStatusClaims, aliasStatusSchema, aliasUpdatedPayload, aliasUpdatedSchema, readAliasChange } from './alias.ts';

const ACCOUNT = 'UA761372924114433543273694797';
const RIGHT = { phone: '+380991234567', account: ACCOUNT, linked: true };

test('a change is read, its number brought into E.164 form', () => {
  expect(readAliasChange({ ...RIGHT, phone: '099 123-45-67', linked: false })).toEqual({ ok: true, value: { ...RIGHT, linked: false } });
});

test.each([
  ['INVALID_PHONE', { phone: '12' }],
  ['INVALID_PHONE', { phone: 380_991_234_567 }],
  ['INVALID_ACCOUNT', { account: 'UA761372924114433543273694798' }],
  ['INVALID_ACCOUNT', { account: 'DE89370400440532013000' }],
  ['INVALID_ACCOUNT', { account: null }],
  ['INVALID_LINKED', { linked: 'true' }],
  ['INVALID_LINKED', { linked: null }],
] as const)('%s: %o', (code, over) => {
  expect(readAliasChange({ ...RIGHT, ...over })).toEqual({ ok: false, failure: { code } });
});

test('what the hub says is what a bank reads', () => {
  const issuedAt = new Date('2026-11-25T10:00:00.500Z');
  const status = aliasStatusClaims({ issuer: 'dcm-hub', audience: 'bank', issuedAt, ...RIGHT });
  expect(aliasStatusSchema.parse(JSON.parse(status))).toEqual({ iss: 'dcm-hub', aud: 'bank', iat: 1_795_600_800, ...RIGHT });
  const identity = { issuer: 'dcm-hub', audience: 'bank', issuedAt, callbackGuid: '0192f0c1-0000-7000-8000-000000000001', sequence: 3 };
  const updated = aliasUpdatedPayload(identity, { phone: RIGHT.phone, account: ACCOUNT });
  expect(aliasUpdatedSchema.parse(JSON.parse(updated))).toMatchObject({
    linked: false,
    sequence: 3,
    updated_at: '2026-11-25T10:00:00.500Z',
  });
});

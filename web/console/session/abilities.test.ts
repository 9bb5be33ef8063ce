import { expect, test } from 'vitest';

import { scopesOf } from '../../../schema/scopes.ts';
import { type Ability, can } from './abilities.ts';

// prettier-ignore
const ALL: readonly Ability[] = [
  'orders', 'payments', 'review', 'decide', 'return', 'settlement', 'settlementDays', 'settle', 'jobs', 'mails', 'participants', 'onboard', 'testCallbacks',
  'aliases', 'aliasHistory', 'aliasDecide', 'audit',
];

test.each([
  [
    'BANK',
    scopesOf({ kind: 'bank', bankGuid: 'b', keyId: 'k' }),
    ['orders', 'payments', 'settlement', 'participants', 'testCallbacks', 'aliases'],
  ],
  [
    'MERCHANT',
    scopesOf({ kind: 'merchant', merchantUid: 'm', keyId: 'k' }),
    ['orders', 'payments', 'return', 'participants', 'testCallbacks'],
  ],
  ['OPERATIONS', ['payments:read'], ['payments', 'review']],
  ['OPERATIONS', ['payments:read', 'payments:resolve', 'settlement:write'], ['payments', 'review', 'decide', 'settle', 'jobs', 'mails']],
  ['OPERATIONS', ['settlement:read', 'aliases:read'], ['settlement', 'settlementDays', 'aliases', 'aliasHistory']],
  ['OPERATIONS', ['aliases:write'], ['aliasDecide']],
  ['OPERATIONS', ['callbacks:test'], ['testCallbacks']],
  ['OPERATIONS', ['audit:read'], ['audit']],
  ['OPERATIONS', [], []],
] as const)('offers %s with %j what it may read', (kind, scopes, offered) => {
  expect(ALL.filter((ability) => can({ kind, scopes }, ability))).toEqual(offered);
});

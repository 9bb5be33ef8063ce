import { expect, test } from 'vitest';

import { expiringKeys } from './key-expiry.ts';
import type { ParticipantKey } from './participant-key.ts';

const day = (n: number): Date => new Date(Date.UTC(2026, 2, n));
const [NOW, END, UNTIL] = [day(1), day(20), day(31)];

function aKey(kid: string, facts: Partial<ParticipantKey> = {}): ParticipantKey {
  return {
    kid,
    participantId: 'bank',
    jwk: { kty: 'RSA', n: 'n', e: 'AQAB', alg: 'RS256', use: 'sig', kid },
    purpose: 'SIGN',
    encryptionProfiles: [],
    validFrom: new Date(0),
    validUntil: null,
    revokedFrom: null,
    origin: 'REGISTERED',
    vanishedAt: null,
    ...facts,
  };
}

test.each<[string, Partial<ParticipantKey>, boolean]>([
  ['ends in time to be warned of', { validUntil: END }, true],
  ['ends the instant before', { validUntil: new Date(UNTIL.getTime() - 1) }, true],
  ['ends later', { validUntil: UNTIL }, false],
  ['has no end', {}, false],
  ['has ended', { validUntil: NOW }, false],
  ['is revoked', { validUntil: END, revokedFrom: NOW }, false],
  ['has not begun', { validFrom: day(2), validUntil: END }, false],
])('a key that %s is listed: %s', (_, facts, listed) => {
  expect(expiringKeys([aKey('k', facts)], NOW, UNTIL)).toHaveLength(listed ? 1 : 0);
});

test.each<[string, ParticipantKey['purpose'], readonly ParticipantKey[], boolean]>([
  ['nobody', 'SIGN', [], false],
  ['a key that stays', 'SIGN', [aKey('next')], true],
  ['a key that begins in that instant', 'SIGN', [aKey('next', { validFrom: END })], true],
  ['a key that begins later', 'SIGN', [aKey('next', { validFrom: day(21) })], false],
  ['a key that ends with it', 'SIGN', [aKey('next', { validUntil: END })], false],
  ['a revoked key', 'SIGN', [aKey('next', { revokedFrom: day(25) })], false],
  ['a key for the other end', 'SIGN', [aKey('next', { purpose: 'ENCRYPT' })], false],
  ['a key for both ends', 'ENCRYPT', [aKey('next', { purpose: 'BOTH' })], true],
  ['a key for one end of two', 'BOTH', [aKey('next')], false],
  ['a key for each end', 'BOTH', [aKey('next'), aKey('other', { purpose: 'ENCRYPT' })], true],
])('a key that %s replaces: for %s', (_, purpose, others, isReplaced) => {
  const found = expiringKeys([aKey('k', { purpose, validUntil: END }), ...others], NOW, UNTIL);
  expect(found.find(({ key }) => key.kid === 'k')).toMatchObject({ validUntil: END, isReplaced });
});

test('the first to end is the first in the list', () => {
  const keys = [aKey('late', { validUntil: day(25) }), aKey('soon', { validUntil: END })];
  expect(expiringKeys(keys, NOW, UNTIL).map(({ key }) => key.kid)).toEqual(['soon', 'late']);
});

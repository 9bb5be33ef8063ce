import { describe, expect, test } from 'vitest';

import { evolveAll } from '../../../kernel/core/decider.ts';
import {
  KEY_STATES,
  keyStateAt,
  LIVE_KEYS_MAX,
  participantKey,
  TRANSITIONS,
  VANISHED_OVERLAP_MS,
  type KeyCircumstances,
  type KeyCommand,
  type KeyEvent,
  type ParticipantKey,
} from './participant-key.ts';

const day = (n: number): Date => new Date(Date.UTC(2026, 2, n));
const NOW = day(10);

const KEY: ParticipantKey = {
  kid: 'bank-a-1',
  participantId: '01890000-0000-7000-8000-00000000000a',
  jwk: { kty: 'RSA', n: 'n', e: 'AQAB', alg: 'RS256', use: 'sig', kid: 'bank-a-1' },
  purpose: 'SIGN',
  encryptionProfiles: [],
  validFrom: day(1),
  validUntil: null,
  revokedFrom: null,
  origin: 'REGISTERED',
  vanishedAt: null,
};
const aKey = (facts: Partial<ParticipantKey> = {}): ParticipantKey => ({ ...KEY, ...facts });

const KEYS = {
  ANNOUNCED: aKey({ validFrom: day(11) }),
  ACTIVE: aKey(),
  RETIRED: aKey({ validUntil: day(9) }),
  REVOKED: aKey({ revokedFrom: day(9) }),
} as const;

describe('what a key is at an instant', () => {
  test.each(KEY_STATES)('a key is %s by its times alone', (state) => {
    expect(keyStateAt(KEYS[state], NOW)).toBe(state);
  });

  test('a key is used from its first instant and no longer at its end', () => {
    const key = aKey({ validFrom: day(5), validUntil: day(6) });
    expect([day(5), new Date(day(6).getTime() - 1), day(6)].map((at) => keyStateAt(key, at))).toEqual(['ACTIVE', 'ACTIVE', 'RETIRED']);
  });

  test('a revocation counts from its own instant on', () => {
    const key = aKey({ revokedFrom: day(8) });
    expect([new Date(day(8).getTime() - 1), day(8)].map((at) => keyStateAt(key, at))).toEqual(['ACTIVE', 'REVOKED']);
  });

  test('time and decisions only move a key along its transitions', () => {
    const commands: readonly KeyCommand[] = [
      { type: 'RETIRE', validUntil: NOW, now: NOW },
      { type: 'RETIRE', validUntil: day(20), now: NOW },
      { type: 'REVOKE', revokedFrom: day(2), now: NOW },
      { type: 'REVOKE', revokedFrom: NOW, now: NOW },
      { type: 'FIND', encryptionProfiles: [], now: NOW },
      { type: 'MISS', now: NOW },
    ];
    for (const before of KEY_STATES) {
      for (const command of commands) {
        const decided = participantKey.decide(KEYS[before], command);
        if (!decided.ok) continue;
        const key = evolveAll<ParticipantKey | null, KeyEvent>(
          (state, event) => participantKey.evolve(state, event),
          KEYS[before],
          decided.value,
        );
        for (const at of [NOW, day(15), day(30)]) {
          const after = key && keyStateAt(key, at);
          // Between two looks a key may pass through several states.
          const reachable = new Set([before, ...TRANSITIONS[before], ...TRANSITIONS[before].flatMap((next) => TRANSITIONS[next])]);
          expect(reachable).toContain(after);
        }
      }
    }
  });
});

describe('every command in every state', () => {
  const NONE = 'already so';
  const cases: readonly (readonly [keyof typeof KEYS | 'UNKNOWN', string, KeyCommand, string])[] = [
    ['UNKNOWN', 'retire', { type: 'RETIRE', validUntil: NOW, now: NOW }, 'KEY_NOT_FOUND'],
    ['UNKNOWN', 'revoke', { type: 'REVOKE', revokedFrom: NOW, now: NOW }, 'KEY_NOT_FOUND'],
    ['ANNOUNCED', 'retire before it starts', { type: 'RETIRE', validUntil: NOW, now: NOW }, 'RETIREMENT_BEFORE_START'],
    ['ANNOUNCED', 'retire later', { type: 'RETIRE', validUntil: day(20), now: NOW }, 'KeyRetired'],
    ['ANNOUNCED', 'revoke', { type: 'REVOKE', revokedFrom: NOW, now: NOW }, 'KeyRevoked'],
    ['ACTIVE', 'retire now', { type: 'RETIRE', validUntil: NOW, now: NOW }, 'KeyRetired'],
    ['ACTIVE', 'retire later', { type: 'RETIRE', validUntil: day(20), now: NOW }, 'KeyRetired'],
    ['ACTIVE', 'retire yesterday', { type: 'RETIRE', validUntil: day(9), now: NOW }, 'RETIREMENT_IN_PAST'],
    ['ACTIVE', 'revoke now', { type: 'REVOKE', revokedFrom: NOW, now: NOW }, 'KeyRevoked'],
    ['ACTIVE', 'revoke from last week', { type: 'REVOKE', revokedFrom: day(3), now: NOW }, 'KeyRevoked'],
    ['ACTIVE', 'revoke tomorrow', { type: 'REVOKE', revokedFrom: day(11), now: NOW }, 'REVOCATION_IN_FUTURE'],
    ['RETIRED', 'retire as it was', { type: 'RETIRE', validUntil: day(9), now: NOW }, NONE],
    ['RETIRED', 'retire again', { type: 'RETIRE', validUntil: day(20), now: NOW }, 'KEY_ALREADY_RETIRED'],
    ['RETIRED', 'revoke', { type: 'REVOKE', revokedFrom: day(8), now: NOW }, 'KeyRevoked'],
    ['REVOKED', 'retire', { type: 'RETIRE', validUntil: NOW, now: NOW }, 'KEY_ALREADY_REVOKED'],
    ['REVOKED', 'revoke as it was', { type: 'REVOKE', revokedFrom: day(9), now: NOW }, NONE],
    ['REVOKED', 'revoke from earlier', { type: 'REVOKE', revokedFrom: day(4), now: NOW }, 'KeyRevoked'],
    ['REVOKED', 'revoke from later', { type: 'REVOKE', revokedFrom: NOW, now: NOW }, 'KEY_ALREADY_REVOKED'],
    ['UNKNOWN', 'find', { type: 'FIND', encryptionProfiles: [], now: NOW }, 'KEY_NOT_FOUND'],
    ['ANNOUNCED', 'find', { type: 'FIND', encryptionProfiles: [], now: NOW }, 'KeyFollowed'],
    ['ACTIVE', 'find', { type: 'FIND', encryptionProfiles: [], now: NOW }, 'KeyFollowed'],
    ['RETIRED', 'find', { type: 'FIND', encryptionProfiles: [], now: NOW }, 'KEY_ALREADY_RETIRED'],
    ['REVOKED', 'find', { type: 'FIND', encryptionProfiles: [], now: NOW }, 'KEY_ALREADY_REVOKED'],
    ['UNKNOWN', 'miss', { type: 'MISS', now: NOW }, 'KEY_NOT_FOUND'],
    ['ANNOUNCED', 'miss what operations registered', { type: 'MISS', now: NOW }, NONE],
    ['ACTIVE', 'miss what operations registered', { type: 'MISS', now: NOW }, NONE],
    ['RETIRED', 'miss what operations registered', { type: 'MISS', now: NOW }, NONE],
    ['REVOKED', 'miss what operations registered', { type: 'MISS', now: NOW }, NONE],
  ];

  test.each(cases)('%s: %s', (state, _, command, expected) => {
    const decided = participantKey.decide(state === 'UNKNOWN' ? null : KEYS[state], command);
    expect(decided.ok ? (decided.value[0]?.type ?? NONE) : decided.failure.code).toBe(expected);
  });

  test('a planned retirement can still be moved, in both directions', () => {
    const planned = aKey({ validUntil: day(20) });
    for (const validUntil of [day(12), day(28)]) {
      expect(participantKey.decide(planned, { type: 'RETIRE', validUntil, now: NOW })).toEqual({
        ok: true,
        value: [{ type: 'KeyRetired', validUntil }],
      });
    }
  });
});

describe('a new key', () => {
  const free: KeyCircumstances = {
    kidOwner: null,
    kidReserved: false,
    liveKeys: 0,
    keyUse: 'SEPARATE',
    usedForOtherEnd: false,
    revokedBefore: false,
  };
  const add = (key: ParticipantKey, circumstances = free) => participantKey.decide(null, { type: 'ADD', key, circumstances, now: NOW });
  const codeOf = (result: ReturnType<typeof add>): string => (result.ok ? 'added' : result.failure.code);

  test('joins the keys that a participant has, so that two overlap while it rotates', () => {
    const key = aKey({ kid: 'bank-a-2' });
    expect(add(key, { ...free, liveKeys: 1 })).toEqual({ ok: true, value: [{ type: 'KeyAdded', key }] });
    expect(participantKey.evolve(null, { type: 'KeyAdded', key })).toBe(key);
  });

  test.each([
    ['KEY_KID_TAKEN', aKey(), { ...free, kidOwner: 'another bank' }],
    ['KEY_KID_TAKEN', aKey(), { ...free, kidOwner: KEY.participantId }],
    ['KEY_KID_RESERVED', aKey({ kid: 'edge-1' }), { ...free, kidReserved: true }],
    ['KEY_LIMIT', aKey(), { ...free, liveKeys: LIVE_KEYS_MAX }],
    ['KEY_SHARED', aKey({ purpose: 'BOTH' }), free],
    ['KEY_SHARED', aKey({ purpose: 'ENCRYPT' }), { ...free, usedForOtherEnd: true }],
    ['KEY_COMPROMISED', aKey(), { ...free, revokedBefore: true }],
    ['KEY_VALIDITY_INVALID', aKey({ validFrom: day(20), validUntil: day(20) }), free],
    ['KEY_VALIDITY_INVALID', aKey({ validUntil: NOW }), free],
  ] as const)('is refused with %s', (code, key, circumstances) => {
    expect(codeOf(add(key, circumstances))).toBe(code);
  });

  test('may serve both ends in the compatibility mode alone', () => {
    const shared: KeyCircumstances = { ...free, keyUse: 'SHARED' };
    expect(codeOf(add(aKey({ purpose: 'BOTH' }), shared))).toBe('added');
    expect(codeOf(add(aKey({ purpose: 'ENCRYPT' }), { ...shared, usedForOtherEnd: true }))).toBe('added');
    expect(codeOf(add(aKey(), { ...shared, revokedBefore: true }))).toBe('KEY_COMPROMISED');
  });
});

describe('a key of a key set', () => {
  const FOLLOWED = { origin: 'KEY_SET' } as const;
  const after = (key: ParticipantKey, command: KeyCommand): ParticipantKey | string => {
    const decided = participantKey.decide(key, command);
    if (!decided.ok) return decided.failure.code;
    return evolveAll<ParticipantKey | null, KeyEvent>((state, event) => participantKey.evolve(state, event), key, decided.value) ?? '';
  };
  const find = (now: Date, encryptionProfiles: ParticipantKey['encryptionProfiles'] = []): KeyCommand => ({
    type: 'FIND',
    encryptionProfiles,
    now,
  });
  const miss = (now: Date): KeyCommand => ({ type: 'MISS', now });
  const OVERLAP_END = new Date(NOW.getTime() + VANISHED_OVERLAP_MS);

  test('that left it ends after the overlap, and lives on when it is back before', () => {
    const vanished = aKey({ ...FOLLOWED, vanishedAt: NOW, validUntil: OVERLAP_END });
    expect(after(aKey(FOLLOWED), miss(NOW))).toEqual(vanished);
    expect(after(vanished, miss(new Date(NOW.getTime() + 1)))).toEqual(vanished);
    expect(after(vanished, find(new Date(OVERLAP_END.getTime() - 1)))).toEqual(aKey(FOLLOWED));
    expect(after(vanished, find(OVERLAP_END))).toBe('KEY_ALREADY_RETIRED');
  });

  test('is followed from the first time that the set names it, and left to operations before', () => {
    expect(after(aKey(), miss(NOW))).toEqual(aKey());
    expect(after(aKey(), find(NOW))).toEqual(aKey(FOLLOWED));
    expect(after(aKey(FOLLOWED), find(NOW))).toEqual(aKey(FOLLOWED));
  });

  test('keeps the end that operations set, whatever the set says', () => {
    const planned = aKey({ ...FOLLOWED, validUntil: day(20) });
    expect(after(planned, miss(NOW))).toEqual(planned);
    expect(after(planned, find(NOW))).toEqual(planned);
    const vanished = aKey({ ...FOLLOWED, vanishedAt: NOW, validUntil: OVERLAP_END });
    expect(after(vanished, { type: 'RETIRE', validUntil: day(20), now: NOW })).toEqual(planned);
  });

  test.each([
    ['RETIRED', { validUntil: day(9) }],
    ['REVOKED', { revokedFrom: day(9) }],
  ] as const)('that is %s and left the set stays as it is', (_, facts) => {
    expect(after(aKey({ ...FOLLOWED, ...facts }), miss(NOW))).toEqual(aKey({ ...FOLLOWED, ...facts }));
  });

  test('has the encryption profiles that the set says now', () => {
    const encrypting = aKey({ ...FOLLOWED, purpose: 'ENCRYPT', encryptionProfiles: ['dcm-1'] });
    expect(after(encrypting, find(NOW, ['dcm-1', 'dcm-2']))).toEqual({ ...encrypting, encryptionProfiles: ['dcm-1', 'dcm-2'] });
  });
});

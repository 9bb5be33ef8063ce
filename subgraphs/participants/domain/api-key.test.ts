import { describe, expect, test } from 'vitest';

import {
  ACTIVE_API_KEYS_MAX,
  apiKeyState,
  apiKeyText,
  decideApiKeys,
  evolveApiKeys,
  isUseWorthWriting,
  LAST_USED_RESOLUTION_MS,
  type ApiKey,
} from './api-key.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');

function anApiKey(facts: Partial<ApiKey> = {}): ApiKey {
  return {
    id: 'key-1',
    participantId: 'shop',
    kind: 'SECRET',
    sha256: 'ab'.repeat(32),
    tail: 'wxyz',
    origins: [],
    createdAt: NOW,
    lastUsedAt: null,
    revokedAt: null,
    ...facts,
  };
}

describe('creating', () => {
  test.each([
    ['SECRET', 'MERCHANT', true],
    ['PUBLISHABLE', 'MERCHANT', true],
    ['BANK', 'MERCHANT', false],
    ['SECRET', 'BANK', false],
    ['PUBLISHABLE', 'BANK', false],
    ['BANK', 'BANK', true],
  ] as const)('a %s key for a %s: %s', (kind, participantKind, allowed) => {
    const key = anApiKey({ kind });
    const expected = allowed ? { ok: true, value: [{ type: 'ApiKeyCreated', key }] } : { ok: false, failure: { code: 'API_KEY_KIND' } };
    expect(decideApiKeys([], { type: 'CREATE', key, participantKind, addressPolicy: 'HTTPS_ONLY' })).toEqual(expected);
  });

  test('two keys of a kind may be active, a third may not; revoked keys and other kinds do not count', () => {
    const create = (keys: readonly ApiKey[]) =>
      decideApiKeys(keys, { type: 'CREATE', key: anApiKey({ id: 'new' }), participantKind: 'MERCHANT', addressPolicy: 'HTTPS_ONLY' });
    const active = Array.from({ length: ACTIVE_API_KEYS_MAX }, (_, i) => anApiKey({ id: `active-${i}` }));
    const others = [anApiKey({ id: 'old', revokedAt: NOW }), anApiKey({ id: 'pk', kind: 'PUBLISHABLE' })];
    expect(create([...active.slice(1), ...others]).ok).toBe(true);
    expect(create([...active, ...others])).toEqual({ ok: false, failure: { code: 'API_KEY_LIMIT' } });
  });
});

describe('the origins of a key', () => {
  test.each([
    ['one of a publishable key', 'PUBLISHABLE', ['https://shop.example'], true],
    ['none of a publishable key', 'PUBLISHABLE', [], true],
    ['with a path', 'PUBLISHABLE', ['https://shop.example/'], false],
    ['without encryption', 'PUBLISHABLE', ['http://shop.example'], false],
    ['too many', 'PUBLISHABLE', Array.from({ length: 21 }, (_, n) => `https://shop-${n}.example`), false],
    ['of a secret key', 'SECRET', ['https://shop.example'], false],
  ] as const)('%s: %s %j is %s', (_what, kind, origins, allowed) => {
    const key = anApiKey({ kind, origins });
    const decided = decideApiKeys([], { type: 'CREATE', key, participantKind: 'MERCHANT', addressPolicy: 'HTTPS_ONLY' });
    expect(decided.ok ? null : decided.failure.code).toBe(allowed ? null : 'API_KEY_ORIGINS');
  });
});

describe('revoking', () => {
  const revoke = { type: 'REVOKE', id: 'key-1', now: NOW } as const;

  test('ends an active key and leaves its neighbours', () => {
    const keys = [anApiKey(), anApiKey({ id: 'key-2' })];
    const decided = decideApiKeys(keys, revoke);
    const after = decided.ok ? decided.value.reduce(evolveApiKeys, keys as readonly ApiKey[]) : []; // reduce needs the readonly type of its result
    expect(after.map(apiKeyState)).toEqual(['REVOKED', 'ACTIVE']);
  });

  test('a revoked key is already so', () => {
    expect(decideApiKeys([anApiKey({ revokedAt: NOW })], revoke)).toEqual({ ok: true, value: [] });
  });

  test('an unknown key is refused', () => {
    expect(decideApiKeys([anApiKey({ id: 'other' })], revoke)).toEqual({ ok: false, failure: { code: 'API_KEY_NOT_FOUND' } });
  });

  test('a created key joins the others', () => {
    expect(evolveApiKeys([anApiKey()], { type: 'ApiKeyCreated', key: anApiKey({ id: 'key-2' }) }).map((key) => key.id)).toEqual([
      'key-1',
      'key-2',
    ]);
  });
});

test('the text of a key says what it is for', () => {
  expect([apiKeyText('SECRET', 'test', 'r'), apiKeyText('PUBLISHABLE', 'test', 'r'), apiKeyText('BANK', 'live', 'r')]).toEqual([
    'sk_test_r',
    'pk_test_r',
    'bk_live_r',
  ]);
});

test('a use is written down at most once a minute', () => {
  const earlier = (ms: number): Date => new Date(NOW.getTime() - ms);
  const uses = [null, earlier(LAST_USED_RESOLUTION_MS), earlier(LAST_USED_RESOLUTION_MS - 1), NOW];
  expect(uses.map((lastUsedAt) => isUseWorthWriting(lastUsedAt, NOW))).toEqual([true, true, false, false]);
});

import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { selectEncryptionKey, selectVerificationKey } from '../../protocol/participant-key.ts';
import { writePublicPem } from '../../protocol/pem.ts';
import { readDirectory, resolveApiKey } from '../../schema/commands/participants.ts';
import {
  aFreshJwk,
  aJwk,
  aKey,
  idOf,
  mutate,
  registeredBank,
  registeredMerchant,
  sha256,
  startParticipants,
  type RunningParticipants,
} from './running-participants.ts';

let participants: RunningParticipants;
let bankGuid: string;
let merchantUid: string;

const HOUR_MS = 3_600_000;
const START = new Date('2026-03-01T10:00:00.000Z');
const hours = (n: number): Date => new Date(START.getTime() + n * HOUR_MS);

beforeAll(async () => {
  participants = await startParticipants();
  bankGuid = await registeredBank(participants, { keys: [{ jwk: aJwk('old'), purpose: 'BOTH' }] });
  merchantUid = await registeredMerchant(participants, bankGuid);
});
afterAll(() => participants.stop());

async function publishedKeys() {
  const { snapshot } = await participants.command(readDirectory, { afterVersion: 0 });
  return snapshot?.banks.find(({ guid }) => guid === bankGuid)?.keys ?? [];
}

describe('rotating a key', () => {
  test('lets the old and the new key verify side by side, and then the new one alone', async () => {
    await mutate(participants, 'participantKeyAdd', {
      participantId: bankGuid,
      jwk: aJwk('new'),
      purpose: 'BOTH',
      encryptionProfiles: ['dcm-2', 'dcm-1'],
      validFrom: hours(1).toISOString(),
    });
    await mutate(participants, 'participantKeyRetire', { kid: 'old', retireAt: hours(2).toISOString() });

    const keys = await publishedKeys();
    const verifying = (at: Date) => ['old', 'new'].filter((kid) => selectVerificationKey(keys, kid, at).ok);
    expect([hours(0), hours(1), hours(2)].map(verifying)).toEqual([['old'], ['old', 'new'], ['new']]);
    expect([hours(0), hours(1), hours(2)].map((at) => selectEncryptionKey(keys, at)?.kid)).toEqual(['old', 'new', 'new']);
    expect(keys.find(({ kid }) => kid === 'new')?.encryptionProfiles).toEqual(['dcm-1', 'dcm-2']);
  });

  test('shows each key in the state of the moment', async () => {
    const states = async (at: Date) => {
      participants.now = at;
      const { bank } = await participants.ask(`query ($guid: String) { bank(guid: $guid) { keys { kid state } } }`, { guid: bankGuid });
      return (bank as unknown as { keys: { state: string }[] }).keys.map(({ state }) => state); // the query above
    };
    expect([await states(hours(0)), await states(hours(1)), await states(hours(2))]).toEqual([
      ['ACTIVE', 'ANNOUNCED'],
      ['ACTIVE', 'ACTIVE'],
      ['RETIRED', 'ACTIVE'],
    ]);
    participants.now = START;
  });

  test('keeps a revoked key in the directory, so that messages that wait are refused by name', async () => {
    await mutate(participants, 'participantKeyAdd', { participantId: bankGuid, jwk: aJwk('stolen'), purpose: 'SIGN' });
    participants.now = hours(3);
    await mutate(participants, 'participantKeyRetire', { kid: 'stolen', revokedFrom: hours(2).toISOString() });
    const stolen = (await publishedKeys()).find(({ kid }) => kid === 'stolen');
    expect(stolen).toMatchObject({ revokedFrom: hours(2).toISOString(), validUntil: null });
    participants.now = START;
  });

  test('is answered the same when it is asked for again', async () => {
    const input = { kid: 'old', retireAt: hours(2).toISOString(), idempotencyKey: aKey() };
    expect(await mutate(participants, 'participantKeyRetire', input)).toMatchObject({ id: 'old', replayed: false, codes: [] });
    expect(await mutate(participants, 'participantKeyRetire', input)).toMatchObject({ id: 'old', replayed: true, codes: [] });
  });

  test('changes nothing and publishes nothing when the key already ends then', async () => {
    const version = async () => (await participants.command(readDirectory, { afterVersion: 0 })).snapshot?.version;
    const before = await version();
    await mutate(participants, 'participantKeyRetire', { kid: 'old', retireAt: hours(2).toISOString() });
    expect(await version()).toBe(before);
  });

  test.each([
    ['participantKeyAdd', 'PARTICIPANT_NOT_FOUND', 'participantId', () => ({ participantId: 'x', jwk: aJwk('k'), purpose: 'SIGN' })],
    ['participantKeyAdd', 'KEY_KID_TAKEN', '', () => ({ participantId: merchantUid, jwk: aJwk('old'), purpose: 'SIGN' })],
    ['participantKeyAdd', 'KEY_KID_RESERVED', '', () => ({ participantId: bankGuid, jwk: aJwk('hub-1'), purpose: 'SIGN' })],
    ['participantKeyAdd', 'KEY_PRIVATE', 'jwk', () => ({ participantId: bankGuid, jwk: { ...aJwk('k'), d: 'x' }, purpose: 'SIGN' })],
    [
      'participantKeyAdd',
      'KEY_VALIDITY_INVALID',
      '',
      () => ({ participantId: bankGuid, jwk: aJwk('k'), purpose: 'SIGN', validUntil: hours(-1).toISOString() }),
    ],
    ['participantKeyRetire', 'KEY_NOT_FOUND', 'kid', () => ({ kid: 'nobody' })],
    ['participantKeyRetire', 'KEY_NOT_FOUND', 'kid', () => ({ kid: 'no\u0000body' })],
    ['participantKeyRetire', 'RETIREMENT_IN_PAST', 'kid', () => ({ kid: 'old', retireAt: hours(-1).toISOString() })],
    ['participantKeyRetire', 'RETIREMENT_BEFORE_START', 'kid', () => ({ kid: 'new', retireAt: hours(1).toISOString() })],
    ['participantKeyRetire', 'REVOCATION_IN_FUTURE', 'kid', () => ({ kid: 'old', revokedFrom: hours(1).toISOString() })],
    ['participantKeyRetire', 'KEY_ALREADY_REVOKED', 'kid', () => ({ kid: 'stolen' })],
    [
      'participantKeyRetire',
      'RETIREMENT_AMBIGUOUS',
      'revokedFrom',
      () => ({ kid: 'old', retireAt: hours(1).toISOString(), revokedFrom: hours(0).toISOString() }),
    ],
  ] as const)('%s is refused with %s at %s', async (mutation, code, path, input) => {
    expect(await mutate(participants, mutation, input())).toMatchObject({ id: null, codes: [code], paths: [path] });
  });

  test('KEY_ALREADY_RETIRED: a key that has ended does not come back', async () => {
    participants.now = hours(4);
    const answer = await mutate(participants, 'participantKeyRetire', { kid: 'old', retireAt: hours(9).toISOString() });
    expect(answer.codes).toEqual(['KEY_ALREADY_RETIRED']);
    participants.now = START;
  });
});

describe('a key that is given as a PEM', () => {
  const added = async (input: object) => mutate(participants, 'participantKeyAdd', { participantId: bankGuid, purpose: 'SIGN', ...input });

  test('is the same as the JWK, under the kid that it is given or its thumbprint', async () => {
    const { n, e } = { n: '', e: '', ...aFreshJwk('') };
    const pem = writePublicPem({ kty: 'RSA', n, e });
    const thumbprint = createHash('sha256')
      .update(JSON.stringify({ e, kty: 'RSA', n }))
      .digest('base64url');
    expect((await added({ pem, kid: 'pem-1' })).id).toBe('pem-1');
    expect((await added({ pem })).id).toBe(thumbprint);
    const keys = await publishedKeys();
    expect(['pem-1', thumbprint].map((kid) => keys.find((key) => key.kid === kid)?.jwk)).toEqual([
      { kty: 'RSA', n, e, alg: 'RS256', use: 'sig', kid: 'pem-1' },
      { kty: 'RSA', n, e, alg: 'RS256', use: 'sig', kid: thumbprint },
    ]);
  });

  test('gives a kid to a JWK that has none', async () => {
    const { kid: _, ...nameless } = aFreshJwk('');
    expect((await added({ jwk: nameless, kid: 'named-1' })).id).toBe('named-1');
  });
});

describe('an API key', () => {
  const resolve = (secret: string | null | undefined) => participants.command(resolveApiKey, { keySha256: sha256(secret ?? '') });
  const create = (participantId: string, kind: string, more = {}) => mutate(participants, 'apiKeyCreate', { participantId, kind, ...more });

  test.each([
    ['BANK', /^bk_test_[\w-]{43}$/, () => bankGuid, { kind: 'bank' }],
    ['SECRET', /^sk_test_[\w-]{43}$/, () => merchantUid, { kind: 'merchant' }],
  ] as const)('of kind %s names its owner by its hash, and is shown once', async (kind, form, owner, caller) => {
    const input = { participantId: owner(), kind, idempotencyKey: aKey() };
    const created = await mutate(participants, 'apiKeyCreate', input);
    expect(created.secret).toMatch(form);
    const id = kind === 'BANK' ? { bankGuid } : { merchantUid };
    expect(await resolve(created.secret)).toEqual({ caller: { ...caller, ...id, keyId: created.id }, publishable: null });
    expect(await mutate(participants, 'apiKeyCreate', input)).toMatchObject({ id: created.id, replayed: true, secret: null, codes: [] });
  });

  test('that is publishable never makes a caller', async () => {
    const created = await create(merchantUid, 'PUBLISHABLE');
    expect(created.secret).toMatch(/^pk_test_/);
    expect(await resolve(created.secret)).toEqual({
      caller: null,
      publishable: { merchantUid, keyId: created.id, origins: ['https://shop.example'] },
    });
  });

  test('is not in the database', async () => {
    const { secret } = await create(await registeredMerchant(participants, bankGuid), 'SECRET');
    const { rows } = await participants.database.pool.query<{ text: string }>(
      "select string_agg(t::text, '') as text from (select a::text as t from api_key a union all select i::text from idempotency_record i union all select l::text from event_log l) x",
    );
    expect(rows[0]?.text).toContain(sha256(secret ?? ''));
    expect(rows[0]?.text).not.toContain(secret?.slice(8));
  });

  test('is one of at most two active ones of its kind, so that it can be rotated', async () => {
    const uid = await registeredMerchant(participants, bankGuid);
    const first = await create(uid, 'SECRET');
    const second = await create(uid, 'SECRET');
    expect((await create(uid, 'SECRET')).codes).toEqual(['API_KEY_LIMIT']);
    expect((await create(uid, 'PUBLISHABLE')).codes).toEqual([]);
    expect((await mutate(participants, 'apiKeyRevoke', { apiKeyId: first.id })).codes).toEqual([]);
    expect((await create(uid, 'SECRET')).codes).toEqual([]);
    expect(await resolve(first.secret)).toEqual({ caller: null, publishable: null });
    expect((await resolve(second.secret)).caller).toMatchObject({ merchantUid: uid });
  });

  test('may be revoked twice', async () => {
    const created = await create(await registeredMerchant(participants, bankGuid), 'SECRET');
    const revoke = () => mutate(participants, 'apiKeyRevoke', { apiKeyId: created.id });
    expect([await revoke(), await revoke()]).toMatchObject([{ codes: [] }, { codes: [] }]);
  });

  test('tells its last use to the minute', async () => {
    const uid = await registeredMerchant(participants, bankGuid);
    const { secret } = await create(uid, 'SECRET');
    const lastUsed = async (at: Date) => {
      participants.now = at;
      await resolve(secret);
      const { merchant } = await participants.ask(`query ($uid: String) { merchant(uid: $uid) { apiKeys { lastUsedAt tail state } } }`, {
        uid,
      });
      return (merchant as unknown as { apiKeys: { lastUsedAt: string }[] }).apiKeys[0]?.lastUsedAt; // the query above
    };
    const second = (n: number): Date => new Date(START.getTime() + n * 1000);
    const seen = [await lastUsed(second(0)), await lastUsed(second(59)), await lastUsed(second(60))];
    expect(seen).toEqual([second(0), second(0), second(60)].map((at) => at.toISOString()));
    participants.now = START;
  });

  test.each([
    ['API_KEY_KIND', 'kind', () => ({ participantId: bankGuid, kind: 'SECRET' })],
    ['API_KEY_KIND', 'kind', () => ({ participantId: merchantUid, kind: 'BANK' })],
    ['PARTICIPANT_NOT_FOUND', 'participantId', () => ({ participantId: 'x', kind: 'SECRET' })],
  ])('is refused with %s at %s', async (code, path, input) => {
    expect(await mutate(participants, 'apiKeyCreate', input())).toMatchObject({ id: null, codes: [code], paths: [path], secret: null });
  });

  test.each(['x', '01890000-0000-7000-8000-000000000001'])('API_KEY_NOT_FOUND: %s cannot be revoked', async (apiKeyId) => {
    expect((await mutate(participants, 'apiKeyRevoke', { apiKeyId })).codes).toEqual(['API_KEY_NOT_FOUND']);
  });

  test('that nobody has resolves to nobody', async () => {
    expect(await resolve('sk_test_guess')).toEqual({ caller: null, publishable: null });
    expect(idOf(await create(await registeredMerchant(participants, bankGuid), 'SECRET'))).toMatch(/^[0-9a-f-]{36}$/);
  });
});

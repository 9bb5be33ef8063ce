import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readDirectory } from '../../schema/commands/participants.ts';
import { DEFAULT_LIMITS } from '../../schema/directory.ts';
import {
  aBank,
  aFreshJwk,
  aJwk,
  bankCaller,
  merchantCaller,
  mutate,
  registeredBank,
  registeredMerchant,
  startParticipants,
  type RunningParticipants,
} from './running-participants.ts';

let participants: RunningParticipants;
let plainBank: string;
let sharedBank: string;
let merchantUid: string;

beforeAll(async () => {
  participants = await startParticipants();
  plainBank = await registeredBank(participants, { bic: '300001', keys: [{ jwk: aFreshJwk('plain-sign'), purpose: 'SIGN' }] });
  sharedBank = await registeredBank(participants, { bic: '300002', keys: [{ jwk: aJwk('shared'), purpose: 'BOTH' }] });
  merchantUid = await registeredMerchant(participants, plainBank);
});
afterAll(() => participants.stop());

const TERMS = 'terms { limits { perSecond burst } boundTokens keyUse }';
const change = (participantId: string, terms: object) => mutate(participants, 'participantTermsChange', { participantId, terms });

async function snapshot() {
  const { snapshot: newest } = await participants.command(readDirectory, { afterVersion: 0 });
  if (!newest) throw new Error('there is no snapshot');
  return newest;
}

const listed = async (field: 'banks' | 'merchants', filter: object, after: string | null = null) => {
  const source = `query ($filter: ParticipantTermsFilter, $after: Cursor) { list: ${field}(first: 1, filter: $filter, after: $after) {
    nodes: edges { node { ${field === 'banks' ? 'id: guid' : 'id: uid'} } } pageInfo { hasNextPage endCursor } } }`;
  const { list } = (await participants.ask(source, { filter, after })) as object as {
    list: { nodes: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  }; // the query above
  return { ids: list.nodes.map(({ node }) => node.id), ...list.pageInfo };
};

describe('the terms of a participant', () => {
  test('begin with the defaults, and are in the directory', async () => {
    const { banks, merchants } = await snapshot();
    for (const entry of [...banks, ...merchants])
      expect(entry).toMatchObject({ limits: DEFAULT_LIMITS, boundTokens: 'when-present', plainBodies: 'bound' });
  });

  test('may be named at the registration', async () => {
    const terms = { limits: { perSecond: 7, burst: 9 }, boundTokens: 'REQUIRED', plainBodies: 'BARE' };
    const guid = await registeredBank(participants, { bic: '300003', terms });
    expect((await snapshot()).banks.find((bank) => bank.guid === guid)).toMatchObject({
      limits: terms.limits,
      boundTokens: 'required',
      plainBodies: 'bare',
    });
    expect((await listed('banks', { plainBodies: 'BARE' })).ids).toEqual([guid]);
    expect(await change(guid, { plainBodies: 'BOUND' })).toMatchObject({ codes: [] });
    expect((await listed('banks', { plainBodies: 'BARE' })).ids).toEqual([]);
    expect((await listed('banks', { plainBodies: 'BOUND', boundTokens: 'REQUIRED' })).ids).toEqual([guid]);
  });

  test('are changed by operations for banks and merchants alike, and published', async () => {
    for (const id of [plainBank, merchantUid]) {
      const before = (await snapshot()).version;
      expect(await change(id, { limits: { perSecond: 5, burst: 50 } })).toMatchObject({ codes: [] });
      expect(await change(id, { boundTokens: 'REQUIRED' })).toMatchObject({ codes: [] });
      const { version, banks, merchants } = await snapshot();
      const entry = banks.find(({ guid }) => guid === id) ?? merchants.find(({ uid }) => uid === id);
      expect(entry).toMatchObject({ limits: { perSecond: 5, burst: 50 }, boundTokens: 'required' });
      expect(version).toBe(before + 2);
    }
  });

  test('that are so already publish nothing', async () => {
    const { version } = await snapshot();
    expect(await change(plainBank, { limits: { perSecond: 5, burst: 50 } })).toMatchObject({ codes: [] });
    expect((await snapshot()).version).toBe(version);
  });

  test('are seen by the participant itself and operations, by nobody else', async () => {
    const seen = async (caller: Parameters<RunningParticipants['ask']>[2]) =>
      (
        (await participants.ask(`query ($uid: String) { merchant(uid: $uid) { ${TERMS} } }`, { uid: merchantUid }, caller)) as object as {
          merchant: { terms: unknown } | null;
        }
      ).merchant?.terms; // the query above
    const terms = { limits: { perSecond: 5, burst: 50 }, boundTokens: 'REQUIRED', keyUse: 'SEPARATE' };
    expect(await seen(undefined)).toEqual(terms);
    expect(await seen(merchantCaller(merchantUid))).toEqual(terms);
    expect(await seen(bankCaller(plainBank))).toBeNull();
    expect(await seen({ kind: 'anonymous' })).toBeUndefined();
  });

  const refusals: readonly (readonly [string, string, () => readonly [string, object]])[] = [
    ['LIMIT_INVALID', 'terms.limits.perSecond', () => [plainBank, { limits: { perSecond: 0, burst: 1 } }]],
    ['LIMIT_INVALID', 'terms.limits.burst', () => [plainBank, { limits: { perSecond: 1, burst: -1 } }]],
    ['KEYS_STILL_SHARED', 'terms.keyUse', () => [sharedBank, { keyUse: 'SEPARATE' }]],
    ['PARTICIPANT_NOT_FOUND', 'participantId', () => ['x', { keyUse: 'SHARED' }]],
  ];
  test.each(refusals)('are refused with %s at %s', async (code, path, input) => {
    const [id, terms] = input();
    expect(await change(id, terms)).toMatchObject({ id: null, codes: [code], paths: [path] });
  });

  test('are not for participants to change', async () => {
    const input = { participantId: plainBank, terms: { boundTokens: 'WHEN_PRESENT' } };
    expect(await mutate(participants, 'participantTermsChange', input, bankCaller(plainBank))).toMatchObject({
      codes: ['OPERATIONS_ONLY'],
    });
  });
});

describe('one key for both ends', () => {
  test('puts a new participant into the compatibility mode, which operations can list', async () => {
    const another = await registeredBank(participants, { bic: '300004', keys: [{ jwk: aFreshJwk('shared-too'), purpose: 'BOTH' }] });
    const first = await listed('banks', { keyUse: 'SHARED' });
    const second = await listed('banks', { keyUse: 'SHARED' }, first.endCursor);
    expect([first.hasNextPage, second.hasNextPage]).toEqual([true, false]);
    expect([...first.ids, ...second.ids]).toEqual([sharedBank, another].toSorted());
    expect((await listed('merchants', { keyUse: 'SHARED' })).ids).toEqual([]);
    expect((await listed('merchants', { boundTokens: 'REQUIRED' })).ids).toEqual([merchantUid]);
  });

  test('is refused where keys are kept apart: KEY_SHARED', async () => {
    const add = (facts: object) => mutate(participants, 'participantKeyAdd', { participantId: plainBank, ...facts });
    expect(await add({ jwk: aFreshJwk('both'), purpose: 'BOTH' })).toMatchObject({ codes: ['KEY_SHARED'] });
    const numbers = aFreshJwk('one-end');
    expect(await add({ jwk: numbers, purpose: 'SIGN' })).toMatchObject({ codes: [] });
    expect(await add({ jwk: { ...numbers, kid: 'other-end' }, purpose: 'ENCRYPT' })).toMatchObject({ codes: ['KEY_SHARED'] });
    const keys = [{ jwk: aFreshJwk('contradiction'), purpose: 'BOTH' }];
    const bank = aBank({ bic: '300005', keys, terms: { keyUse: 'SEPARATE' } });
    expect(await mutate(participants, 'bankRegister', bank)).toMatchObject({ codes: ['KEY_SHARED'], paths: ['keys.0'] });
  });

  test('ends when its key is retired and operations say so', async () => {
    await mutate(participants, 'participantKeyAdd', { participantId: sharedBank, jwk: aFreshJwk('apart'), purpose: 'SIGN' });
    participants.now = new Date(participants.now.getTime() + 1);
    await mutate(participants, 'participantKeyRetire', { kid: 'shared' });
    expect(await change(sharedBank, { keyUse: 'SEPARATE' })).toMatchObject({ codes: [] });
    expect((await listed('banks', { keyUse: 'SHARED' })).ids).not.toContain(sharedBank);
  });

  test('that was revoked comes back under no kid and for nobody: KEY_COMPROMISED', async () => {
    const stolen = aFreshJwk('stolen');
    await mutate(participants, 'participantKeyAdd', { participantId: plainBank, jwk: stolen, purpose: 'SIGN' });
    await mutate(participants, 'participantKeyRetire', { kid: 'stolen', revokedFrom: participants.now.toISOString() });
    for (const participantId of [plainBank, merchantUid]) {
      const again = { participantId, jwk: { ...stolen, kid: `again-${participantId}` }, purpose: 'SIGN' };
      expect(await mutate(participants, 'participantKeyAdd', again)).toMatchObject({ codes: ['KEY_COMPROMISED'] });
    }
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';

import { waitFor } from '../support/wait-for.ts';
import {
  aFreshJwk,
  bankCaller,
  merchantCaller,
  mutate,
  registeredBank,
  startParticipants,
  type RunningParticipants,
} from './running-participants.ts';

const DAY_MS = 24 * 3_600_000;

let participants: RunningParticipants;
let bank: string;
let other: string;
const day = (n: number): string => new Date(new Date('2026-03-01T10:00:00.000Z').getTime() + n * DAY_MS).toISOString();
const add = (participantId: string, kid: string, facts: Record<string, unknown>) =>
  mutate(participants, 'participantKeyAdd', { participantId, jwk: aFreshJwk(kid), purpose: 'SIGN', ...facts });

beforeAll(async () => {
  participants = await startParticipants();
  bank = await registeredBank(participants, { bic: '300001' });
  other = await registeredBank(participants, { bic: '300002' });
  await add(bank, 'replacement', {});
  await add(bank, 'replaced', { validUntil: day(20) });
  await add(bank, 'alone', { purpose: 'ENCRYPT', validUntil: day(10) });
  await add(other, 'far-off', { validUntil: day(200) });
  await add(other, 'near', { purpose: 'ENCRYPT', validUntil: day(25) });
});
afterAll(() => participants.stop());

interface Listed {
  readonly edges: readonly {
    readonly node: { readonly participantId: string; readonly replaced: boolean; readonly key: { kid: string } };
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function listed(variables: object = {}, caller?: Parameters<RunningParticipants['ask']>[2]): Promise<Listed> {
  const query = `query ($first: Int, $after: Cursor, $days: Int) {
    keysExpiring(first: $first, after: $after, days: $days) {
      edges { node { participantId replaced key { kid } } } pageInfo { hasNextPage endCursor } } }`;
  return (await participants.ask(query, variables, caller))['keysExpiring'] as unknown as Listed; // the query above
}

const kidsIn = ({ edges }: Listed) => edges.map(({ node }) => `${node.key.kid}${node.replaced ? ' (replaced)' : ''}`);

test('operations see the keys that end within thirty days, or as many as they ask for', async () => {
  expect(kidsIn(await listed())).toEqual(['alone', 'replaced (replaced)', 'near']);
  expect(kidsIn(await listed({ days: 15 }))).toEqual(['alone']);
  expect(kidsIn(await listed({ days: 2_000_000_000 }))).toEqual(['alone', 'replaced (replaced)', 'near', 'far-off']);
  expect(kidsIn(await listed({ days: -1 }))).toEqual([]);
});

test('the list has pages', async () => {
  const first = await listed({ first: 2 });
  expect([kidsIn(first), first.pageInfo.hasNextPage]).toEqual([['alone', 'replaced (replaced)'], true]);
  const second = await listed({ first: 2, after: first.pageInfo.endCursor });
  expect([kidsIn(second), second.pageInfo.hasNextPage]).toEqual([['near'], false]);
  const foreign = Buffer.from('["x","y"]').toString('base64url');
  await expect(listed({ after: foreign })).rejects.toMatchObject({ extensions: { code: 'CURSOR_INVALID' } });
});

test('a participant sees its own', async () => {
  expect(kidsIn(await listed({}, bankCaller(other)))).toEqual(['near']);
  expect(kidsIn(await listed({}, merchantCaller('01890000-0000-7000-8000-000000000002')))).toEqual([]);
});

test('of a key that nothing replaces the log tells once for each end that it has, and the metric counts it', async () => {
  const warned = async () => {
    const { events } = await participants.subgraph.feed.read({ after: 0n, limit: 500 });
    return events
      .filter(({ type }) => type === 'ParticipantKeyExpiring')
      .map(({ payload }) => payload as { kid: string; validUntil: string }) // schema/events/participants.ts
      .map(({ kid, validUntil }) => `${kid} ${validUntil}`)
      .toSorted();
  };
  await waitFor(async () => (await warned()).length === 2);
  expect(await warned()).toEqual([`alone ${day(10)}`, `near ${day(25)}`]);
  await waitFor(async () => /^participant_keys_expiring 2$/m.test((await participants.metrics.expose()).text));

  await mutate(participants, 'participantKeyRetire', { kid: 'near', retireAt: day(26) });
  await add(bank, 'alone-no-more', { purpose: 'ENCRYPT' });
  await waitFor(async () => (await warned()).length === 3);
  expect(await warned()).toEqual([`alone ${day(10)}`, `near ${day(25)}`, `near ${day(26)}`]);
  await waitFor(async () => /^participant_keys_expiring 1$/m.test((await participants.metrics.expose()).text));
});

test('how many are in the compatibility mode is a metric', async () => {
  await registeredBank(participants, { bic: '300003', keys: [{ jwk: aFreshJwk('both'), purpose: 'BOTH' }] });
  await waitFor(async () => /^participants_sharing_keys 1$/m.test((await participants.metrics.expose()).text));
});

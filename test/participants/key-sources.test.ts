import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readDirectory } from '../../schema/commands/participants.ts';
import { KEYS_IN_SET_MAX, POLL_EVERY_MS, POLL_FAILURES_MAX, POLL_RETRY_MS } from '../../subgraphs/participants/domain/key-source.ts';
import { VANISHED_OVERLAP_MS } from '../../subgraphs/participants/domain/participant-key.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  aBank,
  aFreshJwk,
  aJwk,
  aKey,
  aPrivateJwk,
  bankCaller,
  idOf,
  mutate,
  registeredBank,
  registeredMerchant,
  startParticipants,
  type RunningParticipants,
} from './running-participants.ts';

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

let participants: RunningParticipants;
let server: Server;
let base: string;
const sets = new Map<string, Serve>();
const asked = new Map<string, number>();

beforeAll(async () => {
  participants = await startParticipants({ allowPlainHttp: true });
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    sets.get(path)?.(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens
});
afterAll(async () => {
  await participants.stop();
  server.closeAllConnections();
  server.close();
});

interface Source {
  readonly state: string;
  readonly lastPolledAt: string | null;
  readonly lastReadAt: string | null;
  readonly nextPollAt: string | null;
  readonly lastFailure: string | null;
  readonly failures: number;
  readonly unusedKeys: readonly { readonly kid: string | null; readonly code: string }[];
}

interface Key {
  readonly kid: string;
  readonly purpose: string;
  readonly origin: string;
  readonly state: string;
  readonly validUntil: string | null;
  readonly encryptionProfiles: readonly string[];
}

const SEEN = `
  keys { kid purpose origin state validUntil encryptionProfiles }
  keySource { state lastPolledAt lastReadAt nextPollAt lastFailure failures unusedKeys { kid code } }`;

/** A bank whose key set the test writes. */
async function aPublisher(facts: Record<string, unknown> = {}) {
  const bic = String(700_001 + sets.size);
  const path = `/${bic}/jwks.json`;
  const serve = (keys: readonly unknown[]): void =>
    void sets.set(path, (_request, response) => void response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })));
  const answer = (to: Serve): void => void sets.set(path, to);
  answer((_request, response) => void response.writeHead(404).end());
  const guid = await registeredBank(participants, { bic, jwksUrl: base + path, ...facts });
  const look = async (): Promise<{ readonly keys: readonly Key[]; readonly source: Source }> => {
    const { bank } = await participants.ask(`query ($guid: String) { bank(guid: $guid) { ${SEEN} } }`, { guid });
    const { keys, keySource } = bank as unknown as { keys: Key[]; keySource: Source }; // the query above
    return { keys, source: keySource };
  };
  /** Has the set read now, and waits until it was. */
  const read = async () => {
    const before = asked.get(path) ?? 0;
    await mutate(participants, 'participantKeySourceChange', { participantId: guid, jwksUrl: base + path });
    await waitFor(async () => (asked.get(path) ?? 0) > before && (await look()).source.state !== 'NEW');
    return look();
  };
  return { guid, path, serve, answer, look, read, url: base + path };
}

const kids = (keys: readonly Key[]) => keys.map(({ kid, state }) => `${kid} ${state}`);
const later = (milliseconds: number): void => void (participants.now = new Date(participants.now.getTime() + milliseconds));
const signing = (kid: string) => ({ ...aFreshJwk(kid), use: 'sig', alg: 'RS256' });
const encrypting = (kid: string) => ({ ...aFreshJwk(kid), use: 'enc', alg: 'RSA-OAEP-256' });

describe('a key set that a bank publishes', () => {
  test('is read soon after its registration, without anybody asking', async () => {
    const bic = '790001';
    const key = signing('soon-1');
    sets.set('/soon', (_request, response) => void response.end(JSON.stringify({ keys: [key] })));
    const guid = idOf(await mutate(participants, 'bankRegister', aBank({ bic, jwksUrl: `${base}/soon` })));
    await waitFor(async () => {
      const { snapshot } = await participants.command(readDirectory, { afterVersion: 0 });
      return snapshot?.banks.find((bank) => bank.guid === guid)?.keys.some(({ kid }) => kid === 'soon-1');
    });
  });

  test('gives its owner keys for both ends, each for what it says', async () => {
    const bank = await aPublisher();
    bank.serve([signing('two-sign'), { ...encrypting('two-encrypt'), encryption_profiles: ['dcm-2', 'dcm-1'] }]);
    const { keys, source } = await bank.read();
    expect(keys).toMatchObject([
      { kid: 'two-encrypt', purpose: 'ENCRYPT', origin: 'KEY_SET', encryptionProfiles: ['dcm-1', 'dcm-2'] },
      { kid: 'two-sign', purpose: 'SIGN', origin: 'KEY_SET', encryptionProfiles: [] },
    ]);
    const at = participants.now.toISOString();
    const nextPollAt = new Date(participants.now.getTime() + POLL_EVERY_MS).toISOString();
    expect(source).toEqual({
      state: 'FOLLOWED',
      lastPolledAt: at,
      lastReadAt: at,
      nextPollAt,
      lastFailure: null,
      failures: 0,
      unusedKeys: [],
    });
  });

  test('lets new keys join and vanished ones end after the overlap, and those that are back stay', async () => {
    const bank = await aPublisher();
    const [first, next] = [signing('over-1'), signing('over-2')];
    bank.serve([first]);
    await bank.read();
    bank.serve([first, next]);
    expect(kids((await bank.read()).keys)).toEqual(['over-1 ACTIVE', 'over-2 ACTIVE']);

    bank.serve([next]);
    const gone = await bank.read();
    const end = new Date(participants.now.getTime() + VANISHED_OVERLAP_MS).toISOString();
    expect(gone.keys.map(({ validUntil }) => validUntil)).toEqual([end, null]);
    bank.serve([first, next]);
    expect((await bank.read()).keys.map(({ validUntil }) => validUntil)).toEqual([null, null]);

    bank.serve([next]);
    await bank.read();
    later(VANISHED_OVERLAP_MS);
    expect(kids((await bank.look()).keys)).toEqual(['over-1 RETIRED', 'over-2 ACTIVE']);
    bank.serve([first, next]);
    const { keys, source } = await bank.read();
    expect(kids(keys)).toEqual(['over-1 RETIRED', 'over-2 ACTIVE']);
    expect(source.unusedKeys).toEqual([{ kid: 'over-1', code: 'KEY_ALREADY_RETIRED' }]);
  });

  test('is asked again after the interval by itself, and changes nothing when it is the same', async () => {
    const bank = await aPublisher();
    bank.serve([signing('same-1')]);
    await bank.read();
    const version = async () => (await participants.command(readDirectory, { afterVersion: 0 })).snapshot?.version;
    const [before, times] = [await version(), asked.get(bank.path) ?? 0];
    later(POLL_EVERY_MS);
    await waitFor(async () => (await bank.look()).source.lastReadAt === participants.now.toISOString());
    expect([await version(), asked.get(bank.path)]).toEqual([before, times + 1]);
  });

  test('has no say over keys of others, of the hub, revoked or disclosed ones: those are ignored and reported', async () => {
    const other = await registeredBank(participants, { bic: '790002', keys: [{ jwk: signing('victim-1'), purpose: 'SIGN' }] });
    const bank = await aPublisher();
    const [own, stolen] = [signing('own-1'), signing('stolen-1')];
    bank.serve([own, stolen]);
    await bank.read();
    await mutate(participants, 'participantKeyRetire', { kid: 'stolen-1', revokedFrom: participants.now.toISOString() });
    bank.serve([
      own,
      stolen,
      { ...stolen, kid: 'stolen-under-another-name' },
      signing('victim-1'),
      signing('hub-1'),
      { ...aPrivateJwk('disclosed-1'), use: 'sig' },
      { ...aFreshJwk('curious-1'), alg: 'PS256' },
      { ...encrypting('profile-1'), encryption_profiles: 'dcm-9' },
      { ...signing('other-numbers'), kid: 'own-1' },
      { ...aFreshJwk(''), kid: 'a kid with blanks' },
      { kty: 'EC', crv: 'P-256', kid: 'curve-1' },
    ]);
    const { keys, source } = await bank.read();
    expect(kids(keys)).toEqual(['own-1 ACTIVE', 'stolen-1 REVOKED']);
    expect(source.state).toBe('FOLLOWED');
    expect(source.unusedKeys.map(({ kid, code }) => `${kid}: ${code}`)).toEqual([
      'stolen-1: KEY_ALREADY_REVOKED',
      'stolen-under-another-name: KEY_COMPROMISED',
      'victim-1: KEY_KID_TAKEN',
      'hub-1: KEY_KID_RESERVED',
      'disclosed-1: KEY_PRIVATE',
      'curious-1: KEY_ALGORITHM',
      'profile-1: KEY_PROFILE_UNKNOWN',
      'own-1: KEY_CHANGED',
      'a kid with blanks: KEY_KID_INVALID',
      'curve-1: KEY_TYPE',
    ]);
    const { snapshot } = await participants.command(readDirectory, { afterVersion: 0 });
    expect(snapshot?.banks.find(({ guid }) => guid === other)?.keys.map(({ kid }) => kid)).toEqual(['victim-1']);
  });

  test('takes over keys that operations registered, and ends none that it never named', async () => {
    const [known, manual] = [signing('known-1'), signing('manual-1')];
    const bank = await aPublisher({
      keys: [
        { jwk: known, purpose: 'SIGN' },
        { jwk: manual, purpose: 'SIGN' },
      ],
    });
    const next = signing('known-2');
    bank.serve([known, next]);
    await bank.read();
    bank.serve([next]);
    const { keys } = await bank.read();
    expect(keys.map(({ kid, origin, validUntil }) => [kid, origin, validUntil !== null])).toEqual([
      ['known-1', 'KEY_SET', true],
      ['known-2', 'KEY_SET', false],
      ['manual-1', 'REGISTERED', false],
    ]);
  });

  test('in the compatibility mode gives one key for both ends, unless it marks one for encryption', async () => {
    const shared = await aPublisher({ terms: { keyUse: 'SHARED' } });
    shared.serve([signing('shared-1')]);
    expect((await shared.read()).keys).toMatchObject([{ purpose: 'BOTH', encryptionProfiles: ['dcm-1'] }]);
    const apart = await aPublisher({ terms: { keyUse: 'SHARED' } });
    apart.serve([signing('apart-1'), encrypting('apart-2')]);
    expect((await apart.read()).keys.map(({ purpose }) => purpose)).toEqual(['SIGN', 'ENCRYPT']);
    const strict = await aPublisher();
    const both = aFreshJwk('strict-1');
    strict.serve([both, { ...both, kid: 'strict-2', use: 'enc' }]);
    expect((await strict.read()).source.unusedKeys).toEqual([{ kid: 'strict-2', code: 'KEY_SHARED' }]);
  });

  test('has a place for so many keys and no more', async () => {
    const bank = await aPublisher();
    const [one, ...more] = Array.from({ length: 9 }, (_, n) => ({ ...signing(`many-${n}`) }));
    bank.serve([one, ...more]);
    expect((await bank.read()).source.unusedKeys).toEqual([{ kid: 'many-8', code: 'KEY_LIMIT' }]);
  });
});

describe('a key set that cannot be read changes no key', () => {
  const keySet = (keys: readonly unknown[]) => JSON.stringify({ keys });
  test.each<[string, string, Serve]>([
    ['KEY_SET_STATUS', 'is not found', (_, response) => void response.writeHead(404).end(keySet([signing('x')]))],
    ['KEY_SET_STATUS', 'is elsewhere', (_, response) => void response.writeHead(302, { location: '/soon' }).end()],
    ['KEY_SET_CONNECTION', 'is behind a dead server', (request) => request.socket.destroy()],
    ['KEY_SET_TOO_LARGE', 'is longer than 64 KiB', (_, response) => void response.end(' '.repeat(65_537))],
    ['KEY_SET_MALFORMED', 'is a page', (_, response) => void response.end('<html>')],
    ['KEY_SET_MALFORMED', 'has a member twice', (_, response) => void response.end('{"keys":[],"keys":[]}')],
    ['KEY_SET_MALFORMED', 'is a key', (_, response) => void response.end(JSON.stringify(aJwk('x')))],
    ['KEY_SET_MALFORMED', 'has something else between its keys', (_, response) => void response.end(keySet([signing('x'), 'y']))],
    [
      'KEY_SET_TOO_MANY_KEYS',
      'has too many keys',
      (_, response) => void response.end(keySet(Array.from({ length: KEYS_IN_SET_MAX + 1 }, (__, n) => aJwk(`x${n}`)))),
    ],
    ['KEY_SET_WITHOUT_SIGNING_KEY', 'is empty', (_, response) => void response.end(keySet([]))],
    ['KEY_SET_WITHOUT_SIGNING_KEY', 'only encrypts', (_, response) => void response.end(keySet([encrypting('only-encrypts')]))],
  ])('%s: it %s', async (code, _, serve) => {
    const bank = await aPublisher();
    const key = signing(`kept-${bank.guid.slice(-8)}`);
    bank.serve([key]);
    const before = await bank.read();
    bank.answer(serve);
    const { keys, source } = await bank.read();
    expect(keys).toEqual(before.keys);
    const nextPollAt = new Date(participants.now.getTime() + POLL_RETRY_MS).toISOString();
    expect(source).toMatchObject({ state: 'FAILING', lastFailure: code, failures: 1, nextPollAt, lastReadAt: null });
    const { text } = await participants.metrics.expose();
    expect(text).toMatch(new RegExp(`key_set_polls_total\\{outcome="${code}"\\} [1-9]`));
    bank.serve([key]);
    expect((await bank.read()).source).toMatchObject({ state: 'FOLLOWED', lastFailure: null, failures: 0 });
  });

  test.each(['http://10.0.0.1/jwks.json', 'http://169.254.169.254/latest/meta-data', 'http://[::ffff:127.0.0.1]/jwks.json'])(
    'KEY_SET_ADDRESS_REFUSED: it is at %s',
    async (url) => {
      const bank = await aPublisher();
      await mutate(participants, 'participantKeySourceChange', { participantId: bank.guid, jwksUrl: url });
      await waitFor(async () => (await bank.look()).source.lastFailure === 'KEY_SET_ADDRESS_REFUSED');
    },
  );

  test('is asked again by itself after a while, and that is enough once it is there', async () => {
    const bank = await aPublisher();
    await waitFor(async () => (await bank.look()).source.state === 'FAILING');
    bank.serve([signing('late-1')]);
    later(POLL_RETRY_MS);
    await waitFor(async () => (await bank.look()).source.state === 'FOLLOWED');
    expect(kids((await bank.look()).keys)).toEqual(['late-1 ACTIVE']);
  });
});

describe('an answer', () => {
  test('counts for the asking that it belongs to: one that comes after the address was changed changes nothing', async () => {
    const bank = await aPublisher();
    const underWay = Promise.withResolvers<ServerResponse>();
    bank.answer((_request, response) => underWay.resolve(response));
    await mutate(participants, 'participantKeySourceChange', { participantId: bank.guid, jwksUrl: bank.url });
    const late = await underWay.promise;
    bank.serve([signing('right-1')]);
    await bank.read();
    late.end(JSON.stringify({ keys: [signing('overtaken-1')] }));
    await waitFor(async () => /key_set_polls_total\{outcome="OVERTAKEN"\} [1-9]/.test((await participants.metrics.expose()).text));
    const { keys, source } = await bank.look();
    expect([kids(keys), source.unusedKeys, source.state]).toEqual([['right-1 ACTIVE'], [], 'FOLLOWED']);
  });

  test('that fails too often in a row is the last: nobody is asked any more until operations say so', async () => {
    const bank = await aPublisher();
    await waitFor(async () => (await bank.look()).source.state === 'FAILING');
    await participants.database.pool.query('update key_source set failures = $2 where participant_id = $1', [
      bank.guid,
      POLL_FAILURES_MAX - 1,
    ]);
    later(POLL_RETRY_MS);
    await waitFor(async () => (await bank.look()).source.state === 'SUSPENDED');
    expect((await bank.look()).source).toMatchObject({ nextPollAt: null, failures: POLL_FAILURES_MAX, lastFailure: 'KEY_SET_STATUS' });
    bank.serve([signing('revived-1')]);
    expect((await bank.read()).source).toMatchObject({ state: 'FOLLOWED', failures: 0 });
  });
});

describe('operations', () => {
  const listed = async (state: string | null, caller?: Parameters<RunningParticipants['ask']>[2]) => {
    const query = 'query ($state: KeySourceState) { keySources(first: 100, state: $state) { edges { node { participantId state } } } }';
    const { keySources } = await participants.ask(query, { state }, caller);
    return (keySources as unknown as { edges: { node: { participantId: string; state: string } }[] }).edges.map(({ node }) => node);
  };

  test('list the key sets in a state, a bank has its own', async () => {
    const bank = await aPublisher();
    await waitFor(async () => (await listed('FAILING')).some(({ participantId }) => participantId === bank.guid));
    expect((await listed('FOLLOWED')).every(({ state }) => state === 'FOLLOWED')).toBe(true);
    expect(await listed(null, bankCaller(bank.guid))).toEqual([{ participantId: bank.guid, state: 'FAILING' }]);
  });

  test('set the address of a participant later, and take it away: its keys stay', async () => {
    const guid = await registeredMerchant(participants, await registeredBank(participants, { bic: '300001' }));
    const key = signing('shop-1');
    sets.set('/shop', (_request, response) => void response.end(JSON.stringify({ keys: [key] })));
    const change = { participantId: guid, jwksUrl: `${base}/shop`, idempotencyKey: aKey() };
    expect(await mutate(participants, 'participantKeySourceChange', change)).toMatchObject({ id: guid, codes: [] });
    const merchant = async () => {
      const query = 'query ($uid: String) { merchant(uid: $uid) { keys { kid state } keySource { state } } }';
      const answer = await participants.ask(query, { uid: guid });
      return answer['merchant'] as unknown as { keys: { kid: string; state: string }[]; keySource: { state: string } | null }; // the query above
    };
    await waitFor(async () => (await merchant()).keySource?.state === 'FOLLOWED');
    await mutate(participants, 'participantKeySourceChange', { participantId: guid });
    expect(await merchant()).toEqual({ keys: [{ kid: 'shop-1', state: 'ACTIVE' }], keySource: null });
  });

  test.each([
    ['participantKeySourceChange', 'JWKS_URL_INVALID', 'jwksUrl', () => ({ participantId: 'x', jwksUrl: 'ftp://bank.example/' })],
    ['participantKeySourceChange', 'PARTICIPANT_NOT_FOUND', 'participantId', () => ({ participantId: 'x', jwksUrl: `${base}/x` })],
    ['bankRegister', 'JWKS_URL_INVALID', 'jwksUrl', () => aBank({ bic: '790009', jwksUrl: 'bank.example/jwks.json' })],
  ] as const)('%s is refused with %s at %s', async (mutation, code, path, input) => {
    expect(await mutate(participants, mutation, input())).toMatchObject({ id: null, codes: [code], paths: [path] });
  });
});

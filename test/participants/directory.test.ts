import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createDirectoryHolder } from '../../kernel/runtime/directory.ts';
import { verifyChain } from '../../kernel/runtime/event-log/chain.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { addSecret } from '../../kernel/runtime/secret-files.ts';
import { OVERLAP_MS } from '../../kernel/runtime/secret-ring.ts';
import { createEd25519RingVerifier, createEd25519Verifier, signEd25519Token } from '../../kernel/runtime/signing.ts';
import { readDirectory } from '../../schema/commands/participants.ts';
import { directorySnapshotSchema, type DirectorySnapshot } from '../../schema/directory.ts';
import { ENVELOPE_HEADER, type Envelope } from '../../schema/edge-envelope.ts';
import { participantEventSchemas, type ParticipantEventType } from '../../schema/events/participants.ts';
import { waitFor } from '../support/wait-for.ts';
import { aBank, aJwk, mutate, registeredBank, startParticipants, type RunningParticipants } from './running-participants.ts';

let participants: RunningParticipants;
beforeAll(async () => {
  participants = await startParticipants({ allowPlainHttp: true });
});
afterAll(() => participants.stop());

const newest = async (): Promise<DirectorySnapshot> => {
  const { snapshot } = await participants.command(readDirectory, { afterVersion: 0 });
  if (!snapshot) throw new Error('there is no snapshot');
  return snapshot;
};
const secretOf = <T>([secret]: readonly T[]): T => {
  if (!secret) throw new Error('the ring is empty');
  return secret;
};

function envelope(facts: Partial<Envelope> = {}, secret = secretOf(participants.secrets.envelope)): Record<string, string> {
  const at = participants.now.toISOString();
  const whole: Envelope = {
    eventId: 'e',
    mode: 'through',
    operation: 'emitters',
    method: 'GET',
    target: '/api/v1/merchants/emitters',
    participant: null,
    bodySha256: createHash('sha256').digest('base64url'),
    directoryVersion: 1,
    receivedAt: at,
    sentAt: at,
    paymentGuid: null,
    ...facts,
  };
  return { [ENVELOPE_HEADER]: signEd25519Token(secret, JSON.stringify(whole)) };
}

describe('the directory', () => {
  test('has a next version for every registration, also when many come at once', async () => {
    const banks = Array.from({ length: 12 }, (_, i) => aBank({ bic: `31000${i % 10}` }));
    const before = await participants.command(readDirectory, { afterVersion: 0 });
    const from = before.snapshot?.version ?? 0;
    const answers = await Promise.all(banks.map((bank) => mutate(participants, 'bankRegister', bank)));
    // Twelve registrations, ten codes: for two of them somebody was faster.
    const registered = answers.filter((answer) => answer.id !== null);
    expect(registered).toHaveLength(10);
    expect(answers.filter((answer) => answer.codes[0] === 'BIC_TAKEN')).toHaveLength(2);
    const snapshot = await newest();
    expect(snapshot.version).toBe(from + 10);
    expect(snapshot.banks.map(({ guid }) => guid)).toEqual(expect.arrayContaining(registered.map(({ id }) => id)));
  });

  test('gives a kid to one of those who ask for it at once', async () => {
    const keys = [{ jwk: aJwk('contested'), purpose: 'SIGN' }];
    const banks = ['320001', '320002', '320003'].map((bic) => aBank({ bic, keys }));
    const answers = await Promise.all(banks.map((bank) => mutate(participants, 'bankRegister', bank)));
    expect(answers.map(({ codes }) => codes[0] ?? 'registered').toSorted()).toEqual(['KEY_KID_TAKEN', 'KEY_KID_TAKEN', 'registered']);
  });

  test('is unharmed by one request that is sent many times at once', async () => {
    const bank = aBank({ bic: '330001' });
    const answers = await Promise.all(Array.from({ length: 5 }, () => mutate(participants, 'bankRegister', bank)));
    const done = answers.filter(({ id }) => id !== null);
    expect(new Set(done.map(({ id }) => id)).size).toBe(1);
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1);
    for (const { id, codes, retryable } of answers)
      if (id === null) expect([codes, retryable]).toEqual([['IDEMPOTENCY_IN_PROGRESS'], [true]]);
  });

  test('says nothing to whoever has the newest version', async () => {
    const { version } = await newest();
    expect(await participants.command(readDirectory, { afterVersion: version })).toEqual({ snapshot: null });
  });

  test('keeps only the last snapshots', async () => {
    const { rows } = await participants.database.pool.query<{ version: number }>(
      'select version from directory_snapshot order by version desc',
    );
    expect(rows[0]?.version).toBe((await newest()).version);
    expect(rows.length).toBeLessThanOrEqual(10);
  });

  test('reaches its holders as soon as it changes', async () => {
    const holder = createDirectoryHolder({
      pull: async (afterVersion) => (await participants.command(readDirectory, { afterVersion })).snapshot,
      bell: participants.subgraph.bell,
      refreshMs: 60_000,
      logger: createLogger({ level: 'fatal', name: 'test' }),
    });
    await holder.start();
    try {
      const guid = await registeredBank(participants, {
        bic: '340001',
        bankCodes: ['340001', '340002'],
        keys: [{ jwk: aJwk('held'), purpose: 'SIGN' }],
      });
      await waitFor(() => holder.bankByGuid(guid));
      expect(holder.bankByCode('340002')?.guid).toBe(guid);
      expect(holder.keyOwner('held')).toMatchObject({ kind: 'bank', id: guid });
    } finally {
      await holder.stop();
    }
  });
});

describe('GET /directory', () => {
  test('is the newest snapshot in a token that the directory key signed', async () => {
    const { status, body } = await participants.request('/directory?after=0');
    expect(status).toBe(200);
    const verify = createEd25519Verifier(secretOf(participants.secrets.directory).publicJwk);
    const payload = verify(String(body));
    expect(payload.ok && directorySnapshotSchema.parse(payload.value)).toEqual(await newest());
  });

  test('is 304 when nothing is newer', async () => {
    expect((await participants.request(`/directory?after=${(await newest()).version}`)).status).toBe(304);
  });

  test('serves a new snapshot after a change', async () => {
    const { version } = await newest();
    await registeredBank(participants, { bic: '350001' });
    const { status, body } = await participants.request(`/directory?after=${version}`);
    const payload = createEd25519Verifier(secretOf(participants.secrets.directory).publicJwk)(String(body));
    expect([status, payload]).toMatchObject([200, { ok: true, value: { version: version + 1 } }]);
  });

  test('names the keys that may sign the next one, and comes again when they changed', async () => {
    const before = participants.now;
    const [first] = participants.secrets.directory;
    const { version } = await newest();
    const pull = async (keys: string) => {
      const { status, body } = await participants.request(`/directory?after=${version}&keys=${keys}`);
      return status === 304 ? 304 : createEd25519RingVerifier(() => participants.secrets.directory)(String(body));
    };
    const kidsOf = (pulled: unknown) =>
      (pulled as { value: { directoryKeys: { kid: string }[] } }).value.directoryKeys.map(({ kid }) => kid); // signed above
    expect(await pull(first?.kid ?? '')).toBe(304);

    const signsFrom = new Date(before.getTime() + 60_000);
    const next = await addSecret(participants.secretsFolder, 'directory', signsFrom);
    await participants.reloadSecrets();
    const announced = await pull(first?.kid ?? '');
    expect([announced, kidsOf(announced)]).toMatchObject([{ ok: true, value: { version } }, [first?.kid, next]]);
    expect(await pull(`${first?.kid},${next}`)).toBe(304);

    participants.now = signsFrom;
    const { body } = await participants.request(`/directory?after=${version}&keys=${first?.kid},${next}`);
    const nextKey = participants.secrets.directory[0];
    expect(nextKey?.kid).toBe(next);
    expect(createEd25519Verifier(nextKey?.publicJwk ?? {})(String(body))).toMatchObject({ ok: true, value: { version } });
    participants.now = before;
  });

  test.each(['-1', 'x', '9999999999'])('refuses after=%s', async (after) => {
    expect((await participants.request(`/directory?after=${after}`)).status).toBe(400);
  });
});

describe('the key set of the hub', () => {
  test.each(['/jwks', '/ingress/jwks'])('%s has the public keys of hub and edge, and may be cached', async (path) => {
    const { status, headers, body } = await participants.request(path);
    const { hubSigning, edgeSigning } = participants.secrets;
    const keys = [...hubSigning, ...edgeSigning].map(({ kid, publicJwk: { e, n } }) => ({
      alg: 'RS256',
      e,
      kid,
      kty: 'RSA',
      n,
      use: 'sig',
    }));
    expect([status, headers?.['cache-control'], JSON.parse(String(body))]).toEqual([200, 'public, max-age=300', { keys }]);
  });

  test('has the next key before it signs, and the last one for the overlap', async () => {
    const before = participants.now;
    const published = async (at: Date): Promise<string[]> => {
      participants.now = at;
      const { keys } = JSON.parse(String((await participants.request('/jwks')).body)) as { keys: { kid: string }[] };
      return keys.map(({ kid }) => kid).filter((kid) => kid.startsWith('hub-'));
    };
    const [last = ''] = await published(before);
    const signsFrom = new Date(before.getTime() + 3_600_000);
    const next = await addSecret(participants.secretsFolder, 'hub-signing', signsFrom);
    await participants.reloadSecrets();
    expect(await published(before)).toEqual([last, next]);
    expect(await published(signsFrom)).toEqual([next, last]);
    expect(await published(new Date(signsFrom.getTime() + OVERLAP_MS))).toEqual([next]);
    participants.now = before;
  });
});

describe('the emitters', () => {
  test('are the banks with an app, in the words of the guide', async () => {
    await registeredBank(participants, { bic: '360001', name: 'Без застосунку', appScheme: null });
    await registeredBank(participants, { bic: '360002', name: 'А-Банк', appScheme: 'abank://', logoUrl: 'http://localhost/logo.svg' });
    const { status, body } = await participants.request('/ingress/emitters', envelope());
    const emitters = JSON.parse(String(body)) as { name: string }[];
    expect(status).toBe(200);
    expect(emitters).toContainEqual({ name: 'А-Банк', bic: '360002', logo_url: 'http://localhost/logo.svg', deeplink: 'abank://' });
    expect(emitters.map(({ name }) => name)).not.toContain('Без застосунку');
    const asked = await participants.ask('{ emitters { name bic deepLink bank { name email } } }', {}, { kind: 'anonymous' });
    expect(asked['emitters']).toContainEqual({
      name: 'А-Банк',
      bic: '360002',
      deepLink: 'abank://',
      bank: { name: 'А-Банк', email: null },
    });
  });

  test.each([
    ['ENVELOPE_SIGNATURE', () => ({})],
    ['ENVELOPE_SIGNATURE', () => ({ [ENVELOPE_HEADER]: 'x' })],
    ['ENVELOPE_SIGNATURE', () => envelope({}, secretOf(participants.secrets.directory))],
    ['ENVELOPE_SIGNATURE', () => envelope({ sentAt: 'x' })],
    ['ENVELOPE_STALE', () => envelope({ sentAt: new Date(participants.now.getTime() - 60_001).toISOString() })],
    ['ENVELOPE_STALE', () => envelope({ sentAt: new Date(participants.now.getTime() + 60_001).toISOString() })],
    ['ENVELOPE_MISMATCH', () => envelope({ operation: 'jwks' })],
    ['ENVELOPE_MISMATCH', () => envelope({ bodySha256: 'x' })],
  ])('are refused to others than the edge: %s', async (code, headers) => {
    const { status, body } = await participants.request('/ingress/emitters', headers());
    expect([status, JSON.parse(String(body))]).toMatchObject([401, { code }]);
  });
});

test('the log has one event for every change, chained, for the participant alone', async () => {
  await waitFor(async () => {
    const { rows } = await participants.database.pool.query('select 1 from event_outbox');
    return rows.length === 0;
  });
  const { events } = await participants.subgraph.feed.read({ after: 0n, limit: 500 });
  for (const event of events) participantEventSchemas[event.type as ParticipantEventType].parse(event.payload); // fails for an unknown type
  const registered = events.filter(({ type }) => type === 'BankRegistered');
  const { banks } = await newest();
  expect(registered.map(({ subject }) => subject).toSorted()).toEqual(banks.map(({ guid }) => guid).toSorted());
  const { rows } = await participants.database.pool.query<{ subject: string; audience: string[] }>(
    'select subject, audience from event_log',
  );
  expect(rows.every(({ subject, audience }) => audience.length === 1 && audience[0] === subject)).toBe(true);
  expect(await verifyChain({ database: participants.database, logName: 'participants' })).toMatchObject({ ok: true });
});

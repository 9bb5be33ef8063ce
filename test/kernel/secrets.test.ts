import { chmod, mkdtemp, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { addSecret, removeSecret, SecretsError } from '../../kernel/runtime/secret-files.ts';
import { loadSecrets, openSecrets } from '../../kernel/runtime/secrets.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { OVERLAP_MS } from '../../kernel/runtime/secret-ring.ts';
import {
  createEd25519RingVerifier,
  createHubSigner,
  createSignatureVerifier,
  createTokenSigner,
  signEd25519Token,
} from '../../kernel/runtime/signing.ts';
import { waitFor } from '../support/wait-for.ts';

let folder = '';

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'dcm-secrets-')), 'secrets');
});
afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

test('the first start makes every ring, for our own eyes only', async () => {
  const secrets = await loadSecrets(folder);

  for (const ring of Object.values(secrets)) expect(ring).toHaveLength(1);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const files = await readdir(folder);
  expect(files.toSorted()).toEqual([
    'cursor.1.json',
    'directory.1.json',
    'edge-signing.1.json',
    'envelope.1.json',
    'hub-signing.1.json',
    'internal.1.json',
  ]);
  for (const file of files) expect((await stat(path.join(folder, file))).mode & 0o777).toBe(0o600);
});

test('the next start finds the same secrets', async () => {
  const first = await loadSecrets(folder);
  expect(await loadSecrets(folder)).toEqual(first);
});

test('processes that start at once on an empty folder agree', async () => {
  const [one, ...others] = await Promise.all([loadSecrets(folder), loadSecrets(folder), loadSecrets(folder)]);
  for (const other of others) expect(other).toEqual(one);
});

test('the secrets sign and verify', async () => {
  const { hubSigning, envelope } = await loadSecrets(folder);
  const [hub] = hubSigning;
  const [edge] = envelope;
  if (!hub || !edge) throw new Error('a ring is empty');
  const token = await createTokenSigner(hub).sign('{}');
  const dot = token.lastIndexOf('.');
  expect(createSignatureVerifier(hub.publicJwk)(token.slice(0, dot), Buffer.from(token.slice(dot + 1), 'base64url'))).toBe(true);
  expect(createEd25519RingVerifier(() => envelope)(signEd25519Token(edge, '{"a":1}'))).toEqual({ ok: true, value: { a: 1 } });
});

test('the edge has a key of its own that its kid names', async () => {
  const { edgeSigning, hubSigning } = await loadSecrets(folder);
  expect(edgeSigning[0]?.kid).toMatch(/^edge-/);
  expect(hubSigning[0]?.kid).not.toMatch(/^edge-/);
});

test('a public key is fit for publishing: named, and without a private part', async () => {
  const { hubSigning } = await loadSecrets(folder);
  const jwk = hubSigning[0]?.publicJwk;
  expect(jwk).toEqual({ kty: 'RSA', n: expect.any(String), e: 'AQAB', kid: hubSigning[0]?.kid, alg: 'RS256', use: 'sig' });
  expect(Buffer.from(jwk?.n ?? '', 'base64url')).toHaveLength(256);
});

test('rotation: the newest secret comes first and the older ones stay', async () => {
  const before = await loadSecrets(folder);
  const added: string[] = [];
  for (let i = 0; i < 10; i++) added.push(await addSecret(folder, 'internal', new Date()));
  const after = await loadSecrets(folder);

  expect(after.internal.map((secret) => secret.kid)).toEqual([...added.toReversed(), before.internal[0]?.kid]);
  expect(after.hubSigning).toEqual(before.hubSigning);
});

test('an announced secret is believed at once, signs from its time on, and ends its predecessor after the overlap', async () => {
  const [first] = (await loadSecrets(folder)).hubSigning;
  const signsFrom = new Date(Date.now() + 3_600_000);
  const next = await addSecret(folder, 'hub-signing', signsFrom);
  const kidsAt = async (at: Date) => (await loadSecrets(folder, at)).hubSigning.map(({ kid }) => kid);
  expect(await kidsAt(new Date())).toEqual([first?.kid, next]);
  expect(await kidsAt(signsFrom)).toEqual([next, first?.kid]);
  expect(await kidsAt(new Date(signsFrom.getTime() + OVERLAP_MS))).toEqual([next]);
});

test('a running process follows the folder and the time, and keeps what it has when the folder is damaged', async () => {
  const errors: unknown[] = [];
  const logger = createLogger({ level: 'fatal', name: 'test' });
  logger.error = (...said: unknown[]) => void errors.push(said);
  let now = new Date();
  const { secrets, reload, close } = await openSecrets({ directory: folder, clock: { now: () => now }, logger, reloadMs: 20 });
  try {
    const signer = createHubSigner(secrets);
    const [first] = secrets.hubSigning;
    const signsFrom = new Date(now.getTime() + 60_000);
    const next = await addSecret(folder, 'hub-signing', signsFrom);
    await waitFor(() => secrets.hubSigning.length === 2);
    expect(signer.kid).toBe(first?.kid);
    now = signsFrom;
    expect(signer.kid).toBe(next);
    const header = (await signer.sign('{}')).split('.')[0] ?? '';
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ kid: next });

    await writeFile(path.join(folder, 'hub-signing.3.json'), 'damaged', { mode: 0o600 });
    await waitFor(() => errors.length > 0);
    expect(secrets.hubSigning.map(({ kid }) => kid)).toEqual([next, first?.kid]);
    await unlink(path.join(folder, 'hub-signing.3.json'));
    expect(await removeSecret(folder, first?.kid ?? '')).toBe(true);
    await reload();
    expect(secrets.hubSigning.map(({ kid }) => kid)).toEqual([next]);
    await removeSecret(folder, next);
    await expect(reload()).rejects.toThrow(/hub-signing/);
    expect(signer.kid).toBe(next);
  } finally {
    await close();
  }
});

test('a removed old secret is gone and nothing is made in its place', async () => {
  await loadSecrets(folder);
  const newest = await addSecret(folder, 'cursor', new Date());
  await unlink(path.join(folder, 'cursor.1.json'));
  expect((await loadSecrets(folder)).cursor.map((secret) => secret.kid)).toEqual([newest]);
});

test('a secret that others may read is refused', async () => {
  await loadSecrets(folder);
  await chmod(path.join(folder, 'internal.1.json'), 0o640);
  await expect(loadSecrets(folder)).rejects.toThrow(/internal\.1\.json.*chmod 600/);
});

test('a damaged secret is refused without quoting it', async () => {
  await loadSecrets(folder);
  await writeFile(path.join(folder, 'internal.1.json'), '{"kid":"internal-1","jwk":"TOP-SECRET"');
  const error: unknown = await loadSecrets(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SecretsError);
  expect(String(error)).not.toContain('TOP-SECRET');
});

import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type JsonWebKey } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { z } from 'zod';

/** A key pair that signs. Both JWKs carry `kid`, `alg` and `use`; the public one is fit for a published key set. */
export interface SigningSecret {
  readonly kid: string;
  readonly privateJwk: JsonWebKey;
  readonly publicJwk: JsonWebKey;
}

/** A secret for message authentication codes inside the hub: 32 random bytes. */
export interface MacSecret {
  readonly kid: string;
  readonly key: Buffer;
}

/**
 * Everything the hub must keep to itself. Each ring is newest first: the first secret signs, all of them verify, so adding a file
 * rotates and removing an old one ends its life.
 */
export interface HubSecrets {
  /** RS256: callbacks and headers in the hub's name. Only the delivery code signs with it. */
  readonly hubSigning: SigningSecret[];
  /** RS256, kid begins `edge-`: receipts and 202 answers of the edge. */
  readonly edgeSigning: SigningSecret[];
  /** Ed25519, edge to core: the envelope around a forwarded message. */
  readonly envelope: SigningSecret[];
  /** Ed25519, core to edge: the directory snapshot. */
  readonly directory: SigningSecret[];
  /** HMAC: requests between the processes of the core. */
  readonly internal: MacSecret[];
  /** HMAC: page cursors handed to clients. */
  readonly cursor: MacSecret[];
}

const RINGS = {
  'hub-signing': { algorithm: 'RS256', kidPrefix: 'hub' },
  'edge-signing': { algorithm: 'RS256', kidPrefix: 'edge' },
  envelope: { algorithm: 'EdDSA', kidPrefix: 'envelope' },
  directory: { algorithm: 'EdDSA', kidPrefix: 'directory' },
  internal: { algorithm: 'HS256', kidPrefix: 'internal' },
  cursor: { algorithm: 'HS256', kidPrefix: 'cursor' },
} as const;

/** The name of a ring of secrets, which is also the beginning of its files' names. */
export type SecretRing = keyof typeof RINGS;

/** A folder of secrets that cannot be trusted or read. The message says which file and what to do. */
export class SecretsError extends Error {
  override readonly name = 'SecretsError';
}

const storedSecretSchema = z.object({ kid: z.string().min(1), jwk: z.looseObject({ kty: z.string() }) });
type StoredSecret = z.infer<typeof storedSecretSchema>;

/**
 * Reads the folder of secrets, making what is missing: one file per secret, `{ring}.{number}.json`, mode 0600, highest number newest.
 * Several processes may start on an empty folder at once; all end with the same secrets.
 * Throws SecretsError for a file that others may read or that is damaged.
 */
export async function loadSecrets(directory: string): Promise<HubSecrets> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [hubSigning, edgeSigning, envelope, directorySigning, internal, cursor] = await Promise.all([
    loadSigningRing(directory, 'hub-signing'),
    loadSigningRing(directory, 'edge-signing'),
    loadSigningRing(directory, 'envelope'),
    loadSigningRing(directory, 'directory'),
    loadMacRing(directory, 'internal'),
    loadMacRing(directory, 'cursor'),
  ]);
  return { hubSigning, edgeSigning, envelope, directory: directorySigning, internal, cursor };
}

/** Adds a new secret to a ring and gives its kid. Processes that start from now on sign with it; a running process does not know it yet. */
export async function addSecret(directory: string, ring: SecretRing): Promise<string> {
  const secret = await generateSecret(ring);
  for (;;) {
    const newest = (await ringFiles(directory, ring))[0]?.number ?? 0;
    if (await writeOnce(directory, `${ring}.${newest + 1}.json`, secret)) return secret.kid;
  }
}

async function loadSigningRing(directory: string, ring: SecretRing): Promise<SigningSecret[]> {
  const stored = await loadRing(directory, ring);
  return stored.map(({ kid, jwk }) => {
    const facts = { kid, alg: RINGS[ring].algorithm, use: 'sig' };
    const publicJwk = createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' })).export({ format: 'jwk' });
    return { kid, privateJwk: { ...jwk, ...facts }, publicJwk: { ...publicJwk, ...facts } };
  });
}

async function loadMacRing(directory: string, ring: SecretRing): Promise<MacSecret[]> {
  const stored = await loadRing(directory, ring);
  return stored.map(({ kid, jwk }) => ({ kid, key: Buffer.from(z.string().length(43).parse(jwk['k']), 'base64url') }));
}

async function loadRing(directory: string, ring: SecretRing): Promise<StoredSecret[]> {
  let files = await ringFiles(directory, ring);
  if (files.length === 0) {
    // Another process may win this race; whichever file is there afterwards counts for both.
    await writeOnce(directory, `${ring}.1.json`, await generateSecret(ring));
    files = await ringFiles(directory, ring);
  }
  return Promise.all(files.map(({ name }) => readSecret(path.join(directory, name))));
}

async function ringFiles(directory: string, ring: SecretRing): Promise<{ name: string; number: number }[]> {
  const names = await readdir(directory);
  return names
    .map((name) => ({ name, number: Number(new RegExp(`^${ring}\\.(\\d+)\\.json$`).exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((a, b) => b.number - a.number);
}

async function readSecret(file: string): Promise<StoredSecret> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0)
    throw new SecretsError(`${file} may be read by other users of this machine; chmod 600 it, or replace the secret`);
  const text = await readFile(file, 'utf8');
  try {
    return storedSecretSchema.parse(JSON.parse(text));
  } catch {
    // The cause is left out on purpose: it could quote the secret.
    throw new SecretsError(`${file} is not a secret of the hub; restore it, or remove it to have a new one made`);
  }
}

async function generateSecret(ring: SecretRing): Promise<StoredSecret> {
  const { algorithm, kidPrefix } = RINGS[ring];
  const kid = `${kidPrefix}-${randomBytes(8).toString('hex')}`;
  return { kid, jwk: storedSecretSchema.shape.jwk.parse(await generateJwk(algorithm)) };
}

async function generateJwk(algorithm: 'RS256' | 'EdDSA' | 'HS256'): Promise<JsonWebKey> {
  switch (algorithm) {
    case 'RS256':
      return (await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })).privateKey.export({ format: 'jwk' });
    case 'EdDSA':
      return (await promisify(generateKeyPair)('ed25519')).privateKey.export({ format: 'jwk' });
    case 'HS256':
      return { kty: 'oct', k: randomBytes(32).toString('base64url') };
    default:
      return algorithm satisfies never;
  }
}

/** Writes the file whole or not at all, on disk before it has its name. False when the name is taken. */
async function writeOnce(directory: string, name: string, secret: StoredSecret): Promise<boolean> {
  const draft = path.join(directory, `.draft-${randomBytes(8).toString('hex')}`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(secret, null, 2) + '\n');
    await handle.sync();
    await link(draft, path.join(directory, name));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}

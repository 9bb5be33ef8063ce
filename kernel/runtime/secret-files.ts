import { generateKeyPair, randomBytes, type JsonWebKey } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { z } from 'zod';

import type { RingMember } from './secret-ring.ts';

export const RINGS = {
  'hub-signing': { algorithm: 'RS256', kidPrefix: 'hub' },
  'edge-signing': { algorithm: 'RS256', kidPrefix: 'edge' },
  envelope: { algorithm: 'EdDSA', kidPrefix: 'envelope' },
  directory: { algorithm: 'EdDSA', kidPrefix: 'directory' },
  internal: { algorithm: 'HS256', kidPrefix: 'internal' },
  cursor: { algorithm: 'HS256', kidPrefix: 'cursor' },
} as const;

/** The name of a ring of secrets, which is also the beginning of its files' names. */
export type SecretRing = keyof typeof RINGS;
export const SECRET_RINGS = Object.keys(RINGS) as SecretRing[]; // the keys of a literal

/** A folder of secrets that cannot be trusted or read. The message says which file and what to do. */
export class SecretsError extends Error {
  override readonly name = 'SecretsError';
}

const storedSecretSchema = z.object({
  kid: z.string().min(1),
  jwk: z.looseObject({ kty: z.string() }),
  /** Absent: from the beginning of time. */
  signsFrom: z.iso.datetime().optional(),
});

/** One file of the folder. */
export interface StoredSecret extends RingMember {
  readonly ring: SecretRing;
  readonly file: string;
  readonly kid: string;
  readonly jwk: JsonWebKey;
}

/** Makes the folder, and a first secret in every ring that has none. Several processes may do this at once; all end with the same secrets. */
export async function provideSecrets(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const present = await secretFiles(directory);
  for (const ring of SECRET_RINGS) {
    // Another process may win this race; whichever file is there afterwards counts for both.
    if (!present.some((file) => file.ring === ring)) await writeOnce(directory, `${ring}.1.json`, await generateSecret(ring));
  }
}

/**
 * Every secret in the folder, in no order. A file that `known` has already is not read again: a file never changes once it has its name.
 * Throws SecretsError for a file that others may read or that is damaged.
 */
export async function readSecrets(directory: string, known: readonly StoredSecret[] = []): Promise<readonly StoredSecret[]> {
  const files = await secretFiles(directory);
  return Promise.all(files.map(async (found) => known.find(({ file }) => file === found.file) ?? (await readSecret(found))));
}

/** Adds a new secret to a ring, which signs from an instant on and is believed from now. Gives its kid. */
export async function addSecret(directory: string, ring: SecretRing, signsFrom: Date): Promise<string> {
  const secret = { ...(await generateSecret(ring)), signsFrom: signsFrom.toISOString() };
  for (;;) {
    const newest = Math.max(0, ...(await secretFiles(directory)).filter((file) => file.ring === ring).map(({ number }) => number));
    if (await writeOnce(directory, `${ring}.${newest + 1}.json`, secret)) return secret.kid;
  }
}

/** Takes a secret away: nothing that it signed is believed any more, as soon as the running processes have noticed. False: no such kid. */
export async function removeSecret(directory: string, kid: string): Promise<boolean> {
  const found = (await readSecrets(directory)).find((secret) => secret.kid === kid);
  if (found) await rm(found.file, { force: true });
  return found !== undefined;
}

interface SecretFile {
  readonly ring: SecretRing;
  readonly number: number;
  readonly file: string;
}

async function secretFiles(directory: string): Promise<readonly SecretFile[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => {
    const parts = /^(?<ring>[a-z-]+)\.(?<number>\d+)\.json$/.exec(name)?.groups;
    const ring = SECRET_RINGS.find((candidate) => candidate === parts?.['ring']);
    return ring ? [{ ring, number: Number(parts?.['number']), file: path.join(directory, name) }] : [];
  });
}

async function readSecret({ ring, number, file }: SecretFile): Promise<StoredSecret> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0)
    throw new SecretsError(`${file} may be read by other users of this machine; chmod 600 it, or replace the secret`);
  const text = await readFile(file, 'utf8');
  try {
    const { kid, jwk, signsFrom } = storedSecretSchema.parse(JSON.parse(text));
    return { ring, number, file, kid, jwk, signsFrom: new Date(signsFrom ?? 0) };
  } catch {
    // The cause is left out on purpose: it could quote the secret.
    throw new SecretsError(`${file} is not a secret of the hub; restore it, or remove it to have a new one made`);
  }
}

async function generateSecret(ring: SecretRing): Promise<z.infer<typeof storedSecretSchema>> {
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
async function writeOnce(directory: string, name: string, secret: z.infer<typeof storedSecretSchema>): Promise<boolean> {
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

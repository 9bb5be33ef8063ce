import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';

import { z } from 'zod';

import { KID_LENGTH_MAX } from '../../protocol/token.ts';
import { publicRsaJwkSchema } from '../../protocol/participant-key.ts';
import { jwkThumbprint } from '../../protocol/rsa-key.ts';
import { readStrictJson } from '../../protocol/strict-json.ts';
import type { RsaPrivateJwk } from '../../protocol/web-crypto.ts';
import { readIfThere } from './input.ts';
import { DcmError } from './terminal.ts';

export type KeyUse = 'sig' | 'enc';

/** The public half, as it is given to the hub: nothing of it is secret. */
export interface PublicJwk {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly use: KeyUse;
  readonly alg: string;
  readonly n: string;
  readonly e: string;
}

export interface KeyFile {
  readonly publicJwk: PublicJwk;
  /** Null when the file holds the public half only. */
  readonly privateJwk: RsaPrivateJwk | null;
  readonly thumbprint: string;
}

const privateRsaJwkSchema = z.object({
  kty: z.literal('RSA'),
  n: z.string(),
  e: z.string(),
  d: z.string(),
  p: z.string(),
  q: z.string(),
  dp: z.string(),
  dq: z.string(),
  qi: z.string(),
});
const labelsSchema = z.looseObject({ kid: z.string().min(1).max(KID_LENGTH_MAX).optional(), use: z.enum(['sig', 'enc']).optional() });

/**
 * Reads a JWK (RFC 7517) or a PEM, private or public. A kid that is neither given nor in the file is the thumbprint (RFC 7638).
 * Refuses a private key that other users of the machine may read. No message quotes anything of the file.
 */
export async function readKeyFile(file: string, o: { readonly kid?: string | undefined; readonly use?: KeyUse | undefined } = {}) {
  const text = await readIfThere(file);
  if (text === undefined) throw new DcmError(`there is no key file ${file} that can be read. Make one: dcm keys new --out ${file}`);
  const key = text.trimStart().startsWith('-----BEGIN') ? fromPem(text, file) : fromJwk(text, file);
  if (key.privateJwk !== null) await refuseIfShared(file);
  const publicPart = publicRsaJwkSchema.safeParse(key.numbers);
  if (!publicPart.success) {
    throw new DcmError(`the key in ${file} is not fit for the hub: ${publicPart.error.issues.map((issue) => issue.message).join('; ')}.`);
  }
  const thumbprint = await jwkThumbprint(key.numbers);
  const kid = o.kid ?? key.kid ?? thumbprint;
  const use = o.use ?? key.use ?? 'sig';
  const { n, e } = key.numbers;
  const publicJwk: PublicJwk = { kty: 'RSA', kid, use, alg: use === 'sig' ? 'RS256' : 'RSA-OAEP-256', n, e };
  return { publicJwk, privateJwk: key.privateJwk, thumbprint } satisfies KeyFile;
}

interface ReadKey {
  readonly kid: string | undefined;
  readonly use: KeyUse | undefined;
  readonly numbers: { readonly kty: 'RSA'; readonly n: string; readonly e: string };
  readonly privateJwk: RsaPrivateJwk | null;
}

function fromJwk(text: string, file: string): ReadKey {
  const json = readStrictJson(text);
  const labels = labelsSchema.safeParse(json.ok ? json.value.value : undefined);
  const numbers = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }).safeParse(json.ok ? json.value.value : undefined);
  if (!labels.success || !numbers.success) throw new DcmError(`${file} is neither an RSA key as JWK nor a PEM.`);
  const { kid, use } = labels.data;
  if (!Object.hasOwn(labels.data, 'd')) return { kid, use, numbers: numbers.data, privateJwk: null };
  const privateJwk = privateRsaJwkSchema.safeParse(labels.data);
  if (!privateJwk.success) throw new DcmError(`the private key in ${file} is incomplete: it needs d, p, q, dp, dq and qi.`);
  return { kid, use, numbers: numbers.data, privateJwk: privateJwk.data };
}

function fromPem(pem: string, file: string): ReadKey {
  const isPrivate = /PRIVATE KEY-----/.test(pem);
  const key = readPem(pem, file, isPrivate);
  if (key.asymmetricKeyType !== 'rsa') throw new DcmError(`${file} is a key of the type ${key.asymmetricKeyType}; the hub takes RSA.`);
  const { kty, n, e, ...rest } = key.export({ format: 'jwk' });
  const numbers = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }).parse({ kty, n, e });
  const privateJwk = isPrivate ? privateRsaJwkSchema.parse({ ...numbers, ...rest }) : null;
  return { kid: undefined, use: undefined, numbers, privateJwk };
}

function readPem(pem: string, file: string, isPrivate: boolean): KeyObject {
  try {
    return isPrivate ? createPrivateKey(pem) : createPublicKey(pem);
  } catch {
    const locked = /ENCRYPTED/.test(pem) ? ' It is locked with a passphrase; unlock it first: openssl pkey -in FILE -out NEW' : '';
    throw new DcmError(`the PEM in ${file} cannot be read.${locked}`);
  }
}

async function refuseIfShared(file: string): Promise<void> {
  if (process.platform === 'win32') return; // It has no such modes.
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) throw new DcmError(`other users may read the private key in ${file}. Close it: chmod 600 ${file}`);
}

/**
 * Writes a file that only its owner may read, whole or not at all. An existing file is kept unless `replace` says so; `otherwise` says
 * what the caller can do then.
 */
export async function writePrivateFile(
  file: string,
  text: string,
  o: { readonly replace?: boolean; readonly otherwise: string },
): Promise<void> {
  const target = o.replace ? `${file}.${crypto.randomUUID()}.new` : file;
  const handle = await open(target, 'wx', 0o600).catch((error: unknown) => {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new DcmError(
      exists
        ? `${file} is there already and was left alone. ${o.otherwise}`
        : `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  try {
    await handle.chmod(0o600); // Whatever the umask says.
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    if (target !== file) await rename(target, file);
  } catch (error) {
    await handle.close().catch(() => undefined); // It may be closed already.
    await rm(target, { force: true });
    throw error;
  }
}

import { z } from 'zod';

import type { HubKeys } from '../../protocol/client/hub-signature.ts';
import { importJwkSet } from '../../protocol/jwk-set.ts';
import { type ParticipantKey, publicRsaJwkSchema } from '../../protocol/participant-key.ts';
import { jwkThumbprint } from '../../protocol/rsa-key.ts';
import { readIfThere } from './input.ts';
import { readKeyFile } from './key-file.ts';
import { DcmError, type Terminal } from './terminal.ts';

/** Public keys to verify with, and where they came from. */
export interface KeySet {
  readonly source: string;
  readonly keys: readonly ParticipantKey[];
}

const FETCH_LIMIT_MS = 10_000;
/** A file or document does not say when a key is in use: it is, because it is there. */
const IN_USE = { encryptionProfiles: [], validFrom: '1970-01-01T00:00:00Z', validUntil: null, revokedFrom: null };
const documentSchema = z.union([z.object({ keys: z.array(z.unknown()) }), z.unknown().transform((jwk) => ({ keys: [jwk] }))]);

/** Reads a key set (RFC 7517), a single JWK or a PEM, from a file or from an address. */
export async function readKeySet(source: string, terminal: Terminal): Promise<KeySet> {
  const isAddress = /^https?:\/\//.test(source);
  const text = isAddress ? await fetchText(source, terminal) : await readIfThere(source);
  if (text === undefined) throw new DcmError(`there is no key file ${source} that can be read.`);
  if (!isAddress && text.trimStart().startsWith('-----BEGIN')) {
    const { publicJwk } = await readKeyFile(source);
    return { source, keys: [await participantKey(publicJwk, source)] };
  }
  const document = documentSchema.parse(parsed(text, source));
  return { source, keys: await Promise.all(document.keys.map((jwk) => participantKey(jwk, source))) };
}

/** The keys of the hub by kid, ready to verify with. */
export function importHubKeys({ keys }: KeySet): Promise<HubKeys> {
  return importJwkSet({ keys: keys.map(({ kid, jwk }) => ({ ...jwk, kid })) });
}

/** The keys by their kids and uses, for a message. */
export function listed({ keys }: KeySet): string {
  return keys.length === 0 ? 'none' : keys.map(({ kid, purpose }) => (purpose === 'ENCRYPT' ? `${kid} (encryption)` : kid)).join(', ');
}

async function fetchText(address: string, terminal: Terminal): Promise<string> {
  try {
    const response = await terminal.fetch(address, { signal: AbortSignal.timeout(FETCH_LIMIT_MS) });
    if (response.ok) return await response.text();
    throw new DcmError(`${address} answered ${response.status} where keys were expected.`);
  } catch (error) {
    if (error instanceof DcmError) throw error;
    throw new DcmError(`${address} gave no keys: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function parsed(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DcmError(`${source} holds neither a key set, nor a JWK, nor a PEM.`);
  }
}

async function participantKey(value: unknown, source: string): Promise<ParticipantKey> {
  // Only the public half is taken over: a private key in a key set is somebody's mistake, and not ours to repeat.
  const { kid, use, kty, n, e } = z.looseObject({ kid: z.string().optional(), use: z.string().optional() }).catch({}).parse(value);
  const jwk = publicRsaJwkSchema.safeParse({ kty, n, e, ...(use === undefined ? {} : { use }) });
  if (!jwk.success) throw new DcmError(`a key in ${source} is not fit for RS256: ${jwk.error.issues[0]?.message ?? 'it is no RSA key'}.`);
  return { kid: kid ?? (await jwkThumbprint(jwk.data)), jwk: jwk.data, purpose: use === 'enc' ? 'ENCRYPT' : 'SIGN', ...IN_USE };
}
